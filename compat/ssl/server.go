package ssl

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"understudy/compat"
)

func itoa(n int) string { return strconv.Itoa(n) }

// What SSLEngine says.
const (
	engineOn  = "on"
	engineOff = "off"
)

// A server is what directives say for a host (SSLSrvConfigRec).
type server struct {
	engine      string
	certs, keys []string
	chain       string
	ticketKey   string
	protocol    protocols // 0: not said
	ciphers     string
	ciphers13   string
	verification
	names        source // whose names clients are told
	strictSNI    *bool
	tickets      *bool
	honorOrder   *bool
	cacheTimeout *time.Duration
	commands     []command
	stapling     stapling
	ocsp         ocspCheck
	// asks tells that a section of the host may want a certificate.
	asks bool
}

// A verification is how certificates of others are judged.
type verification struct {
	mode     mode
	depth    *int
	ca, crl  source
	crlCheck crlCheck
}

// A source is a file, or a directory with names that are hashes, or both.
type source struct{ file, dir string }

func (s source) merge(over source) source {
	return source{cmp.Or(over.file, s.file), cmp.Or(over.dir, s.dir)}
}

func (v verification) merge(over verification) verification {
	return verification{mode: cmp.Or(over.mode, v.mode), depth: cmp.Or(over.depth, v.depth), ca: v.ca.merge(over.ca),
		crl: v.crl.merge(over.crl), crlCheck: cmp.Or(over.crlCheck, v.crlCheck)}
}

// A command is a line of SSLOpenSSLConfCmd.
type command struct{ name, value string }

// Merge lays over on top of s. Certificates are those of both.
func (s server) Merge(over server) server {
	return server{
		engine: cmp.Or(over.engine, s.engine), certs: slices.Concat(s.certs, over.certs), keys: slices.Concat(s.keys, over.keys),
		chain: cmp.Or(over.chain, s.chain), ticketKey: cmp.Or(over.ticketKey, s.ticketKey), protocol: cmp.Or(over.protocol, s.protocol),
		ciphers: cmp.Or(over.ciphers, s.ciphers), ciphers13: cmp.Or(over.ciphers13, s.ciphers13),
		verification: s.verification.merge(over.verification), names: s.names.merge(over.names),
		strictSNI: cmp.Or(over.strictSNI, s.strictSNI), tickets: cmp.Or(over.tickets, s.tickets),
		honorOrder: cmp.Or(over.honorOrder, s.honorOrder), cacheTimeout: cmp.Or(over.cacheTimeout, s.cacheTimeout),
		commands: slices.Concat(s.commands, over.commands), stapling: s.stapling.merge(over.stapling), ocsp: s.ocsp.merge(over.ocsp),
		asks: s.asks || over.asks,
	}
}

// MergeServer is Merge, without SSLEngine being inherited from nowhere: it is.
func (s server) MergeServer(over server) server { return s.Merge(over) }

// A mode is what SSLVerifyClient says, the weaker first.
type mode uint8

// The modes.
const (
	verifyUnset mode = iota
	verifyNone
	verifyOptionalNoCA
	verifyOptional
	verifyRequire
)

func parseMode(c *compat.Cmd) (mode, error) {
	switch compat.Lower(c.Arg(0)) {
	case "none", "off":
		return verifyNone, nil
	case "optional":
		return verifyOptional, nil
	case "require", "on":
		return verifyRequire, nil
	case "optional_no_ca":
		return verifyOptionalNoCA, nil
	}
	return 0, compat.Errorf("%s: Invalid argument '%s'", c.Name, c.Arg(0))
}

func parseDepth(c *compat.Cmd) (*int, error) {
	n := compat.Atoi(c.Arg(0))
	if n < 0 {
		return nil, compat.Errorf("%s: Invalid argument '%s'", c.Name, c.Arg(0))
	}
	return &n, nil
}

// A crlCheck is what SSLCARevocationCheck says.
type crlCheck uint8

// Its bits.
const (
	crlNone crlCheck = 1 << iota
	crlLeaf
	crlChain
	crlMissingOK
)

func parseCRLCheck(c *compat.Cmd) (crlCheck, error) {
	check, err := parseWithFlag(c, map[string]int{"none": int(crlNone), "leaf": int(crlLeaf), "chain": int(crlChain)},
		"no_crl_for_cert_ok", int(crlMissingOK))
	return crlCheck(check), err
}

// parseWithFlag reads one of values, and then a flag any number of times.
func parseWithFlag(c *compat.Cmd, values map[string]int, flag string, bit int) (int, error) {
	words := rawWords(c)
	first := ""
	if len(words) > 0 {
		first = words[0]
	}
	v, ok := values[compat.Lower(first)]
	if !ok {
		return 0, compat.Errorf("%s: Invalid argument '%s'", c.Name, first)
	}
	for _, w := range words[1:] {
		if compat.Lower(w) != flag {
			return 0, compat.Errorf("%s: Invalid argument '%s'", c.Name, w)
		}
		v |= bit
	}
	return v, nil
}
