package ssl

import (
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ocsp"

	"understudy/compat"
)

// A stapling is what SSLStapling directives say.
type stapling struct {
	use, returnErrors, fakeTryLater             *bool
	skew, timeout, maxAge, cacheTime, errorTime *time.Duration
	url                                         string
}

func (o stapling) merge(over stapling) stapling {
	return stapling{use: cmp.Or(over.use, o.use), returnErrors: cmp.Or(over.returnErrors, o.returnErrors),
		fakeTryLater: cmp.Or(over.fakeTryLater, o.fakeTryLater), skew: cmp.Or(over.skew, o.skew),
		timeout: cmp.Or(over.timeout, o.timeout), maxAge: cmp.Or(over.maxAge, o.maxAge),
		cacheTime: cmp.Or(over.cacheTime, o.cacheTime), errorTime: cmp.Or(over.errorTime, o.errorTime), url: cmp.Or(over.url, o.url)}
}

// Defaults of how long answers and their absence are kept.
const (
	defaultStapleTime = time.Hour
	defaultErrorTime  = 10 * time.Minute
)

// A stapler gets the proofs for a certificate of ours. A handshake that finds
// none asks for it, as with Apache; those beside it do not wait.
type stapler struct {
	stapling
	server   *x509.Certificate
	by       *x509.Certificate
	to       string
	asker    asker
	identity *identity
	state    *staple
}

// A staple is what is known of a certificate; it outlives configurations.
type staple struct {
	asking sync.Mutex // held by who asks
	now    atomic.Pointer[stapled]
}

// A stapled is an answer, and until when nobody is asked again.
type stapled struct {
	raw   []byte
	until time.Time
}

// staples are the answers by certificate.
var staples sync.Map // [32]byte → *staple

// tryLater is an answer that says only that there is none (RFC 6960, 4.2.1).
var tryLater = []byte{0x30, 3, 0x0a, 1, 3}

// newStapler makes what staples answers to n; nil: nothing does.
func newStapler(e *endpoint, n *identity) *stapler {
	o := e.config.stapling
	if !isOn(o.use, false) || len(n.Certificate.Certificate) < 2 {
		return nil
	}
	by, err := parseCertificate(n.Certificate.Certificate[1])
	if err != nil || n.Leaf.CheckSignatureFrom(by) != nil {
		return nil
	}
	to := o.url
	if to == "" && len(n.Leaf.OCSPServer) > 0 {
		to = n.Leaf.OCSPServer[0]
	}
	if to == "" {
		return nil
	}
	known, _ := staples.LoadOrStore(sha256.Sum256(n.Leaf.Raw), &staple{})
	return &stapler{stapling: o, server: n.Leaf, by: by, to: to, asker: newAsker(o.timeout, ""), identity: n,
		state: known.(*staple)}
}

// stapled is the certificate to show, with a proof if there is one.
func (n *identity) stapled(s *session) *tls.Certificate {
	if n.staple == nil {
		return &n.Certificate
	}
	return n.staple.certificate(s)
}

func (t *stapler) certificate(s *session) *tls.Certificate {
	known := t.state.now.Load()
	if known == nil || time.Now().After(known.until) {
		if t.state.asking.TryLock() {
			known = t.renew(s)
			t.state.asking.Unlock()
		}
	}
	if known == nil || known.raw == nil {
		return &t.identity.Certificate
	}
	c := t.identity.Certificate
	c.OCSPStaple = known.raw
	return &c
}

// renew asks the responder (stapling_renew_response).
func (t *stapler) renew(s *session) *stapled {
	fresh, err := t.fetch()
	if err != nil {
		s.logf(compat.LevelError, "AH01980: bad response from OCSP server: %v", err)
		fresh.until = time.Now().Add(orElse(t.errorTime, defaultErrorTime))
	}
	t.state.now.Store(fresh)
	return fresh
}

// fetch is an answer, or with an error what is shown instead: a wrong answer is
// passed on if SSLStaplingReturnResponderErrors says so, and for none there is
// one of SSLStaplingFakeTryLater. The latter does not look at the former,
// whatever the manual says.
func (t *stapler) fetch() (*stapled, error) {
	raw, err := t.asker.ask(t.to, t.server, t.by)
	var answer *ocsp.Response
	if err == nil {
		answer, err = ocsp.ParseResponseForCert(raw, t.server, t.by)
	}
	var wrong ocsp.ResponseError
	now := time.Now()
	switch {
	case err != nil && !errors.As(err, &wrong):
		if isOn(t.fakeTryLater, true) {
			return &stapled{raw: tryLater}, err
		}
		return &stapled{}, err
	case err == nil && !fresh(answer, now, t.skew, t.maxAge):
		err = errResponder
	}
	if err != nil {
		if isOn(t.returnErrors, true) {
			return &stapled{raw: raw}, err
		}
		return &stapled{}, err
	}
	until := now.Add(orElse(t.cacheTime, defaultStapleTime))
	if !answer.NextUpdate.IsZero() && answer.NextUpdate.Before(until) {
		until = answer.NextUpdate
	}
	return &stapled{raw: raw, until: until}, nil
}
