// Package auth is what the modules of authentication and authorization share:
// AuthType and AuthName, and the checks that Require can name.
package auth

import (
	"strings"

	"understudy/apacheconf/expr"
	"understudy/compat"
)

// Slot holds AuthType and AuthName, which mod_authn_core defines and others ask
// for.
var Slot = compat.NewSlot[Config]()

// A Config is AuthType and AuthName at one place.
type Config struct {
	Type, Name *expr.Text
}

// Merge lays over on top of c.
func (c Config) Merge(over Config) Config {
	if over.Type != nil {
		c.Type = over.Type
	}
	if over.Name != nil {
		c.Name = over.Name
	}
	return c
}

// Type is the AuthType that applies to r; "" if there is none, or "None".
func Type(r *compat.Request) string {
	c := Slot.Of(r)
	if c == nil || c.Type == nil {
		return ""
	}
	t := c.Type.Eval(compat.ExprContext(r))
	if strings.EqualFold(t, "none") {
		return ""
	}
	return t
}

// Name is the realm (AuthName), or "".
func Name(r *compat.Request) string {
	if c := Slot.Of(r); c != nil && c.Name != nil {
		return c.Name.Eval(compat.ExprContext(r))
	}
	return ""
}

// A Result is what a Require line makes of a request.
type Result uint8

// The results, as mod_authz_core has them.
const (
	Neutral Result = iota
	Denied
	DeniedNoUser // a user might be granted
	Granted
)

// A Check decides about a request. It is made once, from a Require line.
type Check func(r *compat.Request) Result

// A Provider makes a Check of the words behind its name in a Require line.
type Provider struct {
	Name   string
	Module string // identifier of the module that must be loaded
	Parse  func(c *compat.Cmd, args string) (Check, error)
}

var providers = map[string]Provider{}

// Register makes providers known; package variables call it.
func Register(list ...Provider) {
	for _, p := range list {
		providers[p.Name] = p
	}
}

// Find is the provider called name, if its module is loaded.
func Find(b *compat.Build, name string) (Provider, bool) {
	p, ok := providers[name]
	if !ok || b.Loaded(p.Module) == nil {
		return Provider{}, false
	}
	return p, true
}
