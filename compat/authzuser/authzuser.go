// Package authzuser is mod_authz_user: Require user and valid-user.
package authzuser

import (
	"slices"

	"understudy/compat"
	"understudy/compat/internal/auth"
)

// Module has no directives: it provides words for Require.
var Module = compat.Module{Name: module, File: "mod_authz_user.c", Silent: true, Alone: true}

const module = "authz_user_module"

func init() {
	auth.Register(
		auth.Provider{Name: "user", Module: module, Parse: parseUser},
		auth.Provider{Name: "valid-user", Module: module, Parse: parseValid},
	)
}

func parseUser(c *compat.Cmd, args string) (auth.Check, error) {
	text, err := c.ExprText(args)
	if err != nil {
		return nil, compat.Errorf("Cannot parse expression in require line: %v", err)
	}
	return func(r *compat.Request) auth.Result {
		if !r.HasUser {
			return auth.DeniedNoUser
		}
		if slices.Contains(auth.Words(text.Eval(compat.ExprContext(r))), r.User) {
			return auth.Granted
		}
		r.Logf("authz_user", compat.LevelDebug, nil, "AH01663: access to %s failed, reason: user '%s' does not meet "+
			"'require'ments for user to be allowed access", r.Path, r.User)
		return auth.Denied
	}, nil
}

func parseValid(*compat.Cmd, string) (auth.Check, error) {
	return func(r *compat.Request) auth.Result {
		if !r.HasUser {
			return auth.DeniedNoUser
		}
		return auth.Granted
	}, nil
}
