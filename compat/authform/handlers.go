package authform

import (
	"strings"

	"understudy/compat"
	"understudy/compat/internal/auth"
	"understudy/compat/internal/session"
)

// The handlers, as SetHandler names them.
const (
	loginHandler    = "form-login-handler"
	logoutHandler   = "form-logout-handler"
	redirectHandler = "form-redirect-handler"
)

// login answers a form that was sent to a place of its own
// (authenticate_form_login_handler).
func login(r *compat.Request, c *config) compat.Status {
	if r.Handler != loginHandler {
		return compat.Declined
	}
	if r.Method != "POST" {
		r.Logf(short, compat.LevelError, nil, "AH01811: the %s only supports the POST method for %s", loginHandler, r.Path)
		return 405
	}
	sent, status := c.read(r, username, password, location)
	if status == compat.OK {
		user, pass := *sent.values[username], *sent.values[password]
		if status = c.judge(r, user, pass); status == compat.OK {
			c.remember(r, user, pass)
			return c.succeed(r, sent.values[location])
		}
	}
	if status == 401 && c.required != nil {
		r.Out.Set("Location", eval(r, c.required))
		return 302
	}
	return status
}

// logout has the session forget the user (authenticate_form_logout_handler).
func logout(r *compat.Request, c *config) compat.Status {
	if r.Handler != logoutHandler {
		return compat.Declined
	}
	z := session.Load(r)
	for _, entry := range []string{userEntry, passEntry, siteEntry} {
		z.Unset(auth.QuotedName(r) + entry)
	}
	r.Out.Add("Cache-Control", "no-store")
	r.ErrOut.Add("Cache-Control", "no-store")
	if c.logout == nil {
		return 200
	}
	r.Out.Add("Location", eval(r, c.logout))
	return 307
}

// redirect answers with what was asked for before the form got in the way, by
// the method and with the body that the form carried
// (authenticate_form_redirect_handler).
func redirect(r *compat.Request, _ *config) compat.Status {
	if r.Handler != redirectHandler {
		return compat.Declined
	}
	f := noted(r)
	by, kind := f.values[method], f.values[mimetype]
	if by == nil || kind == nil {
		r.Logf(short, compat.LevelError, nil, "AH01813: internal redirect requested but one or all of method, mimetype or "+
			"body are NULL: %s", r.Path)
		return 500
	}
	r.Logf(short, compat.LevelDebug, nil, "AH01812: internal redirect to method '%s' and body mimetype '%s' for the uri: %s",
		*by, *kind, r.Path)
	sub := r.Engine.Lookup(r, compat.EscapePath(r.Path), strings.Clone(*by))
	if sub.Status >= 300 {
		return compat.Status(sub.Status)
	}
	sub.Body, sub.BodyLength = r.Body, r.BodyLength
	for _, name := range []string{"Content-Type", "Content-Length"} {
		sub.In.Set(name, r.In.Get(name))
	}
	return r.Engine.Run(sub)
}
