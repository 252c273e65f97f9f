// Package session is mod_session: what is known of a client from one request to
// the next. Others keep it: mod_session_cookie, mod_session_dbd.
package session

import (
	"slices"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/session"
)

const places = compat.Server | compat.AuthConfig

// Module is mod_session.
var Module = compat.Module{
	Name: "session_module",
	File: "mod_session.c",
	Directives: []compat.Directive{
		slot.Flag("Session", places, func(c *session.Config) **bool { return &c.Enabled },
			"on if a session should be maintained for these URLs"),
		slot.Directive("SessionMaxAge", compat.Take1, places, setMaxAge,
			"length of time for which a session should be valid. Zero to disable"),
		slot.Directive("SessionHeader", compat.Take1, places, func(c *compat.Cmd, conf *session.Config) error {
			name := c.Arg(0)
			conf.Header = &name
			return nil
		}, "output header, if present, whose contents will be injected into the session."),
		slot.Flag("SessionEnv", places, func(c *session.Config) **bool { return &c.Env },
			"on if a session should be written to the CGI environment. Defaults to off"),
		slot.Directive("SessionInclude", compat.Take1, places, func(c *compat.Cmd, conf *session.Config) error {
			conf.Include = append(conf.Include, c.Arg(0))
			return nil
		}, "URL prefixes to include in the session. Defaults to all URLs"),
		slot.Directive("SessionExclude", compat.Take1, places, func(c *compat.Cmd, conf *session.Config) error {
			conf.Exclude = append(conf.Exclude, c.Arg(0))
			return nil
		}, "URL prefixes to exclude from the session. Defaults to no URLs"),
		slot.Directive("SessionExpiryUpdateInterval", compat.Take1, places, setUpdate,
			"time interval for which a session's expiry time may change without having to be rewritten. Zero to disable"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Fixups, begin),
		slot.On(compat.Headers, end).First(),
		slot.On(compat.ErrorHeaders, endError).First(),
	},
}

var slot = session.Slot

func setMaxAge(c *compat.Cmd, conf *session.Config) error {
	age := int64(compat.Atoi(c.Arg(0)))
	conf.MaxAge = &age
	return nil
}

func setUpdate(c *compat.Cmd, conf *session.Config) error {
	n := compat.Atoi(c.Arg(0))
	if n < 0 {
		return compat.Errorf("SessionExpiryUpdateInterval must be zero (disable) or a positive value")
	}
	d := time.Duration(n) * time.Second
	conf.Update = &d
	return nil
}

// begin loads the session, for its keeper and programs to see (session_fixups).
func begin(r *compat.Request, c *session.Config) compat.Status {
	z := session.Load(r)
	if c.Env == nil || !*c.Env {
		return compat.OK
	}
	if z != nil {
		r.Env.Set("HTTP_SESSION", z.Text())
	}
	r.In.Del("Session")
	return compat.OK
}

// end saves the session before the header goes out (session_output_filter).
func end(r *compat.Request, _ *session.Config) compat.Status {
	for ; r != nil; r = r.Next {
		z := session.Load(r)
		if z == nil || z.Written() {
			continue
		}
		inject(r, z)
		session.Save(r, z)
	}
	return compat.OK
}

// endError is end for a page of the server's own, whose fields come after those
// of the session.
func endError(r *compat.Request, c *session.Config) compat.Status {
	n := r.ErrOut.Len()
	end(r, c)
	fields := r.ErrOut.Fields()
	if n <= len(fields) {
		slices.Reverse(fields[:n])
		slices.Reverse(fields[n:])
		slices.Reverse(fields)
	}
	return compat.OK
}

// inject takes what a program says of the session in a header field
// (SessionHeader).
func inject(r *compat.Request, z *session.Session) {
	c := slot.Of(r)
	if c.Header == nil {
		return
	}
	text, ok := r.ErrOut.Lookup(*c.Header)
	if !ok {
		if text, ok = r.Out.Lookup(*c.Header); !ok {
			return
		}
	}
	r.ErrOut.Del(*c.Header)
	r.Out.Del(*c.Header)
	text = strings.Clone(text)
	z.Encoded, z.Dirty = &text, true
	z.Read()
}
