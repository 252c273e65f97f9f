// Package authncore is mod_authn_core: AuthType, AuthName, and other names for
// providers.
package authncore

import (
	"strings"

	"understudy/compat"
	"understudy/compat/internal/auth"
	"understudy/compat/internal/password"
)

// Module is the core of authentication.
var Module = compat.Module{
	Name:   "authn_core_module",
	File:   "mod_authn_core.c",
	Alone:  true,
	Beyond: []string{"<AuthnProviderAlias"},
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
	Init: func(b *compat.Build) error {
		if b.Serving {
			password.Configure(b.Tree.Defines)
		}
		return nil
	},
}

func setType(c *compat.Cmd, conf *auth.Config) error {
	t, err := c.ExprText(c.Arg(0))
	if err != nil {
		return compat.Errorf("Cannot parse expression '%s' in AuthType: %v", c.Arg(0), err)
	}
	conf.Type = t
	return nil
}

func setName(c *compat.Cmd, conf *auth.Config) error {
	t, err := c.ExprText(c.Arg(0))
	if err != nil {
		return compat.Errorf("Cannot parse expression '%s' in AuthName: %v", c.Arg(0), err)
	}
	conf.Name = t
	return nil
}

// providerAlias is <AuthnProviderAlias provider alias>: the provider with the
// directives inside, under another name (authaliassection).
func providerAlias(c *compat.Cmd, _ *auth.Config) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	words, err := auth.AliasWords(c)
	if err != nil {
		return err
	}
	name, alias := words[0], words[1]
	if strings.EqualFold(name, alias) {
		return compat.Errorf("The alias provider name must be different from the base provider name.")
	}
	if _, known := compat.FindAuthn(c.Build, alias); known {
		return compat.Errorf("The alias provider %s has already be registered previously as either a base provider or an "+
			"alias provider.", alias)
	}
	section, err := c.RunApart(compat.AuthConfig | compat.Access)
	if err != nil {
		return err
	}
	p, err := auth.FindAuthn(c, name)
	if err != nil {
		return err
	}
	c.Build.AliasAuthn(inside(section, alias, p))
	return nil
}

// inside is p where section applies too.
func inside(section *compat.Section, alias string, p compat.AuthnProvider) compat.AuthnProvider {
	at := compat.AuthnProvider{Name: alias, Module: p.Module}
	if p.Password != nil {
		at.Password = func(r *compat.Request, user, password string) compat.AuthnResult {
			defer auth.Enter(r, section)()
			return p.Password(r, user, password)
		}
	}
	if p.RealmHash != nil {
		at.RealmHash = func(r *compat.Request, user, realm string) (string, compat.AuthnResult) {
			defer auth.Enter(r, section)()
			return p.RealmHash(r, user, realm)
		}
	}
	return at
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
