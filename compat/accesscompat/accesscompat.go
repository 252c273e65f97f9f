// Package accesscompat is mod_access_compat: Order, Allow, Deny and Satisfy of
// httpd 2.2.
package accesscompat

import (
	"strings"

	"understudy/compat"
	"understudy/compat/internal/auth"
)

// Module is the access control of 2.2.
var Module = compat.Module{
	Name:  "access_compat_module",
	File:  "mod_access_compat.c",
	Alone: true,
	Directives: []compat.Directive{
		dir.Directive("order", compat.Take1, compat.Limit, order, "'allow,deny', 'deny,allow', or 'mutual-failure'"),
		dir.Directive("allow", compat.Iterate2, compat.Limit, allow, "'from' followed by hostnames or IP-address wildcards"),
		dir.Directive("deny", compat.Iterate2, compat.Limit, deny, "'from' followed by hostnames or IP-address wildcards"),
		dir.Directive("Satisfy", compat.Take1, compat.AuthConfig, satisfy,
			"access policy if both allow and require used ('all' or 'any')"),
	},
	Hooks: []compat.Hook{
		dir.On(compat.AccessCheck, announce).Repeats().ReallyFirst(),
		dir.On(compat.AccessCheck, check).Repeats(),
	},
}

var dir = compat.NewSlot[config]()

// A config is what one section says; it takes the place of what was said
// outside, Satisfy too, even where it says less.
type config struct {
	orders    []ordering
	allows    []rule
	denies    []rule
	satisfies []satisfying
}

// Merge puts over in the place of c, as Apache does for want of a merge
// function.
func (c config) Merge(over config) config { return over }

type ordering struct {
	limits compat.Methods
	order  string // "allow,deny", "deny,allow", "mutual-failure"
}

type satisfying struct {
	limits compat.Methods
	any    bool
}

func order(c *compat.Cmd, conf *config) error {
	o := strings.ToLower(c.Arg(0))
	switch o {
	case "allow,deny", "deny,allow", "mutual-failure":
		conf.orders = append(conf.orders, ordering{c.Limits(), o})
		return nil
	}
	return compat.Errorf("unknown order")
}

func satisfy(c *compat.Cmd, conf *config) error {
	switch v := strings.ToLower(c.Arg(0)); v {
	case "all", "any":
		conf.satisfies = append(conf.satisfies, satisfying{c.Limits(), v == "any"})
		return nil
	}
	return compat.Errorf("Satisfy either 'any' or 'all'.")
}

func allow(c *compat.Cmd, conf *config) error {
	r, err := parse(c)
	conf.allows = append(conf.allows, r)
	return err
}

func deny(c *compat.Cmd, conf *config) error {
	r, err := parse(c)
	conf.denies = append(conf.denies, r)
	return err
}

// announce tells the walk that Satisfy Any is said. It comes before any check,
// for that may fail.
func announce(r *compat.Request, c *config) compat.Status {
	r.SatisfyAny = false
	for _, s := range c.satisfies {
		if s.limits.Has(r.Method) {
			r.SatisfyAny = s.any
		}
	}
	return compat.OK
}

// check is check_dir_access.
func check(r *compat.Request, c *config) compat.Status {
	if c.passes(r) {
		return compat.OK
	}
	r.Logf("access_compat", compat.LevelError, nil, "AH01797: client denied by server configuration: %s", auth.Denial(r))
	return 403
}

func (c *config) passes(r *compat.Request) bool {
	order := "deny,allow"
	for _, o := range c.orders {
		if o.limits.Has(r.Method) {
			order = o.order
		}
	}
	if order == "deny,allow" {
		return anyOf(c.allows, r) || !anyOf(c.denies, r)
	}
	return anyOf(c.allows, r) && !anyOf(c.denies, r)
}
