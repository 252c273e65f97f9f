// Package auth is what the modules of authentication and authorization share:
// AuthType and AuthName, and the checks that Require can name.
package auth

import (
	"slices"
	"strings"

	"understudy/apacheconf"
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
	Failed // it has logged why
)

// String is the result as the log has it (format_authz_result).
func (r Result) String() string {
	switch r {
	case Denied:
		return "denied"
	case DeniedNoUser:
		return "denied (no authenticated user yet)"
	case Granted:
		return "granted"
	}
	return "neutral"
}

// Denial is what a client was denied, as the log has it.
func Denial(r *compat.Request) string {
	if r.Filename == "" {
		return "uri " + r.Path
	}
	return r.Filename
}

// A Check decides about a request. It is made once, from a Require line.
type Check func(r *compat.Request) Result

// A Provider makes a Check of the words behind its name in a Require line.
type Provider struct {
	Name   string
	Module string // identifier of the module that must be loaded
	Parse  func(c *compat.Cmd, args string) (Check, error)
	// Repeats tells of its checks what [compat.Hook.Repeats] does of hooks.
	Repeats bool
}

var providers = map[string]Provider{}

// Register makes providers known; package variables call it.
func Register(list ...Provider) {
	for _, p := range list {
		providers[p.Name] = p
	}
}

const defined = "authz providers"

// Define makes p known to one configuration, under its name.
func Define(b *compat.Build, p Provider) {
	if b.Shared == nil {
		b.Shared = map[string]any{}
	}
	all, ok := b.Shared[defined].(map[string]Provider)
	if !ok {
		all = map[string]Provider{}
		b.Shared[defined] = all
	}
	all[p.Name] = p
}

// Find is the provider called name, if its module is loaded.
func Find(b *compat.Build, name string) (Provider, bool) {
	if all, ok := b.Shared[defined].(map[string]Provider); ok {
		if p, ok := all[name]; ok {
			return p, true
		}
	}
	if p, ok := providers[name]; ok && b.Loaded(p.Module) != nil {
		return p, true
	}
	decide, ok := compat.FindRequire(b, name)
	return Provider{Name: name, Parse: func(_ *compat.Cmd, args string) (Check, error) {
		return func(r *compat.Request) Result {
			switch granted, noUser := decide(r, args); {
			case granted:
				return Granted
			case noUser:
				return DeniedNoUser
			}
			return Denied
		}, nil
	}}, ok
}

// FindAuthn is the provider that a directive like AuthBasicProvider names.
func FindAuthn(c *compat.Cmd, name string) (compat.AuthnProvider, error) {
	if p, ok := compat.FindAuthn(c.Build, name); ok {
		return p, nil
	}
	return compat.AuthnProvider{}, compat.Errorf("Unknown Authn provider: %s", name)
}

// QuotedName is the realm as it stands in a challenge.
func QuotedName(r *compat.Request) string { return EscapeQuotes(Name(r)) }

// EscapeQuotes puts a backslash before quotes that have none
// (ap_escape_quotes).
func EscapeQuotes(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			b.WriteString(s[i : i+2])
			i++
		case s[i] == '"':
			b.WriteString(`\"`)
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// Words are the words of a Require line; an empty one ends it.
func Words(line string) []string {
	words := apacheconf.Words(line)
	if i := slices.Index(words, ""); i >= 0 {
		words = words[:i]
	}
	return words
}
