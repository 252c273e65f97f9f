// Package authnanon is mod_authn_anon: guests, who give their address as the
// password.
package authnanon

import (
	"cmp"
	"slices"
	"strings"

	"understudy/compat"
)

const module = "authn_anon_module"

// Module is mod_authn_anon.
var Module = compat.Module{
	Name: module,
	File: "mod_authn_anon.c",
	Directives: []compat.Directive{
		slot.Directive("Anonymous", compat.Iterate, compat.AuthConfig, addUser, "a space-separated list of user IDs"),
		slot.Flag("Anonymous_MustGiveEmail", compat.AuthConfig, func(c *config) **bool { return &c.mustGive }, "Limited to 'on' or 'off'"),
		slot.Flag("Anonymous_NoUserId", compat.AuthConfig, func(c *config) **bool { return &c.noUser }, "Limited to 'on' or 'off'"),
		slot.Flag("Anonymous_VerifyEmail", compat.AuthConfig, func(c *config) **bool { return &c.verify }, "Limited to 'on' or 'off'"),
		slot.Flag("Anonymous_LogEmail", compat.AuthConfig, func(c *config) **bool { return &c.log }, "Limited to 'on' or 'off'"),
	},
}

func init() {
	compat.RegisterAuthn(compat.AuthnProvider{Name: "anon", Module: module, Password: check})
}

var slot = compat.NewSlot[config]()

type config struct {
	users                         []string
	anyone                        bool
	mustGive, noUser, verify, log *bool
}

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	if over.users == nil && !over.anyone {
		over.users, over.anyone = base.users, base.anyone
	}
	over.mustGive, over.noUser = cmp.Or(over.mustGive, base.mustGive), cmp.Or(over.noUser, base.noUser)
	over.verify, over.log = cmp.Or(over.verify, base.verify), cmp.Or(over.log, base.log)
	return over
}

func addUser(c *compat.Cmd, conf *config) error {
	switch name := c.Arg(0); name {
	case "":
		return compat.Errorf("Anonymous string cannot be empty, use Anonymous_NoUserId")
	case "*":
		conf.anyone = true
	default:
		conf.users = append(conf.users, name)
	}
	return nil
}

func is(p *bool, unsaid bool) bool {
	if p == nil {
		return unsaid
	}
	return *p
}

// check lets guests in (check_anonymous).
func check(r *compat.Request, user, password string) compat.AuthnResult {
	c := slot.Of(r)
	if c == nil || c.users == nil && !c.anyone {
		return compat.AuthnNotFound
	}
	known := c.anyone || slices.ContainsFunc(c.users, func(u string) bool { return strings.EqualFold(u, user) })
	if user == "" {
		known = is(c.noUser, false)
	}
	switch {
	case !known:
		return compat.AuthnNotFound
	case is(c.mustGive, true) && password == "",
		is(c.verify, false) && !(strings.Contains(password, "@") && strings.Contains(password, ".")):
		return compat.AuthnDenied
	}
	if is(c.log, true) && r.IsInitial() {
		r.Logf("authn_anon", compat.LevelInfo, nil, "AH01672: Anonymous: Passwd <%s> Accepted", password)
	}
	return compat.AuthnGranted
}
