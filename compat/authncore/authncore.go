// Package authncore is mod_authn_core: AuthType and AuthName.
package authncore

import (
	"understudy/apacheconf/expr"
	"understudy/compat"
	"understudy/compat/internal/auth"
)

// Module is the core of authentication.
var Module = compat.Module{
	Name: "authn_core_module",
	File: "mod_authn_core.c",
	Directives: []compat.Directive{
		auth.Slot.Directive("AuthType", compat.Take1, compat.AuthConfig, setType,
			`an HTTP authorization type (e.g., "Basic")`),
		auth.Slot.Directive("AuthName", compat.Take1, compat.AuthConfig, setName,
			`the authentication realm (e.g. "Members Only")`),
		auth.Slot.Directive("<AuthnProviderAlias", compat.RawArgs, compat.Server, providerAlias,
			"container for grouping an authentication provider's directives under a provider alias"),
	},
	Hooks: []compat.Hook{
		compat.Run(compat.Authn, nobody).Last(),
	},
}

func setType(c *compat.Cmd, conf *auth.Config) error {
	t, err := expr.ParseString(c.Arg(0))
	if err != nil {
		return compat.Errorf("Cannot parse expression '%s' in AuthType: %v", c.Arg(0), err)
	}
	conf.Type = t
	return nil
}

func setName(c *compat.Cmd, conf *auth.Config) error {
	t, err := expr.ParseString(c.Arg(0))
	if err != nil {
		return compat.Errorf("Cannot parse expression '%s' in AuthName: %v", c.Arg(0), err)
	}
	conf.Name = t
	return nil
}

// providerAlias guards access, so that it is refused until what it names
// exists.
func providerAlias(*compat.Cmd, *auth.Config) error {
	return compat.Errorf("<AuthnProviderAlias> guards who may see what, and is not yet supported by Understudy: " +
		"not starting rather than letting everybody in")
}

// nobody ends the search for somebody who knows the user
// (authenticate_no_user).
func nobody(r *compat.Request) compat.Status {
	t := auth.Type(r)
	if t == "" {
		return compat.OK
	}
	r.Logf("authn_core", compat.LevelError, nil, "AH01796: AuthType %s configured without corresponding module", t)
	return 500
}
