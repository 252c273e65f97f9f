package ssl

import (
	"crypto/tls"
	"slices"

	"understudy/compat"
)

// A choice is what a connection is to agree on. Settings for it are made once.
type choice struct {
	version uint16
	suite   uint16 // 0: TLS 1.3 decides
	asked   mode
	speaks  string // where the client's order counts; "": the first of ours
}

// postHandshakeAuth is the extension of clients that can be asked for a
// certificate later (RFC 8446, 4.2.6).
const postHandshakeAuth = 49

// choose finds the settings for a client, once it has told the name it wants
// (ssl_callback_ServerNameIndication), and with them its version and cipher
// suite: OpenSSL takes the client's first, or with SSLHonorCipherOrder its own.
func (e *endpoint) choose(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	s := hello.Conn.(*session)
	if name := hello.ServerName; name != "" {
		s.sni = name
		if h, ok := s.c.Server.Named(s.c, compat.Lower(name)); ok {
			if other, ok := h.Transport.(*endpoint); ok {
				s.endpoint = other
			}
			s.host = h
		}
	}
	e = s.endpoint
	if !common(hello.SupportedProtos, e.offers()) {
		if err := s.unasked(hello); err != nil {
			return nil, err
		}
	}
	ch := choice{version: e.versions.best(hello.SupportedVersions)}
	s.later = ch.version == tls.VersionTLS12 || slices.Contains(hello.Extensions, postHandshakeAuth)
	ch.asked = e.verifier.mode
	if ch.asked <= verifyNone {
		ch.asked = verifyNone
		if e.config.asks && s.later {
			ch.asked = verifyOptional
			s.hidden = true
		}
	}
	s.mode = max(e.verifier.mode, verifyNone)
	if ch.version != 0 && ch.version < tls.VersionTLS13 {
		ch.suite = e.suite(hello)
		if ch.suite == 0 {
			ch.suite = noSuite
		}
	}
	if on := e.host.ProtocolsHonorOrder; on != nil && !*on {
		ch.speaks = firstOf(hello.SupportedProtos, e.offers())
	}
	config := e.settings(ch)
	if ch.asked == verifyNone {
		return config, nil
	}
	config = config.Clone()
	config.VerifyConnection = s.verify
	s.keys = &keys{version: ch.version}
	if ch.asked == verifyRequire {
		s.alert = s.missing() // Until one is there.
	}
	config.KeyLogWriter = s.keys
	return config, nil
}

// firstOf is the first of wanted that is offered, "" if none is.
func firstOf(wanted, offered []string) string {
	for _, p := range wanted {
		if slices.Contains(offered, p) {
			return p
		}
	}
	return ""
}

// noSuite stands for there being nothing that both have.
const noSuite = 0xffff

// settings are those for a choice.
func (e *endpoint) settings(ch choice) *tls.Config {
	if c, ok := e.derived.Load(ch); ok {
		return c.(*tls.Config)
	}
	c := e.base.Clone()
	c.NextProtos = e.offers()
	if ch.speaks != "" {
		c.NextProtos = []string{ch.speaks}
	}
	c.MinVersion, c.MaxVersion = e.versions.span()
	if ch.version != 0 {
		c.MinVersion, c.MaxVersion = ch.version, ch.version
	}
	switch ch.suite {
	case 0:
	case noSuite:
		c.CipherSuites = []uint16{}
	default:
		c.CipherSuites = []uint16{ch.suite}
	}
	switch ch.asked {
	case verifyOptional, verifyOptionalNoCA:
		c.ClientAuth = tls.RequestClientCert
	case verifyRequire:
		c.ClientAuth = tls.RequireAnyClientCert
	}
	kept, _ := e.derived.LoadOrStore(ch, c)
	return kept.(*tls.Config)
}

// suite is the cipher suite for a client that does not speak TLS 1.3; 0: none.
func (e *endpoint) suite(hello *tls.ClientHelloInfo) uint16 {
	newest := e.versions.best(hello.SupportedVersions)
	usable := func(id uint16) bool {
		i := slices.IndexFunc(e.ciphers.suites, func(s suite) bool { return s.id == id })
		if i < 0 {
			return false
		}
		s := e.ciphers.suites[i]
		return (newest >= tls.VersionTLS12 || !s.is("TLSv1.2")) && e.fitting(s, hello) != nil
	}
	if e.honor {
		for _, s := range e.ciphers.suites {
			if slices.Contains(hello.CipherSuites, s.id) && usable(s.id) {
				return s.id
			}
		}
		return 0
	}
	for _, id := range hello.CipherSuites {
		if usable(id) {
			return id
		}
	}
	return 0
}

// fitting is the certificate for a suite of TLS 1.2.
func (e *endpoint) fitting(s suite, hello *tls.ClientHelloInfo) *identity {
	for _, n := range e.certs {
		if s.is("aECDSA") != (n.kind == "RSA") && (len(e.certs) == 1 || hello.SupportsCertificate(&n.Certificate) == nil) {
			return n
		}
	}
	return nil
}

// certificate is the one to show to a client.
func (e *endpoint) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	s := hello.Conn.(*session)
	e = s.endpoint
	chosen := e.certs[0]
	if len(e.certs) > 1 {
		for _, n := range e.certs {
			if hello.SupportsCertificate(&n.Certificate) == nil && (s.kind == "" || s.kind == n.kind) {
				chosen = n
				break
			}
		}
	}
	s.shown = chosen
	return chosen.stapled(s), nil
}
