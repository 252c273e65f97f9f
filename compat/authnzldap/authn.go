package authnzldap

import (
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
	"understudy/compat/internal/directory"
)

// A user is what is known of the user of a request.
type user struct {
	known    bool // the fields below are there
	dn       string
	name     string   // as the client sent it
	values   []string // of the attributes in the URL
	password string   // "" if another module checked it
}

// Merge is over; there is nothing to merge.
func (user) Merge(over user) user { return over }

var users = compat.NewSlot[user]()

// target is the server of c, and who one is there.
func (c *config) target(bindDN, bindPW string) directory.Target {
	deref := 3
	if c.deref != nil {
		deref = *c.deref
	}
	return directory.Target{Host: c.url.host, Port: c.url.port, BindDN: bindDN, BindPW: bindPW, Deref: deref, Mode: c.url.mode}
}

func (c *config) query(filter string) directory.Query {
	return directory.Query{URL: c.url.text, Base: c.url.base, OneLevel: c.url.oneLevel, Attributes: c.url.attributes, Filter: filter}
}

// maxFilter is how long a filter may be (FILTER_LENGTH, with a NUL).
const maxFilter = 8192

// filter is one for the entry of a user: what the URL or the line of Require
// says, and the user's name (authn_ldap_build_filter). Characters that mean
// something in a filter have a backslash before them in name.
func (c *config) filter(r *compat.Request, name, said string) (string, bool) {
	if said == "" {
		said = c.url.filter
	}
	name = charsetsOf(r).convert(r, name)
	none := said == "" || strings.EqualFold(said, "none")
	var b strings.Builder
	if none {
		b.WriteString("(" + c.url.attribute + "=")
	} else {
		b.WriteString("(&(" + said + ")(" + c.url.attribute + "=")
	}
	for i := 0; i < len(name); i++ {
		if strings.IndexByte(`*()\`, name[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(name[i])
	}
	b.WriteByte(')')
	if !none {
		b.WriteByte(')')
	}
	if b.Len() >= maxFilter-1 {
		return b.String()[:maxFilter-1], false
	}
	return b.String(), true
}

// checkPassword is the provider (authn_ldap_check_password).
func checkPassword(r *compat.Request, name, password string) compat.AuthnResult {
	c := configOf(r)
	if c.url == nil {
		r.Logf(short, compat.LevelWarn, nil, "AH02558: no AuthLDAPURL")
		return compat.AuthnError
	}
	if password == "" { // To bind without one always succeeds.
		r.Logf(short, compat.LevelDebug, nil, "AH10263: auth_ldap authenticate: empty password specified")
		return compat.AuthnDenied
	}
	bindDN, bindPW := c.bindDN, c.bindPW
	if c.bindAsUser {
		bindDN, bindPW = c.bindName(r, name), password
	}
	u := users.Keep(r)
	*u = user{}
	r.Logf(short, compat.LevelDebug, nil, "AH01740: ldap authorize: Creating LDAP req structure")
	h := directory.Find(r, c.target(bindDN, bindPW))
	if h == nil {
		return compat.AuthnError
	}
	defer h.Close()
	r.Logf(short, compat.LevelDebug, nil, "AH01691: auth_ldap authenticate: using URL %s", c.url.text)
	filter, ok := c.filter(r, name, "")
	if !ok {
		r.Logf(short, compat.LevelError, nil, "AH02622: auth_ldap authenticate: ldap filter too long (>%d): %s", maxFilter, filter)
		return compat.AuthnError
	}
	r.Logf(short, compat.LevelTrace1, nil, "auth_ldap authenticate: final authn filter is %s", filter)
	found, code := h.CheckUser(c.query(filter), charsetsOf(r).convert(r, password))
	if code != directory.Success {
		return c.refuse(r, name, h.Reason, code)
	}
	*u = user{known: true, dn: found.DN, name: name, values: found.Values, password: password}
	if c.userIsDN {
		r.User = found.DN
	}
	c.checkAttribute(r, "AH01696: auth_ldap authenticate: ", c.publish(r, "AUTHENTICATE_", found.Values, true))
	r.Logf(short, compat.LevelDebug, nil, "AH01697: auth_ldap authenticate: accepting %s", name)
	return compat.AuthnGranted
}

// checkAttribute says so where REMOTE_USER was to be an attribute and is not.
func (c *config) checkAttribute(r *compat.Request, who string, isSet bool) {
	if c.userAttribute != "" && !isSet {
		r.Logf(short, compat.LevelWarn, nil, "%sREMOTE_USER was to be set with attribute '%s', but this attribute was not requested "+
			"for in the LDAP query for the user. REMOTE_USER will fall back to username or DN as appropriate.", who, c.userAttribute)
	}
}

// refuse is what a failed check comes to.
func (c *config) refuse(r *compat.Request, name, reason string, code directory.Code) compat.AuthnResult {
	const text = "auth_ldap authenticate: user %s authentication failed; URI %s [%s][%s]"
	if c.notAuthoritative {
		r.Logf(short, compat.LevelDebug, nil, "AH01694: "+text+" (not authoritative)", name, r.Path, reason, code)
		return compat.AuthnNotFound
	}
	r.Logf(short, compat.LevelInfo, nil, "AH01695: "+text, name, r.Path, reason, code)
	switch {
	case code == directory.NoSuchObject, code == directory.Other && strings.EqualFold(c.url.filter, "none"):
		return compat.AuthnNotFound
	case code.IsSecurity():
		return compat.AuthnDenied
	}
	return compat.AuthnError
}

// bindName is as whom the user's entry is looked for (ldap_determine_binddn).
func (c *config) bindName(r *compat.Request, name string) string {
	if c.bindPattern == nil {
		return name
	}
	if loc, err := c.bindPattern.Find(name); err == nil && loc != nil {
		name = pattern.Expand(c.bindTemplate, name, loc)
	}
	r.Env.Set("LDAP_BINDASUSER", name)
	return name
}

// publish makes variables of the attributes in the URL, and the user of the one
// that is to be it where asUser is set (set_request_vars).
func (c *config) publish(r *compat.Request, prefix string, values []string, asUser bool) (isUser bool) {
	for i, name := range c.url.attributes {
		if i >= len(values) {
			break
		}
		r.Env.Set(prefix+strings.ToUpper(name), values[i])
		if asUser && c.userAttribute == name {
			r.User, r.HasUser = values[i], values[i] != ""
			isUser = true
		}
	}
	return isUser
}
