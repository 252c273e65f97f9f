//go:build unix

package wsgi

import (
	"slices"

	"understudy/apacheconf"
	"understudy/compat"
)

func init() {
	compat.RegisterAuthn(compat.AuthnProvider{Name: "wsgi", Module: module, Password: checkPassword, RealmHash: realmHash})
	compat.RegisterRequire("wsgi-group", module, inGroup)
}

// authQuestion asks WSGIAuthUserScript; nil if there is none, or it has no such
// function, which has been logged.
func authQuestion(r *compat.Request, kind, function string, arguments ...string) (*job, *answered) {
	c := dir.Of(r)
	if c == nil || c.authUser == nil {
		(&job{r: r}).say("Location of WSGI user authentication script not provided.")
		return nil, nil
	}
	j := newQuestion(r, c, c.authUser, function, arguments...)
	a := j.ask()
	if a.kind == answerMissing {
		j.say("Target WSGI user authentication script '%s' does not provide '%s' auth provider.", c.authUser.path, kind)
		return j, nil
	}
	return j, a
}

// checkPassword is check_password of WSGIAuthUserScript (wsgi_check_password).
func checkPassword(r *compat.Request, user, password string) compat.AuthnResult {
	j, a := authQuestion(r, "Basic", "check_password", user, password)
	if a == nil {
		return compat.AuthnError
	}
	switch a.kind {
	case answerTrue:
		return compat.AuthnGranted
	case answerText:
		r.User = a.text
		return compat.AuthnGranted
	case answerFalse:
		return compat.AuthnDenied
	case answerNone:
		return compat.AuthnNotFound
	case answerOther:
		j.say("Exception occurred processing WSGI script '%s': Basic auth provider must return True, False None or user name "+
			"as string", j.script)
	}
	return compat.AuthnError
}

// realmHash is get_realm_hash of WSGIAuthUserScript (wsgi_get_realm_hash).
func realmHash(r *compat.Request, user, realm string) (string, compat.AuthnResult) {
	_, a := authQuestion(r, "Digest", "get_realm_hash", user, realm)
	switch {
	case a == nil:
		return "", compat.AuthnError
	case a.kind == answerNone:
		return "", compat.AuthnNotFound
	case a.kind == answerText:
		return a.text, compat.AuthnFound
	}
	return "", compat.AuthnError
}

// inGroup is Require wsgi-group (wsgi_check_authorization).
func inGroup(r *compat.Request, args string) (granted, noUser bool) {
	if !r.HasUser {
		return false, true
	}
	c := dir.Of(r)
	if c == nil || c.authGroup == nil {
		(&job{r: r}).say("Location of WSGI group authorization script not provided.")
		return false, false
	}
	j := newQuestion(r, c, c.authGroup, "groups_for_user", r.User)
	a := j.ask()
	switch a.kind {
	case answerMissing:
		j.say("Target WSGI group authentication script '%s' does not provide group provider.", c.authGroup.path)
		return false, false
	case answerList:
	default:
		return false, false
	}
	if len(a.list) == 0 {
		j.say("Authorization of user '%s' to access '%s' failed. User is not a member of any groups.", r.User, r.Path)
		return false, false
	}
	for _, name := range apacheconf.Words(args) {
		if slices.Contains(a.list, name) {
			return true, false
		}
	}
	j.say("Authorization of user '%s' to access '%s' failed. User is not a member of designated groups.", r.User, r.Path)
	return false, false
}
