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
		if auth.Type(r) != "" {
			r.Logf("authz_core", compat.LevelError, nil,
				"AH01627: AuthType configured with no corresponding authorization directives")
			return 500
		}
		return compat.OK
	}
	switch c.tree.decide(r, true) {
	case auth.Granted:
		return compat.OK
	case auth.DeniedNoUser:
		if !after {
			return compat.Declined
		}
		r.Logf("authz_core", compat.LevelError, nil, "AH01629: authorization failure (no authenticated user): %s", r.Path)
		compat.NoteAuthFailure(r, auth.Type(r))
		return 401
	}
	if !after || auth.Type(r) == "" {
		name := r.Filename
		if name == "" {
			name = "uri " + r.Path
		}
		r.Logf("authz_core", compat.LevelError, nil, "AH01630: client denied by server configuration: %s", name)
		return 403
	}
	r.Logf("authz_core", compat.LevelError, nil, "AH01631: user %s: authorization failure for \"%s\": ", r.User, r.Path)
	if c.forbid != nil && *c.forbid {
		return 403
	}
	compat.NoteAuthFailure(r, auth.Type(r))
	return 401
}

// decide is apply_authz_sections. inAll tells that the container around is a
// <RequireAll>, in which a line for other methods does not stand in the way.
func (n *node) decide(r *compat.Request, inAll bool) auth.Result {
	if !n.applies(r.Method) {
		if inAll {
			return auth.Granted
		}
		return auth.Neutral
	}
	var result auth.Result
	if n.check != nil {
		result = n.check(r)
	} else {
		result = n.combine(r)
	}
	if n.negate {
		switch result {
		case auth.Granted:
			result = auth.Denied
		case auth.Denied, auth.DeniedNoUser:
			result = auth.Neutral
		}
	}
	if n.check != nil {
		r.Tracef("authz_core", n.where, "%s: %s", n.text, resultNames[result])
		if r.LogEnabled("authz_core", compat.LevelDebug) {
			r.Logf("authz_core", compat.LevelDebug, nil, "AH01626: authorization result of %s : %s (%s)",
				n.text, resultNames[result], n.where)
		}
	} else if r.LogEnabled("authz_core", compat.LevelDebug) {
		r.Logf("authz_core", compat.LevelDebug, nil, "AH01626: authorization result of %s: %s", n.name(), resultNames[result])
	}
	return result
}

var resultNames = [...]string{auth.Neutral: "neutral", auth.Denied: "denied",
	auth.DeniedNoUser: "denied (no authenticated user yet)", auth.Granted: "granted"}

func (n *node) combine(r *compat.Request) auth.Result {
	result := auth.Neutral
	for _, child := range n.children {
		got := child.decide(r, n.all)
		if got == auth.Neutral {
			continue
		}
		decisive, other := auth.Granted, auth.Denied
		if n.all {
			decisive, other = auth.Denied, auth.Denied
		}
		if got == decisive {
			return got
		}
		// DeniedNoUser wins over what a user would not change.
		if n.all && got == auth.DeniedNoUser && result != other ||
			!n.all && got == auth.DeniedNoUser && result == other || result == auth.Neutral {
			result = got
		}
	}
	return result
}

// check refuses containers in which nothing could ever grant
// (authz_core_check_section).
func check(b *compat.Build) error {
	for _, c := range configsOf(b) {
		if c.tree == nil {
			continue
		}
		if name := c.tree.hopeless(true); name != "" {
			return compat.Refuse("AH01624: %s directive contains only negative authorization directives\n"+
				"AH00016: Configuration Failed", name)
		}
	}
	return nil
}

// hopeless names a container whose children all negate, or "".
func (n *node) hopeless(top bool) string {
	positive := false
	for _, child := range n.children {
		if child.check == nil {
			if name := child.hopeless(false); name != "" {
				return name
			}
		}
		positive = positive || !child.negate
	}
	switch {
	case positive || n.negate && !top:
		return ""
	case top:
		return "<Directory>, <Location>, or similar"
	}
	return n.name()
}

// configsOf are what all sections of a configuration say.
func configsOf(b *compat.Build) []*config {
	var all []*config
	for _, s := range b.Sections {
		if c := dir.In(s.Vector); c != nil {
			all = append(all, c)
		}
	}
	return all
}
