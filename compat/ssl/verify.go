package ssl

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"time"

	"understudy/compat"
)

// A verifier judges the certificates of others.
type verifier struct {
	mode    mode
	depth   int
	empty   bool // nobody is believed
	roots   *x509.CertPool
	between *x509.CertPool
	selves  [][]byte // of those that vouch for themselves
	usage   x509.ExtKeyUsage
	crls    *crlStore
	ocsp    *ocspChecker
}

const defaultDepth = 1

// newVerifier reads what a verification names.
func newVerifier(s shelf, v *verification, h *compat.Host) (*verifier, error) {
	out := &verifier{mode: v.mode, depth: defaultDepth, roots: x509.NewCertPool(), between: x509.NewCertPool(),
		usage: x509.ExtKeyUsageClientAuth}
	if v.depth != nil {
		out.depth = *v.depth
	}
	data, err := s.both(v.ca, false)
	if err != nil {
		return nil, fatal("AH02210: Failed to load SSLCACertificateFile: %v", err)
	}
	if out.empty = len(bytes.TrimSpace(data)) == 0; !out.empty {
		list, err := certificates(data)
		if err != nil {
			return nil, fatal("AH01895: Unable to configure verify locations for client authentication: %v", err)
		}
		for _, c := range list {
			if bytes.Equal(c.RawSubject, c.RawIssuer) {
				out.roots.AddCert(c)
				out.selves = append(out.selves, c.Raw)
				continue
			}
			out.between.AddCert(c)
		}
	}
	out.crls, err = newCRLStore(s, v, h)
	return out, err
}

// A verdict is what was found about a certificate, with OpenSSL's number and
// words for it.
type verdict struct {
	code     int
	text     string
	generous bool // not believed, and let in all the same
	leaf     *x509.Certificate
	chain    []*x509.Certificate // as it was believed, else as it was sent
}

// OpenSSL's numbers (x509_vfy.h).
const (
	verifyOK          = 0
	noCRL             = 3
	notYetValid       = 9
	hasExpired        = 10
	crlExpired        = 12
	selfSigned        = 18
	selfSignedInChain = 19
	noLocalIssuer     = 20
	chainTooLong      = 22
	revoked           = 23
	invalidPurpose    = 26
	applicationError  = 50
	hostMismatch      = 62
)

var verdictTexts = map[int]string{verifyOK: "ok", noCRL: "unable to get certificate CRL", notYetValid: "certificate is not yet valid",
	hasExpired: "certificate has expired", crlExpired: "CRL has expired", selfSigned: "self-signed certificate",
	selfSignedInChain: "self-signed certificate in certificate chain", noLocalIssuer: "unable to get local issuer certificate",
	chainTooLong: "certificate chain too long", revoked: "certificate revoked", invalidPurpose: "unsuitable certificate purpose",
	applicationError: "application verification failure"}

// maxSent bounds the certificates a client may send.
const maxSent = 100

// judge looks at what a peer sent, its own certificate first.
func (v *verifier) judge(sent []*x509.Certificate, depth int, now time.Time) verdict {
	d := verdict{leaf: sent[0], chain: sent}
	d.code = v.check(&d, sent, depth, now)
	d.text = verdictTexts[d.code]
	return d
}

func (v *verifier) check(d *verdict, sent []*x509.Certificate, depth int, now time.Time) int {
	if len(sent) > maxSent {
		return chainTooLong
	}
	between := v.between
	if len(sent) > 1 {
		between = v.between.Clone()
		for _, c := range sent[1:] {
			between.AddCert(c)
		}
	}
	chains, err := sent[0].Verify(x509.VerifyOptions{Roots: v.roots, Intermediates: between, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{v.usage}})
	if err != nil {
		return v.why(err, sent, now)
	}
	chain := shortest(chains)
	d.chain = chain
	if len(chain)-1 > depth {
		return chainTooLong
	}
	if code := v.crls.check(chain, now); code != verifyOK {
		return code
	}
	return v.ocsp.check(chain, now)
}

func shortest(chains [][]*x509.Certificate) []*x509.Certificate {
	best := chains[0]
	for _, c := range chains[1:] {
		if len(c) < len(best) {
			best = c
		}
	}
	return best
}

// why is OpenSSL's number for an error of package x509.
func (v *verifier) why(err error, sent []*x509.Certificate, now time.Time) int {
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) {
		switch invalid.Reason {
		case x509.Expired:
			if invalid.Cert != nil && now.Before(invalid.Cert.NotBefore) {
				return notYetValid
			}
			return hasExpired
		case x509.IncompatibleUsage:
			return invalidPurpose
		case x509.TooManyIntermediates:
			return chainTooLong
		}
		return applicationError
	}
	last := sent[0]
	for range sent {
		next := last
		for _, c := range sent[1:] {
			if bytes.Equal(c.RawSubject, last.RawIssuer) && !c.Equal(last) {
				next = c
			}
		}
		if next.Equal(last) {
			break
		}
		last = next
	}
	switch {
	case !bytes.Equal(last.RawSubject, last.RawIssuer):
		return noLocalIssuer
	case last.Equal(sent[0]):
		return selfSigned
	}
	return selfSignedInChain
}

// optional reports whether optional_no_ca lets a verdict pass
// (ssl_verify_error_is_optional).
func (d *verdict) optional() bool {
	return d.code == selfSigned || d.code == selfSignedInChain || d.code == noLocalIssuer
}

// errRefused ends a handshake.
var errRefused = errors.New("certificate verify failed")

// verify is called at the end of a handshake in which a certificate was asked
// for. Where that was for the sake of some section, nothing is decided yet.
func (s *session) verify(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		if s.mode == verifyRequire {
			return errRefused // It was refused by crypto/tls, but for a session that is resumed.
		}
		return nil
	}
	s.alert = 0
	v := s.endpoint.verifier
	s.verdict = v.judge(state.PeerCertificates, v.depth, time.Now())
	if s.hidden || s.accept(s.mode) {
		return nil
	}
	s.alert = s.verdict.alert()
	return errRefused
}

// accept decides by a mode about the certificate that was shown
// (ssl_callback_SSLVerify).
func (s *session) accept(m mode) bool {
	d := &s.verdict
	if d.leaf == nil {
		return m != verifyRequire
	}
	if d.code == verifyOK {
		return true
	}
	if m == verifyOptionalNoCA && d.optional() {
		s.logf(compat.LevelInfo, "AH02037: Certificate Verification: Verifiable Issuer is configured as optional, "+
			"therefore we're accepting the certificate")
		d.generous = true
		return true
	}
	s.logf(compat.LevelInfo, "AH02276: Certificate Verification: Error (%d): %s [%s]", d.code, d.text, describe(d.leaf))
	return false
}

// describe names a certificate in the log (ssl_log_cert_error).
func describe(c *x509.Certificate) string {
	const layout = "Jan _2 15:04:05 2006 GMT"
	return "subject: " + nameString(c.RawSubject) + " / issuer: " + nameString(c.RawIssuer) + " / serial: " + serial(c) +
		" / notbefore: " + c.NotBefore.UTC().Format(layout) + " / notafter: " + c.NotAfter.UTC().Format(layout)
}

// nameMatches reports whether a certificate is for a name, which may also be its
// common name (modssl_X509_match_name).
func nameMatches(c *x509.Certificate, name string) bool {
	list := append(slices.Clip(c.DNSNames), c.Subject.CommonName)
	for _, n := range list {
		if strings.EqualFold(n, name) {
			return true
		}
		if rest, ok := strings.CutPrefix(n, "*."); ok {
			if _, domain, ok := strings.Cut(name, "."); ok && strings.EqualFold(rest, domain) {
				return true
			}
		}
	}
	return false
}
