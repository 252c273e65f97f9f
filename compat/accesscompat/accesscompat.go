// Package accesscompat is mod_access_compat: Order, Allow, Deny and Satisfy of
// httpd 2.2.
package accesscompat

import (
	"net/netip"
	"slices"
	"strings"

	"understudy/apacheconf/expr"
	"understudy/compat"
)

// Module is the access control of 2.2.
var Module = compat.Module{
	Name: "access_compat_module",
	File: "mod_access_compat.c",
	Directives: []compat.Directive{
		dir.Directive("order", compat.Take1, compat.Limit, order, "'allow,deny', 'deny,allow', or 'mutual-failure'"),
		dir.Directive("allow", compat.Iterate2, compat.Limit, allow, "'from' followed by hostnames or IP-address wildcards"),
		dir.Directive("deny", compat.Iterate2, compat.Limit, deny, "'from' followed by hostnames or IP-address wildcards"),
		dir.Directive("Satisfy", compat.Take1, compat.AuthConfig, satisfy,
			"access policy if both allow and require used ('all' or 'any')"),
	},
	Hooks: []compat.Hook{
		dir.On(compat.HeaderParser, announce),
		dir.On(compat.AccessCheck, check),
	},
}

var dir = compat.NewSlot[config]()

// A config is what one section says; it replaces what was said outside, even
// where it says less. Only Satisfy is inherited.
type config struct {
	orders    []ordering
	allows    []rule
	denies    []rule
	satisfies []satisfying
}

// Merge puts over in the place of c, as Apache does for want of a merge
// function for the lists.
func (c config) Merge(over config) config { return over }

type methods struct {
	names  []string // of <Limit>; nil: all
	except bool
}

func limits(c *compat.Cmd) methods { return methods{c.Methods, c.Except} }

func (m methods) cover(method string) bool {
	if m.names == nil && !m.except {
		return true
	}
	if method == "HEAD" {
		method = "GET"
	}
	return slices.Contains(m.names, method) != m.except
}

type ordering struct {
	methods
	order string // "allow,deny", "deny,allow", "mutual-failure"
}

type satisfying struct {
	methods
	any bool
}

// A rule is what follows "Allow from" or "Deny from".
type rule struct {
	methods
	all    bool
	env    string // env=NAME
	not    bool   // env=!NAME
	net    netip.Prefix
	domain string
}

func order(c *compat.Cmd, conf *config) error {
	o := strings.ToLower(c.Arg(0))
	switch o {
	case "allow,deny", "deny,allow", "mutual-failure":
		conf.orders = append(conf.orders, ordering{limits(c), o})
		return nil
	}
	return compat.Errorf("unknown order")
}

func satisfy(c *compat.Cmd, conf *config) error {
	switch v := strings.ToLower(c.Arg(0)); v {
	case "all", "any":
		conf.satisfies = append(conf.satisfies, satisfying{limits(c), v == "any"})
		return nil
	}
	return compat.Errorf("Satisfy either 'any' or 'all'.")
}

func allow(c *compat.Cmd, conf *config) error {
	r, err := parse(c)
	if err == nil {
		conf.allows = append(conf.allows, r)
	}
	return err
}

func deny(c *compat.Cmd, conf *config) error {
	r, err := parse(c)
	if err == nil {
		conf.denies = append(conf.denies, r)
	}
	return err
}

func parse(c *compat.Cmd) (rule, error) {
	if !strings.EqualFold(c.Arg(0), "from") {
		return rule{}, compat.Errorf("allow and deny must be followed by 'from'")
	}
	where := c.Arg(1)
	r := rule{methods: limits(c)}
	net, err := expr.ParseSubnet(where)
	lower := strings.ToLower(where)
	switch {
	case strings.HasPrefix(lower, "env=!"):
		r.env, r.not = where[5:], true
	case strings.HasPrefix(lower, "env="):
		r.env = where[4:]
	case lower == "all":
		r.all = true
	case err == nil:
		r.net = net
	case strings.Contains(where, "/"):
		return rule{}, compat.Errorf("An IP address was expected")
	case strings.Contains(where, "#"):
		return rule{}, compat.Errorf("No comments are allowed here")
	default:
		r.domain = where
	}
	return r, nil
}

func (r *rule) matches(req *compat.Request) bool {
	switch {
	case !r.cover(req.Method):
		return false
	case r.all:
		return true
	case r.env != "":
		return req.Env.Has(r.env) != r.not
	case r.net.IsValid():
		return r.net.Contains(req.RemoteAddr.Addr().Unmap().WithZone(""))
	}
	name := compat.ResolveClient(req, true)
	return name != "" && compat.InDomain(r.domain, name)
}

func anyOf(rules []rule, r *compat.Request) bool {
	for i := range rules {
		if rules[i].matches(r) {
			return true
		}
	}
	return false
}

// announce tells the walk that Satisfy Any is said.
func announce(r *compat.Request, c *config) compat.Status {
	r.SatisfyAny = false
	for _, s := range c.satisfies {
		if s.cover(r.Method) {
			r.SatisfyAny = s.any
		}
	}
	return compat.OK
}

// check is check_dir_access.
func check(r *compat.Request, c *config) compat.Status {
	order := "deny,allow"
	for _, o := range c.orders {
		if o.cover(r.Method) {
			order = o.order
		}
	}
	allowed, denied := anyOf(c.allows, r), anyOf(c.denies, r)
	pass := allowed && !denied
	if order == "deny,allow" {
		pass = allowed || !denied
	}
	if pass {
		return compat.OK
	}
	name := r.Filename
	if name == "" {
		name = "uri " + r.Path
	}
	r.Logf("access_compat", compat.LevelError, nil, "AH01797: client denied by server configuration: %s", name)
	return 403
}
