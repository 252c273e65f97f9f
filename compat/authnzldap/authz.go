package authnzldap

import (
	"strings"

	"understudy/apacheconf"
	"understudy/apacheconf/expr"
	"understudy/compat"
	"understudy/compat/internal/auth"
	"understudy/compat/internal/directory"
)

// A question is a line of Require while it is answered.
type question struct {
	r    *compat.Request
	c    *config
	u    *user
	h    *directory.Handle
	text *expr.Text
}

// An operation is what a connection is for: who one is there depends on it.
type operation uint8

const (
	searching operation = iota
	comparing
	both
)

// requirement is a word of Require; decide is called where there is a server to
// ask.
func requirement(name string, decide func(*question) auth.Result) auth.Provider {
	return auth.Provider{Name: name, Module: module, Parse: func(c *compat.Cmd, args string) (auth.Check, error) {
		text, err := c.ExprText(args)
		if err != nil {
			return nil, compat.Errorf("Cannot parse expression in require line: %v", err)
		}
		return func(r *compat.Request) auth.Result {
			q := &question{r: r, c: configOf(r), text: text}
			if name != "ldap-search" && !r.HasUser {
				return auth.DeniedNoUser
			}
			if q.c.url == nil {
				return auth.Denied
			}
			if q.u = users.Kept(r); q.u == nil {
				q.u = users.Keep(r)
				q.debug("AH01740: ldap authorize: Creating LDAP req structure")
			}
			defer q.release()
			return decide(q)
		}, nil
	}}
}

func (q *question) debug(format string, args ...any) {
	q.r.Logf(short, compat.LevelDebug, nil, format, args...)
}

func (q *question) line() string { return q.text.Eval(compat.ExprContext(q.r)) }

// obtain takes a connection for an operation (get_connection_for_authz).
func (q *question) obtain(op operation) bool {
	q.release()
	c := q.c
	dn, pw := c.bindDN, c.bindPW
	if asUser := op == searching && c.searchAsUser || op == comparing && c.compareAsUser ||
		op == both && c.compareAsUser && c.searchAsUser; asUser && q.u.password != "" {
		dn, pw = q.u.dn, q.u.password
	}
	q.h = directory.Find(q.r, c.target(dn, pw))
	return q.h != nil
}

func (q *question) release() {
	if q.h != nil {
		q.h.Close()
		q.h = nil
	}
}

// identify finds the entry of a user whom another module let in
// (get_dn_for_nonldap_authn). blank is the number of the message for a user
// without a name.
func (q *question) identify(op operation, blank string) bool {
	if !q.obtain(op) {
		return false
	}
	if q.u.known {
		return true
	}
	r := q.r
	if r.User == "" {
		r.Logf(short, compat.LevelWarn, nil, "%s: ldap authorize: Userid is blank, AuthType=%s", blank, r.AuthType)
	}
	filter, ok := q.c.filter(r, r.User, "")
	if !ok {
		r.Logf(short, compat.LevelError, nil, "AH02623: auth_ldap authorize: ldap filter too long (>%d): %s", maxFilter, filter)
		return false
	}
	found, code := q.h.UserDN(q.c.query(filter))
	if code != directory.Success {
		q.debug("AH01701: auth_ldap authorise: User DN not found, %s", q.h.Reason)
		return false
	}
	*q.u = user{known: true, dn: found.DN, name: r.User, values: found.Values}
	q.c.checkAttribute(r, "AH10450: auth_ldap non-ldap authenticate: ", q.c.publish(r, "AUTHENTICATE_", found.Values, true))
	return true
}

// grant lets the user in, with what is known of him as variables.
func (q *question) grant() auth.Result {
	prefix := q.c.prefix
	if prefix == "" {
		prefix = "AUTHORIZE_"
	}
	q.c.publish(q.r, prefix, q.u.values, false)
	return auth.Granted
}

// checkUser is Require ldap-user: the whole line is a name, or each word is one.
func checkUser(q *question) auth.Result {
	if !q.identify(comparing, "AH01699") {
		return auth.Denied
	}
	if q.u.dn == "" {
		q.debug("AH01702: auth_ldap authorize: require user: user's DN has not been defined; failing authorization")
		return auth.Denied
	}
	line := q.line()
	ask := func(name, yes, no string) bool {
		code := q.h.Compare(q.c.url.text, q.u.dn, q.c.url.attribute, name)
		if code == directory.CompareTrue {
			q.debug("%s: auth_ldap authorize: require user: authorization successful", yes)
			return true
		}
		q.debug("%s: auth_ldap authorize: require user: authorization failed [%s][%s]", no, q.h.Reason, code)
		return false
	}
	if ask(line, "AH01703", "AH01704") {
		return q.grant()
	}
	for _, name := range auth.Words(line) {
		if ask(name, "AH01705", "AH01706") {
			return q.grant()
		}
	}
	q.debug("AH01707: auth_ldap authorize user: authorization denied for user %s to %s", q.r.User, q.r.Path)
	return auth.Denied
}

// checkGroup is Require ldap-group: the line is the name of a group.
func checkGroup(q *question) auth.Result {
	if !q.identify(comparing, "AH01709") {
		return auth.Denied
	}
	member := q.u.dn
	if q.c.memberIsName {
		member = q.u.name
	} else if member == "" {
		q.debug("AH01712: auth_ldap authorize: require group: user's DN has not been defined; failing authorization for user %s", q.r.User)
		return auth.Denied
	}
	group := q.line()
	q.debug("AH01713: auth_ldap authorize: require group: testing for group membership in \"%s\"", group)
	attributes := orDefault(q.c.groupAttributes, "member", "uniqueMember")
	var code directory.Code
	for _, a := range attributes {
		q.debug("AH01714: auth_ldap authorize: require group: testing for %s: %s (%s)", a, member, group)
		if code = q.h.Compare(q.c.url.text, group, a, member); code == directory.CompareTrue {
			q.debug("AH01715: auth_ldap authorize: require group: authorization successful (attribute %s) [%s][%d - %s]",
				a, q.h.Reason, int(code), code)
			return q.grant()
		}
		q.debug("AH01719: auth_ldap authorize: require group \"%s\": didn't match with attr %s [%s][%d - %s]",
			group, a, q.h.Reason, int(code), code)
	}
	reason := q.h.Reason
	if !q.obtain(both) {
		return auth.Denied
	}
	q.debug("AH01716: auth_ldap authorise: require group \"%s\": failed [%s][%d - %s], checking sub-groups", group, reason, int(code), code)
	if q.inSubgroups(group, member, attributes) {
		return q.grant()
	}
	q.debug("AH01720: auth_ldap authorize group: authorization denied for user %s to %s", q.r.User, q.r.Path)
	return auth.Denied
}

func (q *question) inSubgroups(group, member string, attributes []string) bool {
	depth := 10
	if q.c.depth != nil {
		depth = *q.c.depth
	}
	for _, a := range attributes {
		code := q.h.InSubgroups(group, directory.Membership{URL: q.c.url.text, Attribute: a, Value: member,
			Members: orDefault(q.c.members, "member", "uniqueMember"),
			Classes: orDefault(q.c.classes, "groupOfNames", "groupOfUniqueNames"), Depth: depth})
		if code == directory.CompareTrue {
			q.debug("AH01717: auth_ldap authorise: require group (sub-group): authorisation successful (attribute %s) [%s][%d - %s]",
				a, q.h.Reason, int(code), code)
			return true
		}
		q.debug("AH01718: auth_ldap authorise: require group (sub-group) \"%s\": didn't match with attr %s [%s][%d - %s]",
			group, q.h.Reason, a, int(code), code) // Apache has the two in this order.
	}
	return false
}

func orDefault(list []string, unsaid ...string) []string {
	if len(list) == 0 {
		return unsaid
	}
	return list
}

// checkDN is Require ldap-dn: the line is the name of the user's entry.
func checkDN(q *question) auth.Result {
	if !q.identify(searching, "AH01722") {
		return auth.Denied
	}
	dn := q.line()
	if q.u.dn == "" {
		q.debug("AH01725: auth_ldap authorize: require dn: user's DN has not been defined; failing authorization")
		return auth.Denied
	}
	code := q.h.CompareDN(q.c.url.text, q.u.dn, dn, q.c.compareOnServer)
	if code == directory.CompareTrue {
		q.debug("AH01726: auth_ldap authorize: require dn: authorization successful")
		return q.grant()
	}
	q.debug("AH01727: auth_ldap authorize: require dn \"%s\": LDAP error [%s][%s]", dn, q.h.Reason, code)
	q.debug("AH01728: auth_ldap authorize dn: authorization denied for user %s to %s", q.r.User, q.r.Path)
	return auth.Denied
}

// checkAttribute is Require ldap-attribute: one of "name=value" is so.
func checkAttribute(q *question) auth.Result {
	if !q.identify(comparing, "AH01730") {
		return auth.Denied
	}
	if q.u.dn == "" {
		q.debug("AH01733: auth_ldap authorize: require ldap-attribute: user's DN has not been defined; failing authorization")
		return auth.Denied
	}
	for rest := q.line(); rest != ""; {
		var name, value string
		name, rest, _ = strings.Cut(rest, "=")
		rest = strings.TrimLeft(rest, "=") // ap_getword takes several for one.
		value, rest = apacheconf.Word(rest)
		q.debug("AH01734: auth_ldap authorize: checking attribute %s has value %s", name, value)
		code := q.h.Compare(q.c.url.text, q.u.dn, name, value)
		if code == directory.CompareTrue {
			q.debug("AH01735: auth_ldap authorize: require attribute: authorization successful")
			return q.grant()
		}
		q.debug("AH01736: auth_ldap authorize: require attribute: authorization failed [%s][%s]", q.h.Reason, code)
	}
	q.debug("AH01737: auth_ldap authorize attribute: authorization denied for user %s to %s", q.r.User, q.r.Path)
	return auth.Denied
}

// checkFilter is Require ldap-filter: a search by it finds the user's entry.
func checkFilter(q *question) auth.Result {
	if !q.identify(searching, "AH01739") {
		return auth.Denied
	}
	if q.u.dn == "" {
		q.debug("AH01742: auth_ldap authorize: require ldap-filter: user's DN has not been defined; failing authorization")
		return auth.Denied
	}
	if line := q.line(); line != "" {
		q.debug("AH01743: auth_ldap authorize: checking filter %s", line)
		filter, ok := q.c.filter(q.r, q.u.name, line)
		if !ok {
			q.r.Logf(short, compat.LevelError, nil, "AH02628: auth_ldap authorize: ldap filter too long (>%d): %s", maxFilter, filter)
			return auth.Denied
		}
		if q.matches(filter) {
			return q.grant()
		}
	}
	q.debug("AH01748: auth_ldap authorize filter: authorization denied for user %s to %s", q.r.User, q.r.Path)
	return auth.Denied
}

// matches reports whether a filter finds the user's entry.
func (q *question) matches(filter string) bool {
	found, code := q.h.UserDN(q.c.query(filter))
	if code == directory.Success {
		q.u.values = found.Values
		q.debug("AH01744: auth_ldap authorize: checking dn match %s", found.DN)
		if q.c.compareAsUser && !q.obtain(comparing) {
			return false
		}
		code = q.h.CompareDN(q.c.url.text, q.u.dn, found.DN, q.c.compareOnServer)
	}
	switch code {
	case directory.CompareTrue:
		q.debug("AH01745: auth_ldap authorize: require ldap-filter: authorization successful")
		return true
	case directory.FilterError:
		q.debug("AH01746: auth_ldap authorize: require ldap-filter: %s authorization failed [%s][%s]", filter, q.h.Reason, code)
	default:
		q.debug("AH01747: auth_ldap authorize: require ldap-filter: authorization failed [%s][%s]", q.h.Reason, code)
	}
	return false
}

// checkSearch is Require ldap-search: a search by the line finds one entry. It
// needs no user.
func checkSearch(q *question) auth.Result {
	if !q.obtain(searching) {
		return auth.Denied
	}
	if line := q.line(); line != "" {
		q.debug("AH02630: auth_ldap authorize: checking filter %s", line)
		found, code := q.h.UserDN(q.c.query(line))
		if code == directory.Success {
			q.u.dn, q.u.known, q.u.values = found.DN, true, found.Values
			q.debug("AH02631: auth_ldap authorize: require ldap-search: authorization successful")
			return q.grant()
		}
		q.debug("AH02632: auth_ldap authorize: require ldap-search: %s authorization failed [%s][%s]", line, q.h.Reason, code)
	}
	q.debug("AH02633: auth_ldap authorize search: authorization denied for to %s", q.r.Path)
	return auth.Denied
}
