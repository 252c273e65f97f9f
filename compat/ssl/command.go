package ssl

import (
	"crypto/tls"
	"strings"

	"understudy/compat"
)

// curveNames are OpenSSL's names of groups.
var curveNames = map[string]tls.CurveID{"x25519": tls.X25519, "p-256": tls.CurveP256, "prime256v1": tls.CurveP256,
	"secp256r1": tls.CurveP256, "p-384": tls.CurveP384, "secp384r1": tls.CurveP384, "p-521": tls.CurveP521,
	"secp521r1": tls.CurveP521, "x25519mlkem768": tls.X25519MLKEM768}

// checkCommands looks whether what SSLOpenSSLConfCmd says leaves something.
func checkCommands(list []command) error {
	for _, c := range list {
		switch c.name {
		case "curves", "groups":
			if len(groupsOf(c.value)) == 0 {
				return compat.Errorf("SSLOpenSSLConfCmd %s: none of the groups in '%s' is supported by Understudy", c.name, c.value)
			}
		case "minprotocol", "maxprotocol":
			if protocolNames[strings.ToLower(c.value)] == 0 && !strings.EqualFold(c.value, "none") || strings.EqualFold(c.value, "all") {
				return compat.Errorf("SSLOpenSSLConfCmd %s: unknown protocol '%s'", c.name, c.value)
			}
		}
	}
	return nil
}

func groupsOf(list string) []tls.CurveID {
	var ids []tls.CurveID
	for name := range strings.SplitSeq(list, ":") {
		if id, ok := curveNames[strings.ToLower(strings.TrimPrefix(name, "?"))]; ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// curves are the groups that SSLOpenSSLConfCmd names last; nil: Go's.
func curves(list []command) []tls.CurveID {
	var ids []tls.CurveID
	for _, c := range list {
		if c.name == "curves" || c.name == "groups" {
			ids = groupsOf(c.value)
		}
	}
	return ids
}

// restrict obeys what SSLOpenSSLConfCmd says of versions.
func (e *endpoint) restrict() {
	for _, c := range e.config.commands {
		bit := protocolNames[strings.ToLower(c.value)]
		switch {
		case c.name == "protocol":
			e.versions &= versionList(c.value)
		case bit == 0:
		case c.name == "minprotocol":
			e.versions &^= bit - 1
		case c.name == "maxprotocol":
			e.versions &= bit<<1 - 1
		}
	}
}

// versionList is what SSL_CONF's Protocol permits: "-ALL,TLSv1.2".
func versionList(list string) protocols {
	p := allProtocols
	for i, w := range strings.Split(list, ",") {
		w = strings.ToLower(strings.TrimSpace(w))
		bit := protocolNames[strings.TrimLeft(w, "+-")]
		switch {
		case strings.HasPrefix(w, "-"):
			p &^= bit
		case i == 0 && !strings.HasPrefix(w, "+"):
			p = bit
		default:
			p |= bit
		}
	}
	return p
}
