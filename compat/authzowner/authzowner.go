// Package authzowner is mod_authz_owner: Require file-owner.
package authzowner

import (
	"understudy/compat"
	"understudy/compat/internal/auth"
)

const module = "authz_owner_module"

// Module has no directives: it provides a word for Require.
var Module = compat.Module{Name: module, File: "mod_authz_owner.c", Silent: true}

func init() { auth.Register(auth.Provider{Name: "file-owner", Module: module, Parse: parse}) }

func parse(*compat.Cmd, string) (auth.Check, error) {
	return func(r *compat.Request) auth.Result {
		if !r.HasUser {
			return auth.DeniedNoUser
		}
		owner, ok := auth.FileOwner(r, false)
		if !ok {
			return auth.Denied
		}
		if owner != r.User {
			r.Logf("authz_owner", compat.LevelError, nil, "AH01637: Authorization of user %s to access %s failed, reason: "+
				"file owner %s does not match.", r.User, r.Path, owner)
			return auth.Denied
		}
		return auth.Granted
	}, nil
}
