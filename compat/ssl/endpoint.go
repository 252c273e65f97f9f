package ssl

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"understudy/compat"
)

// An endpoint is what a host speaks.
type endpoint struct {
	host     *compat.Host
	config   *server
	id       string
	certs    []*identity // of one kind of key each, ECDSA first
	versions protocols
	ciphers  cipherList
	honor    bool
	verifier *verifier
	front    *tls.Config // what connections to the host's address begin with
	base     tls.Config
	derived  sync.Map        // of choice → *tls.Config
	offers   func() []string // the protocols it speaks, known when every module is ready
}

// An identity is a certificate of the host.
type identity struct {
	tls.Certificate
	kind   string // "RSA", "ECC", …
	staple *stapler
}

// newEndpoint makes what h speaks of its files. Errors are Apache's texts.
func newEndpoint(b *compat.Build, h *compat.Host, c *server) (*endpoint, error) {
	e := &endpoint{host: h, config: c, id: vhostID(h), honor: c.honorOrder != nil && *c.honorOrder,
		offers: sync.OnceValue(func() []string { return alpn(h) })}
	e.ciphers = parseCiphers(orDefault(c.ciphers))
	e.versions = c.protocol.offered(e.ciphers.level)
	if c.protocol != 0 && c.protocol&allProtocols == 0 {
		return nil, fatal("AH02231: No SSL protocols available [hint: SSLProtocol]")
	}
	e.restrict()
	if len(e.ciphers.suites) == 0 && e.versions&tls13 == 0 || c.ciphers != "" && len(e.ciphers.suites) == 0 {
		return nil, fatal("AH01898: Unable to configure permitted SSL ciphers")
	}
	s := shelf{b}
	if err := e.loadCerts(s); err != nil {
		return nil, err
	}
	var err error
	if e.verifier, err = newVerifier(s, &c.verification, h); err != nil {
		return nil, err
	}
	if e.verifier.ocsp, err = c.ocsp.checker(s); err != nil {
		return nil, err
	}
	if isOn(c.stapling.use, false) && !global(b).staplingCache {
		return nil, fatal("AH01958: SSLStapling: no stapling cache available")
	}
	if err := e.build(s); err != nil {
		return nil, err
	}
	return e, nil
}

func orDefault(list string) string {
	if list == "" {
		return "DEFAULT"
	}
	return list
}

func fatal(format string, args ...any) error {
	return compat.Refuse("%s\nAH02312: Fatal error initialising mod_ssl, exiting.\nAH00016: Configuration Failed", fmt.Sprintf(format, args...))
}

func wrong(format string, args ...any) error {
	return compat.Refuse("%s\nAH00016: Configuration Failed", fmt.Sprintf(format, args...))
}

// loadCerts reads the certificates and their keys (ssl_init_server_certs).
func (e *endpoint) loadCerts(s shelf) error {
	c := e.config
	if len(c.certs) == 0 {
		return fatal("AH02572: Failed to configure at least one certificate and key for %s", e.id)
	}
	for i, path := range c.certs {
		id, keyPath := fmt.Sprintf("%s:%d", e.id, i), path
		if i < len(c.keys) {
			keyPath = c.keys[i]
		}
		data, err := s.file(path)
		if err != nil {
			return wrong("AH02561: Failed to configure certificate %s, check %s: %v", id, path, err)
		}
		chain, err := certificates(data)
		if err != nil {
			return wrong("AH02562: Failed to configure certificate %s (with chain), check %s\nSSL Library Error: %v -- "+
				"Bad file contents or format - or even just a forgotten SSLCertificateKeyFile?", id, path, err)
		}
		key, err := s.key(keyPath, e.id, certKind(i))
		if errors.Is(err, errAsk) {
			continue // Somebody may have to type it, which -t does not ask for.
		}
		if err != nil {
			return fatal("AH02564: Failed to configure encrypted (?) private key %s, check %s: %v", id, keyPath, err)
		}
		if !matches(chain[0], key) {
			return wrong("AH02565: Certificate and private key %s from %s and %s do not match", id, path, keyPath)
		}
		if c.chain != "" {
			if chain, err = e.withChainFile(s, chain[:1]); err != nil {
				return err
			}
		}
		e.add(chain, key)
	}
	return nil
}

// withChainFile puts the certificates of SSLCertificateChainFile behind leaf.
func (e *endpoint) withChainFile(s shelf, leaf []*x509.Certificate) ([]*x509.Certificate, error) {
	data, err := s.file(e.config.chain)
	if err == nil && !bytes.Contains(data, []byte("-----BEGIN")) {
		return leaf, nil // OpenSSL finds none, and does not mind.
	}
	if err == nil {
		var more []*x509.Certificate
		if more, err = certificates(data); err == nil {
			if len(more) > 0 && more[0].Equal(leaf[0]) {
				more = more[1:]
			}
			return append(slices.Clip(leaf), more...), nil
		}
	}
	return nil, fatal("AH01903: Failed to configure CA certificate chain!")
}

func matches(c *x509.Certificate, key crypto.Signer) bool {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(c.PublicKey)
}

// add makes an identity; the last one with its kind of key counts.
func (e *endpoint) add(chain []*x509.Certificate, key crypto.Signer) {
	n := &identity{kind: keyKind(key), Certificate: tls.Certificate{PrivateKey: key, Leaf: chain[0]}}
	for _, c := range chain {
		n.Certificate.Certificate = append(n.Certificate.Certificate, c.Raw)
	}
	e.certs = slices.DeleteFunc(e.certs, func(have *identity) bool { return have.kind == n.kind })
	e.certs = append(e.certs, n)
	slices.SortStableFunc(e.certs, func(a, b *identity) int { return strings.Compare(a.kind, b.kind) })
}

// certKind is what a program that knows pass phrases is told of a host's key i:
// what the first ones were when there was one of a kind at most, whatever they
// are (ssl_pphrase_Handle_CB).
func certKind(i int) string {
	if kinds := [...]string{"RSA", "DSA", "ECC"}; i < len(kinds) {
		return kinds[i]
	}
	return strconv.Itoa(i)
}

func keyKind(key crypto.Signer) string {
	switch key.(type) {
	case *ecdsa.PrivateKey:
		return "ECC"
	case ed25519.PrivateKey:
		return "ED25519"
	case *rsa.PrivateKey:
		return "RSA"
	}
	return "other"
}

// build makes the settings that all connections share.
func (e *endpoint) build(s shelf) error {
	names, err := e.names(s)
	if err != nil {
		return err
	}
	e.base = tls.Config{ClientCAs: names, CurvePreferences: curves(e.config.commands),
		GetCertificate: e.certificate}
	if e.config.tickets != nil && !*e.config.tickets {
		e.base.SessionTicketsDisabled = true
	}
	if err := e.tickets(s); err != nil {
		return err
	}
	for _, n := range e.certs {
		n.staple = newStapler(e, n)
	}
	e.front = &tls.Config{GetConfigForClient: e.choose, GetCertificate: e.certificate}
	return nil
}

// names are the authorities that clients are told of: those of SSLCADNRequest,
// else all there are.
func (e *endpoint) names(s shelf) (*x509.CertPool, error) {
	src := e.config.names
	if src == (source{}) {
		src = e.config.ca
	}
	data, err := s.both(src, false)
	if err != nil || len(bytes.TrimSpace(data)) == 0 {
		return nil, err
	}
	pool := x509.NewCertPool()
	list, err := certificates(data)
	if err != nil {
		return nil, fatal("AH01896: Unable to determine list of acceptable CA certificates for client authentication")
	}
	for _, c := range list {
		pool.AddCert(c)
	}
	return pool, nil
}

// alpn are the protocols offered by name, from Protocols.
func alpn(h *compat.Host) []string {
	var list []string
	for _, p := range h.Protocols {
		if p == "http/1.1" || p == "h2" && h.HTTP2 != nil {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return []string{"http/1.1"}
	}
	return list
}
