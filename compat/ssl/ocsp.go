package ssl

import (
	"crypto/tls"
	"crypto/x509"
	"time"

	"understudy/compat"
)

type ocspCheck struct {
	extent                  int
	responder, certs, proxy string
	override, nonce         *bool
	noVerify                *bool
	skew, maxAge, timeout   *time.Duration
}

func (o ocspCheck) merge(over ocspCheck) ocspCheck { return o }

func (o *ocspCheck) checker(s shelf) *ocspChecker { return nil }

type ocspChecker struct{}

func (o *ocspChecker) check(chain []*x509.Certificate, now time.Time) int { return verifyOK }

func ocspEnable(c *compat.Cmd, s *server) error {
	return compat.Errorf("%s is not yet supported by Understudy: not starting rather than letting in who was revoked", c.Name)
}
func ocspProxy(c *compat.Cmd, s *server) error { return nil }

type stapling struct {
	use, returnErrors, fakeTryLater             *bool
	skew, timeout, maxAge, cacheTime, errorTime *time.Duration
	url                                         string
}

func (o stapling) merge(over stapling) stapling { return o }

type stapler struct{}

func newStapler(s shelf, e *endpoint, n *identity) *stapler { return nil }

func (n *identity) stapled() *tls.Certificate { return &n.Certificate }
