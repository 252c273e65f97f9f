// Package authzdbd is mod_authz_dbd: Require dbd-group, dbd-login and dbd-logout,
// by a database.
package authzdbd

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/auth"
	"understudy/compat/internal/dbd"
)

const (
	module = "authz_dbd_module"
	short  = "authz_dbd"
)

// Module is mod_authz_dbd.
var Module = compat.Module{
	Name: module,
	File: "mod_authz_dbd.c",
	Directives: []compat.Directive{
		slot.Flag("AuthzDBDLoginToReferer", compat.Access, func(c *config) **bool { return &c.toReferer },
			"Whether to redirect to referer on successful login"),
		slot.Directive("AuthzDBDQuery", compat.Take1, compat.Access, func(c *compat.Cmd, conf *config) (err error) {
			conf.query, err = dbd.PrepareFor(c, "AuthzDBD")
			return err
		}, "SQL query for DBD Authz or login"),
		slot.Directive("AuthzDBDRedirectQuery", compat.Take1, compat.Access, func(c *compat.Cmd, conf *config) (err error) {
			conf.redirect, err = dbd.PrepareFor(c, "AuthzDBD")
			return err
		}, "SQL query to get per-user redirect URL after login"),
	},
}

func init() {
	auth.Register(
		auth.Provider{Name: "dbd-group", Module: module, Parse: parseGroup},
		auth.Provider{Name: "dbd-login", Module: module, Parse: parseLogin("login")},
		auth.Provider{Name: "dbd-logout", Module: module, Parse: parseLogin("logout")},
	)
}

var slot = compat.NewSlot[config]()

type config struct {
	query, redirect string // labels
	toReferer       *bool
}

// Merge lays over on top of c.
func (c config) Merge(over config) config {
	return config{cmp.Or(over.query, c.query), cmp.Or(over.redirect, c.redirect), cmp.Or(over.toReferer, c.toReferer)}
}

func configOf(r *compat.Request) *config {
	if c := slot.Of(r); c != nil {
		return c
	}
	return &config{}
}

func parseGroup(c *compat.Cmd, args string) (auth.Check, error) {
	text, err := c.ExprText(args)
	if err != nil {
		return nil, compat.Errorf("Cannot parse expression in require line: %v", err)
	}
	return func(r *compat.Request) auth.Result {
		if !r.HasUser {
			return auth.DeniedNoUser
		}
		own, ok := groups(r)
		if !ok {
			return auth.Failed
		}
		for _, name := range strings.Fields(text.Eval(compat.ExprContext(r))) {
			if slices.Contains(own, name) {
				return auth.Granted
			}
		}
		return auth.Denied
	}, nil
}

// groups are the groups of r's user: the first column of each row
// (authz_dbd_group_query).
func groups(r *compat.Request) (of []string, ok bool) {
	c := configOf(r)
	if c.query == "" {
		r.Logf(short, compat.LevelError, nil, "AH01649: No query configured for dbd-group!")
		return nil, false
	}
	_, rows, err := dbd.Select(r, c.query, r.User)
	switch {
	case errors.Is(err, dbd.ErrNoConnection):
		r.Logf(short, compat.LevelError, nil, "AH02903: No db handle available for dbd-query! Check your database access")
		return nil, false
	case errors.Is(err, dbd.ErrNoStatement):
		r.Logf(short, compat.LevelError, nil, "AH01650: Error retrieving query for dbd-group!")
		return nil, false
	case err != nil:
		r.Logf(short, compat.LevelError, nil, "AH01652: authz_dbd, in groups query for %s [%v]", r.User, err)
		return nil, false
	}
	for _, row := range rows {
		if row[0] != nil {
			of = append(of, *row[0])
		}
	}
	return of, true
}

// parseLogin makes a check that notes in the database that a user came or went.
func parseLogin(action string) func(*compat.Cmd, string) (auth.Check, error) {
	return func(*compat.Cmd, string) (auth.Check, error) {
		return func(r *compat.Request) auth.Result {
			if !r.HasUser {
				return auth.DeniedNoUser
			}
			if !login(r, configOf(r), action) {
				return auth.Denied
			}
			return auth.Granted
		}, nil
	}
}

// login is authz_dbd_login.
func login(r *compat.Request, c *config, action string) bool {
	if c.query == "" {
		r.Logf(short, compat.LevelError, nil, "AH01642: No query configured for %s!", action)
		return false
	}
	n, err := dbd.Exec(r, c.query, r.User)
	switch {
	case errors.Is(err, dbd.ErrNoConnection):
		r.Logf(short, compat.LevelError, nil, "AH02902: No db handle available for %s! Check your database access", action)
		return false
	case errors.Is(err, dbd.ErrNoStatement):
		r.Logf(short, compat.LevelError, nil, "AH01643: Error retrieving Query for %s!", action)
		return false
	case err != nil:
		r.Logf(short, compat.LevelError, nil, "AH01645: authz_dbd: query for %s failed; user %s [%v]", action, r.User, err)
		return false
	case n != 1:
		r.Logf(short, compat.LevelWarn, nil, "AH01644: authz_dbd: %s of user %s updated %d rows", action, r.User, n)
	}
	if to, ok := c.target(r, action); ok {
		r.Status = 302
		r.ErrOut.Set("Location", to)
	}
	return true
}

// target is where a user is sent after that.
func (c *config) target(r *compat.Request, action string) (to string, ok bool) {
	if c.toReferer != nil && *c.toReferer {
		if to, ok = r.In.Lookup("Referer"); ok {
			return to, true
		}
	}
	if c.redirect == "" {
		return "", false
	}
	_, rows, err := dbd.Select(r, c.redirect, r.User)
	switch {
	case errors.Is(err, dbd.ErrNoStatement):
		r.Logf(short, compat.LevelError, nil, "AH01646: authz_dbd: no redirect query!")
	case err != nil:
		r.Logf(short, compat.LevelError, nil, "AH01648: authz_dbd/redirect for %s of %s [%v]", action, r.User, err)
	}
	for _, row := range rows {
		if row[0] != nil {
			return *row[0], true
		}
	}
	return "", false
}
