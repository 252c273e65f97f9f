package ssl

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"sync"
	"time"

	"understudy/compat"
)

var _ = compat.SetClientTLS(clientTLS)

// A client is what a proxy configuration comes to.
type client struct {
	config   *proxy
	base     *tls.Config
	verifier *verifier
}

// clients are those of one configuration, made when they are first asked for.
type clients struct{ made sync.Map } // *proxy → *client, or error

const clientsKey = "ssl clients"

// clientTLS is how r speaks TLS to a server called name (ssl_engine_set).
func clientTLS(r *compat.Request, name string) (*tls.Config, bool) {
	c := proxies.Of(r)
	if c == nil || c.engine == nil || !*c.engine {
		return nil, false
	}
	b := r.Host.Build
	all := b.Shared[clientsKey].(*clients)
	made, ok := all.made.Load(c)
	if !ok {
		k, err := newClient(b, c)
		if err != nil {
			r.Logf("ssl", compat.LevelError, err, "AH02208: SSL proxy client cert initialization failed")
			return nil, false
		}
		made, _ = all.made.LoadOrStore(c, k)
	}
	k := made.(*client)
	config := k.base.Clone()
	config.VerifyConnection = func(state tls.ConnectionState) error { return k.check(r, name, state) }
	return config, true
}

// newClient makes the settings; the server's certificate is looked at by us.
func newClient(b *compat.Build, c *proxy) (*client, error) {
	s := shelf{b}
	k := &client{config: c}
	var err error
	if k.verifier, err = newVerifier(s, &c.verification, b.Main); err != nil {
		return nil, err
	}
	k.verifier.usage = x509.ExtKeyUsageServerAuth
	list := parseCiphers(orDefault(c.ciphers))
	if len(list.suites) == 0 {
		return nil, fatal("AH01898: Unable to configure permitted SSL ciphers")
	}
	versions := c.protocol.offered(list.level)
	if versions == 0 {
		return nil, fatal("AH02231: No SSL protocols available [hint: SSLProtocol]")
	}
	k.base = &tls.Config{InsecureSkipVerify: true, ClientSessionCache: tls.NewLRUClientSessionCache(0)}
	k.base.MinVersion, k.base.MaxVersion = versions.span()
	for _, s := range list.suites {
		k.base.CipherSuites = append(k.base.CipherSuites, s.id)
	}
	mine, err := clientCertificates(s, c)
	if err != nil {
		return nil, err
	}
	if len(mine) > 0 {
		k.base.Renegotiation = tls.RenegotiateFreelyAsClient // For servers that ask for them in some section.
		k.base.GetClientCertificate = func(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			for i := range mine {
				if asked.SupportsCertificate(&mine[i]) == nil {
					return &mine[i], nil
				}
			}
			return new(tls.Certificate), nil
		}
	}
	return k, nil
}

// clientCertificates are the certificates with keys that a proxy configuration
// names (ssl_init_proxy_certs).
func clientCertificates(s shelf, c *proxy) ([]tls.Certificate, error) {
	if c.certs == (source{}) {
		return nil, nil
	}
	data, err := s.both(c.certs, true)
	if err != nil {
		return nil, fatal("AH02208: SSL proxy client cert initialization failed: %v", err)
	}
	var more []*x509.Certificate
	if c.chain != "" {
		chain, err := s.file(c.chain)
		if err == nil {
			more, err = certificates(chain)
		}
		if err != nil {
			return nil, fatal("AH02208: SSL proxy client cert initialization failed: %v", err)
		}
	}
	leaves, keys, err := pairs(data)
	if err != nil {
		return nil, err
	}
	var mine []tls.Certificate
	for i, leaf := range leaves {
		if keys[i] == nil {
			return nil, fatal("AH02252: incomplete client cert configured for SSL proxy (missing or encrypted private key?)")
		}
		key, err := parseKey(keys[i])
		if err != nil || !matches(leaf, key) {
			return nil, fatal("AH02326: proxy client certificate and private key do not match")
		}
		cert := tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
		for _, m := range more {
			cert.Certificate = append(cert.Certificate, m.Raw)
		}
		mine = append(mine, cert)
	}
	if len(mine) == 0 {
		return nil, fatal("AH02206: no client certs found for SSL proxy")
	}
	return mine, nil
}

// pairs are the certificates in PEM data that are no authorities, and the key of
// each, which stands beside it.
func pairs(data []byte) (leaves []*x509.Certificate, keys [][]byte, err error) {
	var key []byte
	for {
		var b *pem.Block
		if b, data = pem.Decode(data); b == nil {
			return leaves, keys, nil
		}
		switch b.Type {
		case "CERTIFICATE":
			c, err := parseCertificate(b.Bytes)
			if err != nil {
				return nil, nil, fatal("AH02208: SSL proxy client cert initialization failed: %v", err)
			}
			if c.IsCA && len(leaves) > 0 {
				continue
			}
			leaves, keys, key = append(leaves, c), append(keys, key), nil
		case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
			if n := len(keys); n > 0 && keys[n-1] == nil {
				keys[n-1] = b.Bytes
				continue
			}
			key = b.Bytes
		}
	}
}

var errPeer = errors.New("the certificate of the server is not accepted")

// check looks at the certificate of a server (ssl_io_filter_handshake).
func (k *client) check(r *compat.Request, name string, state tls.ConnectionState) error {
	c, now := k.config, time.Now()
	if len(state.PeerCertificates) == 0 {
		return errPeer
	}
	leaf := state.PeerCertificates[0]
	if c.mode > verifyNone {
		d := k.verifier.judge(state.PeerCertificates, k.verifier.depth, now)
		if d.code != verifyOK && !(c.mode == verifyOptionalNoCA && d.optional()) {
			r.Logf("ssl", compat.LevelError, nil, "AH02039: Certificate Verification: Error (%d): %s", d.code, d.text)
			return errPeer
		}
	}
	if isOn(c.checkExpire, true) && (now.Before(leaf.NotBefore) || now.After(leaf.NotAfter)) {
		r.Logf("ssl", compat.LevelError, nil, "AH02004: SSL Proxy: Peer certificate is expired")
		return errPeer
	}
	switch {
	case isOn(c.checkName, true) && (isOn(c.checkCN, true) || isOn(c.checkName, false)):
		if !nameMatches(leaf, name) {
			r.Logf("ssl", compat.LevelError, nil, "AH02411: SSL Proxy: Peer certificate does not match for hostname %s", name)
			return errPeer
		}
	case isOn(c.checkCN, false):
		if cn := leaf.Subject.CommonName; compat.Lower(cn) != compat.Lower(name) {
			r.Logf("ssl", compat.LevelError, nil, "AH02005: SSL Proxy: Peer certificate CN mismatch: Certificate CN: %s "+
				"Requested hostname: %s", cn, name)
			return errPeer
		}
	}
	return nil
}

func isOn(b *bool, unsaid bool) bool {
	if b == nil {
		return unsaid
	}
	return *b
}

// loadProxies reads what the sections name.
func loadProxies(b *compat.Build) error {
	for _, s := range b.Sections {
		c := proxies.In(s.Vector)
		if c == nil || b.Serving {
			continue
		}
		if _, err := newClient(b, c); err != nil {
			return err
		}
	}
	return nil
}

func watchProxies(b *compat.Build) {
	global(b)
	b.Shared[clientsKey] = &clients{}
	for _, s := range b.Sections {
		c := proxies.In(s.Vector)
		if c == nil {
			continue
		}
		for _, path := range []string{c.ca.file, c.ca.dir, c.crl.file, c.crl.dir, c.certs.file, c.certs.dir, c.chain} {
			if path != "" && !slices.Contains(b.Watched, path) {
				b.Watch(path)
			}
		}
	}
}
