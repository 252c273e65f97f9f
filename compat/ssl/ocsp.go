package ssl

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"

	"understudy/compat"
)

// An ocspCheck is what SSLOCSP directives say.
type ocspCheck struct {
	extent                  int
	responder, certs, proxy string
	override, nonce         *bool
	noVerify                *bool
	skew, maxAge, timeout   *time.Duration
}

// The bits of SSLOCSPEnable.
const (
	ocspOff = 1 << iota
	ocspLeaf
	ocspChain
	ocspMissingOK
)

func (o ocspCheck) merge(over ocspCheck) ocspCheck {
	return ocspCheck{extent: cmp.Or(over.extent, o.extent), responder: cmp.Or(over.responder, o.responder),
		certs: cmp.Or(over.certs, o.certs), proxy: cmp.Or(over.proxy, o.proxy), override: cmp.Or(over.override, o.override),
		nonce: cmp.Or(over.nonce, o.nonce), noVerify: cmp.Or(over.noVerify, o.noVerify), skew: cmp.Or(over.skew, o.skew),
		maxAge: cmp.Or(over.maxAge, o.maxAge), timeout: cmp.Or(over.timeout, o.timeout)}
}

func ocspEnable(c *compat.Cmd, s *server) (err error) {
	s.ocsp.extent, err = parseWithFlag(c, map[string]int{"off": ocspOff, "leaf": ocspLeaf, "on": ocspChain},
		"no_ocsp_for_cert_ok", ocspMissingOK)
	return err
}

func ocspProxy(c *compat.Cmd, s *server) error {
	if _, err := url.Parse(c.Arg(0)); err != nil {
		return compat.Errorf("SSLOCSPProxyURL: Cannot parse URL %s", c.Arg(0))
	}
	s.ocsp.proxy = c.Arg(0)
	return nil
}

// Defaults of the times.
const (
	defaultResponderTimeout = 10 * time.Second
	defaultSkew             = 5 * time.Minute
)

// An ocspChecker asks responders about certificates. Nil asks nobody.
type ocspChecker struct {
	ocspCheck
	trusted []*x509.Certificate // responders that are believed besides
	asker   asker
}

// checker is who does what o says.
func (o *ocspCheck) checker(s shelf) (*ocspChecker, error) {
	if o.extent&(ocspLeaf|ocspChain) == 0 {
		return nil, nil
	}
	c := &ocspChecker{ocspCheck: *o, asker: newAsker(o.timeout, o.proxy)}
	if o.certs == "" {
		return c, nil
	}
	data, err := s.file(o.certs)
	if err == nil {
		c.trusted, err = certificates(data)
	}
	if err != nil {
		return nil, fatal("AH03266: no OCSP certificates in file '%s': %v", o.certs, err)
	}
	return c, nil
}

// check is OpenSSL's number for what responders say of a chain
// (modssl_verify_ocsp).
func (o *ocspChecker) check(chain []*x509.Certificate, now time.Time) int {
	if o == nil {
		return verifyOK
	}
	for i, c := range chain {
		if i > 0 && (o.extent&ocspChain == 0 || bytes.Equal(c.RawSubject, c.RawIssuer)) {
			break
		}
		if code := o.one(c, issuer(chain, i), now); code != verifyOK {
			return code
		}
	}
	return verifyOK
}

func (o *ocspChecker) one(c, by *x509.Certificate, now time.Time) int {
	to := o.responder
	if len(c.OCSPServer) > 0 && !isOn(o.override, false) {
		to = c.OCSPServer[0]
	}
	if to == "" {
		if o.extent&ocspMissingOK != 0 {
			return verifyOK
		}
		return applicationError
	}
	raw, err := o.asker.ask(to, c, by)
	if err != nil {
		return applicationError
	}
	answer, err := o.parse(raw, c, by)
	if err != nil || !fresh(answer, now, o.skew, o.maxAge) {
		return applicationError
	}
	switch answer.Status {
	case ocsp.Good:
		return verifyOK
	case ocsp.Revoked:
		return revoked
	}
	return applicationError
}

// parse reads an answer that somebody who may has signed: who issued the
// certificate, who that one has authorized, or who the configuration trusts.
func (o *ocspChecker) parse(raw []byte, c, by *x509.Certificate) (*ocsp.Response, error) {
	if isOn(o.noVerify, false) {
		return ocsp.ParseResponseForCert(raw, c, nil)
	}
	answer, err := ocsp.ParseResponseForCert(raw, c, by)
	switch {
	case err != nil:
	case answer.Certificate == nil || answer.Certificate.Equal(by) ||
		slices.Contains(answer.Certificate.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning):
		return answer, nil
	default:
		err = errResponder // Whoever has a certificate of the same issuer could say so.
	}
	for _, t := range o.trusted {
		if answer, err := ocsp.ParseResponseForCert(raw, c, nil); err == nil && answer.CheckSignatureFrom(t) == nil {
			return answer, nil
		}
	}
	return nil, err
}

// fresh reports whether an answer counts now.
func fresh(answer *ocsp.Response, now time.Time, skew, maxAge *time.Duration) bool {
	slack := orElse(skew, defaultSkew)
	if now.Add(slack).Before(answer.ThisUpdate) || !answer.NextUpdate.IsZero() && now.Add(-slack).After(answer.NextUpdate) {
		return false
	}
	return maxAge == nil || !now.Add(-slack-*maxAge).After(answer.ThisUpdate)
}

func orElse(d *time.Duration, unsaid time.Duration) time.Duration {
	if d == nil {
		return unsaid
	}
	return *d
}

// An asker sends requests to responders.
type asker struct {
	client  *http.Client
	timeout time.Duration
}

// maxAnswer bounds what a responder may send.
const maxAnswer = 64 << 10

func newAsker(timeout *time.Duration, proxy string) asker {
	a := asker{timeout: orElse(timeout, defaultResponderTimeout)}
	transport := &http.Transport{DisableKeepAlives: true}
	if u, err := url.Parse(proxy); err == nil && proxy != "" {
		transport.Proxy = http.ProxyURL(u)
	}
	a.client = &http.Client{Transport: transport}
	return a
}

var errResponder = errors.New("the responder does not answer")

// ask is what the responder at url says of a certificate (RFC 6960, appendix A).
func (a asker) ask(url string, c, by *x509.Certificate) ([]byte, error) {
	query, err := ocsp.CreateRequest(c, by, nil)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), a.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(query))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/ocsp-request")
	response, err := a.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: %s", errResponder, response.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err == nil && len(raw) > maxAnswer {
		err = errResponder
	}
	return raw, err
}
