package authzcore

import (
	"understudy/compat"
	"understudy/compat/internal/auth"
)

// withoutUser decides before anybody is asked for a name (authorize_userless).
func withoutUser(r *compat.Request, c *config) compat.Status { return authorize(r, c, false) }

// withUser decides about who was authenticated (authorize_user).
func withUser(r *compat.Request, c *config) compat.Status { return authorize(r, c, true) }

func authorize(r *compat.Request, c *config, after bool) compat.Status {
	if c.tree == nil {
		return undirected(r)
	}
	switch c.tree.decide(r, true) {
	case auth.Granted:
		return compat.OK
	case auth.DeniedNoUser:
		if !after {
			return compat.Declined
		}
		r.Logf("authz_core", compat.LevelError, nil, "AH01629: authorization failure (no authenticated user): %s", r.Path)
		return askAgain(r)
	case auth.Failed:
		return 500
	}
	if !after || auth.Type(r) == "" {
		r.Logf("authz_core", compat.LevelError, nil, "AH01630: client denied by server configuration: %s", auth.Denial(r))
		return 403
	}
	r.Logf("authz_core", compat.LevelError, nil, "AH01631: user %s: authorization failure for \"%s\": ", r.User, r.Path)
	if c.forbid != nil && *c.forbid {
		return 403
	}
	return askAgain(r)
}

// undirected decides where nothing is required.
func undirected(r *compat.Request) compat.Status {
	if auth.Type(r) != "" {
		r.Logf("authz_core", compat.LevelError, nil,
			"AH01627: AuthType configured with no corresponding authorization directives")
		return 500
	}
	r.Logf("authz_core", compat.LevelDebug, nil, "AH01628: authorization result: granted (no directives)")
	return compat.OK
}

// askAgain lets a user who was known, and not enough, try again.
func askAgain(r *compat.Request) compat.Status {
	if r.HasUser {
		compat.NoteAuthFailure(r, auth.Type(r))
	}
	return 401
}

// check refuses containers in which nothing could ever grant
// (authz_core_check_config).
func check(b *compat.Build) error {
	for _, s := range b.Sections {
		c := dir.In(s.Vector)
		if c == nil || c.tree == nil {
			continue
		}
		if n := c.tree.spread(); n != nil {
			name := n.name()
			if n == c.tree {
				name = "<Directory>, <Location>, or similar"
			}
			return compat.Refuse("AH01624: %s directive contains only negative authorization directives\n"+
				"AH00014: Configuration check failed", name)
		}
	}
	return nil
}
