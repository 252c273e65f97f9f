package ssl

import (
	"cmp"
	"slices"

	"understudy/apacheconf/expr"
	"understudy/compat"
)

// A section is what directives say for some requests (SSLDirConfigRec).
type section struct {
	requireSSL   bool
	requirements []requirement
	options      optionSet
	mode         mode
	depth        *int
	ciphers      string
	userName     string
}

// A requirement is a line of SSLRequire.
type requirement struct {
	source string
	expr   *expr.Expr
}

// options are the bits of SSLOptions.
type options uint8

// The options.
const (
	stdEnvVars options = 1 << iota
	exportCertData
	exportBase64
	fakeBasicAuth
	strictRequire
	optRenegotiate
	legacyDN
)

var optionNames = map[string]options{"stdenvvars": stdEnvVars, "exportcertdata": exportCertData,
	"exportbase64certdata": exportBase64, "fakebasicauth": fakeBasicAuth, "strictrequire": strictRequire,
	"optrenegotiate": optRenegotiate, "legacydnstringformat": legacyDN}

// An optionSet is what SSLOptions says: options, or what to change of those
// around.
type optionSet struct {
	absolute        bool
	set, add, unset options
}

func (o optionSet) merge(over optionSet) optionSet {
	if over.absolute {
		return over
	}
	m := optionSet{absolute: o.absolute, add: o.add&^over.unset | over.add, unset: o.unset&^over.add | over.unset}
	m.set = o.set&^m.unset | m.add
	return m
}

// Merge lays over on top of s.
func (s section) Merge(over section) section {
	return section{requireSSL: s.requireSSL || over.requireSSL, requirements: slices.Concat(s.requirements, over.requirements),
		options: s.options.merge(over.options), mode: cmp.Or(over.mode, s.mode), depth: cmp.Or(over.depth, s.depth),
		ciphers: cmp.Or(over.ciphers, s.ciphers), userName: cmp.Or(over.userName, s.userName)}
}

// has reports whether an option is set.
func (s *section) has(o options) bool { return s != nil && s.options.set&o != 0 }

// of is what the host says whose server level c stands at, nil in a section.
func of(c *compat.Cmd) *server {
	if !c.AtServer() {
		return nil
	}
	return servers.Make(c.Vector)
}

const noSectionCA = "Your SSL library does not have support for per-directory CA"

func caCertificateFile(c *compat.Cmd, _ *section) error {
	path, err := checkFile(c, c.Arg(0))
	if err != nil {
		return err
	}
	host := of(c)
	if host == nil {
		return compat.Errorf(noSectionCA)
	}
	host.ca.file = path
	return nil
}

func caCertificatePath(c *compat.Cmd, _ *section) error {
	path, err := checkDir(c)
	if err != nil {
		return err
	}
	host := of(c)
	if host == nil {
		return compat.Errorf(noSectionCA)
	}
	host.ca.dir = path
	return nil
}

func verifyClient(c *compat.Cmd, s *section) error {
	m, err := parseMode(c)
	if err != nil {
		return err
	}
	if host := of(c); host != nil {
		host.mode = m
		return nil
	}
	s.mode = m
	if m > verifyNone && !c.HTAccess {
		servers.Make(c.Host.Section.Vector).asks = true
	}
	return nil
}

func verifyDepth(c *compat.Cmd, s *section) error {
	depth, err := parseDepth(c)
	if err != nil {
		return err
	}
	if host := of(c); host != nil {
		host.depth = depth
		return nil
	}
	s.depth = depth
	return nil
}

func cipherSuite(c *compat.Cmd, s *section) error {
	protocol, list := "SSL", c.Arg(0)
	if len(c.Words) > 1 {
		protocol, list = c.Arg(0), c.Arg(1)
	}
	host := of(c)
	switch {
	case protocol == "SSL" && host == nil:
		s.ciphers = list + neverCiphers
	case protocol == "SSL":
		host.ciphers = list + neverCiphers
	case protocol == "TLSv1.3" && host == nil:
		return compat.Errorf("TLSv1.3 ciphers cannot be set inside a directory context")
	case protocol == "TLSv1.3":
		host.ciphers13 = list
	default:
		return compat.Errorf("protocol '%s' not supported", protocol)
	}
	return nil
}

// neverCiphers is put behind every list, as Apache does.
const neverCiphers = ":!aNULL:!eNULL:!EXP"

func userName(c *compat.Cmd, s *section) error {
	s.userName = c.Arg(0)
	return nil
}

func requireSSL(_ *compat.Cmd, s *section) error {
	s.requireSSL = true
	return nil
}

func require(c *compat.Cmd, s *section) error {
	e, err := expr.ParseSSL(c.Raw)
	if err != nil {
		return compat.Errorf("SSLRequire: %v", err)
	}
	s.requirements = append(s.requirements, requirement{c.Raw, e})
	return nil
}

// setOptions reads SSLOptions. A word without sign makes those before it void.
func setOptions(c *compat.Cmd, s *section) error {
	o := &s.options
	for _, w := range rawWords(c) {
		action, name := byte(0), w
		if w != "" && (w[0] == '+' || w[0] == '-') {
			action, name = w[0], w[1:]
		}
		bit := optionNames[compat.Lower(name)]
		if bit == 0 {
			return compat.Errorf("SSLOptions: Illegal option '%s'", name)
		}
		switch action {
		case '-':
			o.add, o.unset, o.set = o.add&^bit, o.unset|bit, o.set&^bit
		case '+':
			o.add, o.unset, o.set = o.add|bit, o.unset&^bit, o.set|bit
		default:
			*o = optionSet{absolute: true, set: bit, add: bit}
		}
	}
	return nil
}

func renegBufferSize(c *compat.Cmd, _ *section) error {
	if compat.Atoi(c.Arg(0)) < 0 {
		return compat.Errorf("Invalid size for SSLRenegBufferSize: %s", c.Arg(0))
	}
	return nil
}

func deprecated(c *compat.Cmd, _ *section) error {
	hint := "SSLLog directive is no longer supported - use ErrorLog."
	if c.Name == "SSLLogLevel" {
		hint = "SSLLogLevel directive is no longer supported - use LogLevel."
	}
	return compat.Errorf("%s", hint)
}
