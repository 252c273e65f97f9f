package ssl

import (
	"crypto/tls"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// protocols are the versions SSLProtocol permits.
type protocols uint8

// The versions, and that something was said.
const (
	tls10 protocols = 1 << iota
	tls11
	tls12
	tls13
	protocolsSaid
	allProtocols = tls10 | tls11 | tls12 | tls13
)

var protocolNames = map[string]protocols{"tlsv1": tls10, "tlsv1.1": tls11, "tlsv1.2": tls12, "tlsv1.3": tls13, "all": allProtocols}

var protocolVersions = []struct {
	bit     protocols
	version uint16
}{{tls13, tls.VersionTLS13}, {tls12, tls.VersionTLS12}, {tls11, tls.VersionTLS11}, {tls10, tls.VersionTLS10}}

func rawWords(c *compat.Cmd) []string { return apacheconf.Words(c.Raw) }

// parseProtocols reads SSLProtocol (ssl_cmd_protocol_parse).
func parseProtocols(c *compat.Cmd) (protocols, error) {
	var p protocols
	for _, w := range rawWords(c) {
		action, name := byte(0), w
		if w != "" && (w[0] == '+' || w[0] == '-') {
			action, name = w[0], w[1:]
		}
		var this protocols
		switch lower := strings.ToLower(name); lower {
		case "sslv2":
			if action != '-' {
				return 0, compat.Errorf("SSLProtocol: SSLv2 is no longer supported")
			}
			continue
		case "sslv3":
			if action != '-' {
				return 0, compat.Errorf("SSLv3 not supported by this version of OpenSSL")
			}
			continue
		default:
			if this = protocolNames[lower]; this == 0 {
				return 0, compat.Errorf("%s: Illegal protocol '%s'", c.Name, name)
			}
		}
		switch action {
		case '-':
			p &^= this
		case '+':
			p |= this
		default:
			if p != 0 {
				c.Warnf("ssl", compat.LevelWarn, "AH02532: %s: Protocol '%s' overrides already set parameter(s). "+
					"Check if a +/- prefix is missing.", c.Name, name)
			}
			p = this
		}
	}
	return p | protocolsSaid, nil
}

// offered are the versions p stands for, without those that OpenSSL does not
// speak at its level of security.
func (p protocols) offered(level int) protocols {
	if p == 0 {
		p = allProtocols
	}
	if p &= allProtocols; level > 0 {
		p &^= tls10 | tls11
	}
	return p
}

// best is the newest version that is permitted and among offers; 0: none.
func (p protocols) best(offers []uint16) uint16 {
	for _, v := range protocolVersions {
		if p&v.bit == 0 {
			continue
		}
		for _, o := range offers {
			if o == v.version {
				return o
			}
		}
	}
	return 0
}

// span is the oldest and the newest version.
func (p protocols) span() (oldest, newest uint16) {
	for _, v := range protocolVersions {
		if p&v.bit != 0 {
			if newest == 0 {
				newest = v.version
			}
			oldest = v.version
		}
	}
	return oldest, newest
}
