package authnzfcgi

import (
	"strings"

	"understudy/apacheconf/expr"
	"understudy/compat"
	"understudy/compat/internal/auth"
)

// A note is the provider that let a request in.
type note struct{ by *provider }

// Merge is over; there is nothing to merge.
func (note) Merge(over note) note { return over }

var notes = compat.NewSlot[note]()

func (p *provider) log(r *compat.Request) {
	kinds := [2]byte{'_', '_'}
	if p.isAuthn {
		kinds[0] = 'N'
	}
	if p.isAuthz {
		kinds[1] = 'Z'
	}
	r.Logf(short, compat.LevelDebug, nil, "AH02496: name %s, backend %s, host %s, port %d, first address %s, %s",
		p.name, p.backend, p.host, p.port, p.host, kinds[:])
}

// checkPassword is the provider for AuthBasicProvider (fcgi_check_password).
func (p *provider) checkPassword(r *compat.Request, user, password string) compat.AuthnResult {
	r.Logf(short, compat.LevelDebug, nil, "AH02524: fcgi_check_password(%s, XXX): provider %s", user, p.name)
	p.log(r)
	role := "AUTHENTICATOR"
	if p.isAuthz {
		role = ""
	}
	p.ask(r, &password, role, nil)
	switch r.Status {
	case 200:
		if p.isAuthz {
			notes.Keep(r).by = p
		}
		return compat.AuthnGranted
	case 500:
		return compat.AuthnError
	}
	return compat.AuthnDenied
}

// authorize is the provider for Require (fcgi_authz_check). One that let the user
// in by his password is not asked again.
func (p *provider) authorize(r *compat.Request) auth.Result {
	r.Logf(short, compat.LevelDebug, nil, "AH02527: fcgi_authz_check()")
	p.log(r)
	if !r.HasUser {
		return auth.DeniedNoUser
	}
	if p.isAuthn {
		if n := notes.Kept(r); n != nil && n.by == p {
			return auth.Granted
		}
		return auth.Denied
	}
	p.ask(r, nil, "AUTHORIZER", nil)
	switch r.Status {
	case 200:
		return auth.Granted
	case 500:
		return auth.Failed
	}
	return auth.Denied
}

// checkAuthn is AuthnzFcgiCheckAuthnProvider: the authorizer takes the place of
// AuthType's module (fcgi_check_authn).
func checkAuthn(r *compat.Request, c *config) compat.Status {
	if c.name == "" || strings.EqualFold(c.name, "None") {
		return compat.Declined
	}
	kind := auth.Type(r)
	r.Logf(short, compat.LevelDebug, nil, "AH02516: fcgi_check_authn, prov %s, authoritative %s, require-basic %s, user expr? %s type %s",
		c.name, yes(!c.lenient), yes(c.needsBasic), yes(c.user != nil), kind)
	var password *string
	if strings.EqualFold(kind, "Basic") {
		word, status := basic(r)
		if status == compat.OK {
			password = &word
		} else {
			r.Logf(short, compat.LevelDebug, nil, "AH02517: fcgi_check_authn: couldn't retrieve basic auth password")
			if c.needsBasic {
				return status
			}
		}
	}
	p := authnOf(r.Host.Build)[c.name]
	if p == nil {
		r.Logf(short, compat.LevelCrit, nil, "AH02518: fcgi_check_authn: can't find config for provider %s", c.name)
		return 500
	}
	p.log(r)
	answer := &body{}
	p.ask(r, password, "AUTHENTICATOR", answer)
	if r.Status == 200 {
		c.name200(r)
		if p.isAuthz {
			notes.Keep(r).by = p
		}
	} else {
		c.answer(r, answer)
	}
	switch {
	case r.Status == 200:
		return compat.OK
	case c.lenient:
		return compat.Declined
	}
	return compat.Status(r.Status)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// name200 sets the user of a request that was let in.
func (c *config) name200(r *compat.Request) {
	if c.user == nil {
		return
	}
	user := c.user.Eval(compat.ExprContext(r))
	switch {
	case user != "":
		r.User, r.HasUser = user, true
		r.Logf(short, compat.LevelDebug, nil, "AH02519: fcgi_check_authn: Setting user to '%s'", user)
	case c.defaultUser != "":
		r.User, r.HasUser = c.defaultUser, true
	default:
		r.Logf(short, compat.LevelError, nil, "AH02520: fcgi_check_authn: Failure extracting user after calling authorizer: "+
			"user expression yielded empty string (variable not set?)")
		r.Status = 500
	}
}

// answer makes the authorizer's body the page of its refusal.
func (c *config) answer(r *compat.Request, b *body) {
	switch {
	case len(b.data) == 0:
		return
	case c.lenient:
		r.Logf(short, compat.LevelWarn, nil, "AH02522: fcgi_check_authn: Ignoring response body from non-authoritative authorizer")
		return
	case len(b.data) == maxBody:
		r.Logf(short, compat.LevelWarn, nil, "AH02523: fcgi_check_authn: possible overflow handling response body")
	}
	text, _, _ := strings.Cut(string(b.data), "\x00")
	doc := compat.ErrorDocument{Text: expr.Literal(text)}
	if strings.HasPrefix(text, "/") || compat.IsURL(text) {
		doc = compat.ErrorDocument{URI: expr.Literal(text)}
	}
	r.Scope = r.Scope.Answering(r.Status, doc)
}

// basic is the password that the client sent; the user is r's then
// (ap_get_basic_auth_pw).
func basic(r *compat.Request) (string, compat.Status) {
	if auth.Name(r) == "" {
		r.Logf("core", compat.LevelError, nil, "AH00026: need AuthName: %s", r.Path)
		return "", 500
	}
	line, ok := auth.Credentials(r)
	scheme, coded, _ := strings.Cut(line, " ")
	if ok && !strings.EqualFold(scheme, "Basic") {
		r.Logf("core", compat.LevelError, nil, "AH00027: client used wrong authentication scheme: %s", r.Path)
	}
	if !ok || !strings.EqualFold(scheme, "Basic") {
		compat.NoteAuthFailure(r, "Basic")
		return "", 401
	}
	user, password, _ := strings.Cut(auth.DecodeBasic(strings.TrimLeft(coded, " \t")), ":")
	r.User, r.HasUser, r.AuthType = user, true, "Basic"
	return password, compat.OK
}
