// Package sessioncookie is mod_session_cookie: sessions that the client keeps in
// a cookie.
//
// Deviations: with SessionCookieRemove a session lives through the request that
// brings it, as it did up to httpd 2.4.68. In 2.4.71 each look at the session
// reads the cookie anew, which is not there any more, and so nobody can log in.
package sessioncookie

import (
	"cmp"

	"understudy/compat"
	"understudy/compat/internal/session"
)

const (
	module = "session_cookie_module"
	places = compat.Server | compat.AuthConfig
)

// Module is mod_session_cookie.
var Module = compat.Module{
	Name: module,
	File: "mod_session_cookie.c",
	Directives: []compat.Directive{
		slot.Directive("SessionCookieName", compat.RawArgs, places, func(c *compat.Cmd, conf *config) (err error) {
			conf.cookie, err = session.ParseCookie(c, "=&", "'=' or '&'")
			return err
		}, "The name of the RFC2109 cookie carrying the session"),
		slot.Directive("SessionCookieName2", compat.RawArgs, places, func(c *compat.Cmd, conf *config) (err error) {
			conf.cookie2, err = session.ParseCookie(c, "=&", "'=' or '&'")
			return err
		}, "The name of the RFC2965 cookie carrying the session"),
		slot.Flag("SessionCookieRemove", places, func(c *config) **bool { return &c.remove },
			"Set to 'On' to remove the session cookie from the headers and hide the cookie from a backend server or process"),
	},
}

func init() { session.RegisterKeeper(session.Keeper{Module: module, Load: load, Save: save}) }

var slot = compat.NewSlot[config]()

type config struct {
	cookie, cookie2 *session.Cookie
	remove          *bool
}

// Merge lays over on top of c.
func (c config) Merge(over config) config {
	return config{cmp.Or(over.cookie, c.cookie), cmp.Or(over.cookie2, c.cookie2), cmp.Or(over.remove, c.remove)}
}

// loaded are the sessions of a request, by the name of the cookie.
type loaded struct{ sessions map[string]*session.Session }

// Merge is for the sake of the slot: nothing is merged.
func (loaded) Merge(over loaded) loaded { return over }

var states = compat.NewSlot[loaded]()

// load reads the session from the cookie, once for a request and all that come
// of it (session_cookie_load).
func load(r *compat.Request) (*session.Session, compat.Status) {
	c := slot.Of(r)
	if c == nil || c.cookie == nil && c.cookie2 == nil {
		return nil, compat.Declined
	}
	name := cmp.Or(c.cookie2, c.cookie).Name
	remove := c.remove != nil && *c.remove
	all := states.Keep(compat.First(r))
	if z := all.sessions[name]; z != nil {
		if remove {
			session.ReadCookie(r, name, true)
		}
		return z, compat.OK
	}
	z := &session.Session{}
	if value, ok := session.ReadCookie(r, name, remove); ok {
		z.Encoded = &value
	}
	if all.sessions == nil {
		all.sessions = map[string]*session.Session{}
	}
	all.sessions[name] = z
	r.Out.Add("Cache-Control", "no-cache, private")
	return z, compat.OK
}

// save sets the cookie (session_cookie_save).
func save(r *compat.Request, z *session.Session) compat.Status {
	c := slot.Of(r)
	if c == nil || c.cookie == nil && c.cookie2 == nil {
		return compat.Declined
	}
	for i, cookie := range []*session.Cookie{c.cookie, c.cookie2} {
		field := [...]string{"Set-Cookie", "Set-Cookie2"}[i]
		switch {
		case cookie == nil:
		case z.Encoded != nil && *z.Encoded != "":
			cookie.Write(field, *z.Encoded, z.MaxAge, &r.ErrOut)
		default:
			cookie.Remove(field, &r.Out, &r.ErrOut)
		}
	}
	return compat.OK
}
