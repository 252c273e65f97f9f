package authform

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"understudy/apacheconf/expr"
	"understudy/compat"
	"understudy/compat/internal/auth"
	"understudy/compat/internal/session"
)

// Entries of the session, behind the realm.
const (
	userEntry = "-user"
	passEntry = "-pw"
	siteEntry = "-site"
)

// authenticate finds out who is there: who has just logged in, who a session
// knows, or who fills in the form with this very request
// (authenticate_form_authn).
func authenticate(r *compat.Request, c *config) compat.Status {
	kind := auth.Type(r)
	if !strings.EqualFold(kind, "form") {
		return compat.Declined
	}
	if r.Forward {
		r.Logf(short, compat.LevelError, nil, "AH01809: form auth cannot be used for proxy requests due to XSS risk, "+
			"access denied: %s", r.Path)
		return 500
	}
	if auth.Name(r) == "" {
		r.Logf(short, compat.LevelError, nil, "AH01810: need AuthName: %s", r.Path)
		return 500
	}
	r.AuthType = kind
	status := c.known(r)
	if status == compat.OK {
		return compat.OK
	}
	var sent form
	if status == 401 && r.Method == "POST" && r.IsInitial() {
		var done bool
		if sent, status, done = c.logIn(r); done {
			return status
		}
	}
	if status == 401 && c.required != nil {
		r.Out.Set("Location", c.required.Eval(compat.ExprContext(r)))
		return 302
	}
	if to := sent.values[location]; to != nil {
		r.Out.Set("Location", *to)
		return 302
	}
	if status == 401 && !is(c.mayStore) {
		r.Out.Add("Cache-Control", "no-store")
		r.ErrOut.Add("Cache-Control", "no-store")
	}
	return status
}

// known is whether r's user logged in before and is still right.
func (c *config) known(r *compat.Request) compat.Status {
	f := noted(r)
	user, pass, hash := f.values[username], f.values[password], (*string)(nil)
	if user == nil || pass == nil || *user == "" || *pass == "" {
		user, pass, hash = remembered(r)
	}
	if user == nil || pass == nil {
		return 401
	}
	if hash != nil && c.site != nil && subtle.ConstantTimeCompare([]byte(*hash), []byte(siteHash(*user, *c.site))) == 1 {
		c.pretend(r, *user, *pass)
		return compat.OK
	}
	status := c.judge(r, *user, *pass)
	if status == compat.OK {
		c.pretend(r, *user, *pass)
	}
	return status
}

// remembered is whom r's session knows (get_session_auth).
func remembered(r *compat.Request) (user, pass, hash *string) {
	z := session.Load(r)
	realm := auth.QuotedName(r)
	get := func(entry string) *string {
		if !z.Has(realm + entry) {
			return nil
		}
		v := z.Get(realm + entry)
		return &v
	}
	user, pass, hash = get(userEntry), get(passEntry), get(siteEntry)
	if user != nil {
		r.User, r.HasUser = *user, true
	}
	return user, pass, hash
}

// remember has r's session know who logged in (set_session_auth).
func (c *config) remember(r *compat.Request, user, pass string) {
	z := session.Load(r)
	realm := auth.QuotedName(r)
	z.Set(realm+userEntry, user)
	z.Set(realm+passEntry, pass)
	if c.site != nil {
		z.Set(realm+siteEntry, siteHash(user, *c.site))
	} else {
		z.Unset(realm + siteEntry)
	}
}

// siteHash is what stands for a password that was right once
// (AuthFormSitePassphrase).
func siteHash(user, site string) string {
	sum := md5.Sum([]byte(user + ":" + site))
	return hex.EncodeToString(sum[:])
}

// logIn takes r itself for a form that was filled in. The handler gets the body
// that the form carries. done tells that the answer is made.
func (c *config) logIn(r *compat.Request) (sent form, status compat.Status, done bool) {
	sent, status = c.read(r, username, password, location, method, mimetype, body)
	carried := ""
	if sent.values[body] != nil && sent.values[mimetype] != nil {
		r.In.Set("Content-Type", *sent.values[mimetype])
		carried = *sent.values[body]
	}
	r.In.Del("Transfer-Encoding")
	r.In.Set("Content-Length", strconv.Itoa(len(carried)))
	r.Body, r.BodyLength = strings.NewReader(carried), int64(len(carried))
	if m := sent.values[method]; m != nil && *m != r.Method {
		r.Handler = redirectHandler
	}
	if status != compat.OK {
		return sent, status, false
	}
	user, pass := *sent.values[username], *sent.values[password]
	if status = c.judge(r, user, pass); status != compat.OK {
		return sent, status, false
	}
	c.pretend(r, user, pass)
	c.remember(r, user, pass)
	if sent.values[location] == nil && c.success == nil {
		return sent, status, true
	}
	return sent, c.succeed(r, sent.values[location]), true
}

// succeed sends the client to where it wanted to be.
func (c *config) succeed(r *compat.Request, to *string) compat.Status {
	switch {
	case to != nil:
		r.Out.Set("Location", *to)
	case c.success != nil:
		r.Out.Set("Location", eval(r, c.success))
	default:
		return 200
	}
	return 302
}

func eval(r *compat.Request, t *expr.Text) string { return t.Eval(compat.ExprContext(r)) }

// judge asks the providers in order, until one knows the user (check_authn).
func (c *config) judge(r *compat.Request, user, pass string) compat.Status {
	providers := c.providers
	if providers == nil {
		p, ok := compat.FindAuthn(r.Host.Build, "file")
		if !ok || p.Password == nil {
			r.Logf(short, compat.LevelError, nil, "AH01806: no authn provider configured")
			return c.fail(r, user, compat.AuthnError)
		}
		providers = []compat.AuthnProvider{p}
	}
	result := compat.AuthnError
	for _, p := range providers {
		if result = p.Password(r, user, pass); result != compat.AuthnNotFound {
			break
		}
	}
	if result == compat.AuthnGranted {
		return compat.OK
	}
	return c.fail(r, user, result)
}

func (c *config) fail(r *compat.Request, user string, result compat.AuthnResult) compat.Status {
	if c.authoritative != nil && !*c.authoritative && result != compat.AuthnDenied {
		return compat.Declined
	}
	switch result {
	case compat.AuthnDenied:
		r.Logf(short, compat.LevelError, nil, "AH01807: user '%s': authentication failure for \"%s\": password Mismatch", user, r.Path)
	case compat.AuthnNotFound:
		r.Logf(short, compat.LevelError, nil, "AH01808: user '%s' not found: %s", user, r.Path)
	default:
		return 500
	}
	c.noteFailure(r)
	return 401
}

// noteFailure is note_cookie_auth_failure: the name of a field that is a URL.
func (c *config) noteFailure(r *compat.Request) {
	if n := c.name(location); strings.Contains(n, ":") {
		r.ErrOut.Set("Location", n)
	}
}

// pretend lets programs see the user as if Basic authentication had been used
// (fake_basic_authentication).
func (c *config) pretend(r *compat.Request, user, pass string) {
	if is(c.fake) {
		r.In.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+pass)))
	}
}
