package authnzldap

import (
	"slices"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/directory"
)

const urlHelp = "URL to define LDAP connection. This should be an RFC 2255 compliant\n" +
	"URL of the form ldap://host[:port]/basedn[?attrib[?scope[?filter]]].\n" +
	"<ul>\n" +
	"<li>Host is the name of the LDAP server. Use a space separated list of hosts \n" +
	"to specify redundant servers.\n" +
	"<li>Port is optional, and specifies the port to connect to.\n" +
	"<li>basedn specifies the base DN to start searches from\n" +
	"<li>Attrib specifies what attribute to search for in the directory. If not provided, it defaults to <b>uid</b>.\n" +
	"<li>Scope is the scope of the search, and can be either <b>sub</b> or <b>one</b>. If not provided, the default is <b>sub</b>.\n" +
	"<li>Filter is a filter to use in the search. If not provided, defaults to <b>(objectClass=*)</b>.\n" +
	"</ul>\n" +
	"Searches are performed using the attribute and the filter combined. For example, assume that the\n" +
	"LDAP URL is <b>ldap://ldap.airius.com/ou=People, o=Airius?uid?sub?(posixid=*)</b>. Searches will\n" +
	"be done using the filter <b>(&((posixid=*))(uid=<i>username</i>))</b>, where <i>username</i>\n" +
	"is the user name passed by the HTTP client. The search will be a subtree " +
	"search on the branch <b>ou=People, o=Airius</b>."

// A target is what AuthLDAPURL says.
type target struct {
	text       string
	host       string // several with blanks between
	port       int
	base       string
	attribute  string   // that users are called by
	attributes []string // to be read, as the URL has them; nil: it has none
	oneLevel   bool
	filter     string // without parentheses around it
	mode       directory.Mode
}

func setURL(c *compat.Cmd, conf *config) error {
	u, reason := parseURL(c.Arg(0))
	if reason != "" {
		return compat.Errorf("%s", reason)
	}
	t := &target{text: c.Arg(0), host: u.host, base: u.dn, attribute: "uid", oneLevel: u.scope == "one", filter: u.filter}
	before := conf.url
	if before == nil {
		before = &target{}
	}
	if t.host == "" && before.host == "" {
		t.host = "localhost"
	}
	if before.host != "" { // The one said last is asked first.
		t.host += " " + before.host
	}
	t.attributes, t.mode = before.attributes, before.mode
	if u.attributes != nil {
		t.attributes, t.attribute = u.attributes, u.attributes[0]
	}
	switch {
	case t.filter == "":
		t.filter = "objectclass=*"
	case t.filter[0] == '(' && len(t.filter) > 1:
		t.filter = t.filter[1 : len(t.filter)-1]
	}
	if len(c.Words) > 1 {
		var ok bool
		if t.mode, ok = directory.ParseMode(c.Arg(1)); !ok {
			return compat.Errorf("Invalid LDAP connection mode setting: must be one of NONE, SSL, or TLS/STARTTLS")
		}
	}
	t.port = 389
	if len(t.text) >= 5 && strings.EqualFold(t.text[:5], "ldaps") {
		t.mode, t.port = directory.SSL, 636
	}
	if u.port != 0 {
		t.port = u.port
	}
	conf.url = t
	return nil
}

// A parsedURL is a URL of LDAP in its parts. The host has its port, if there is
// one.
type parsedURL struct {
	host       string
	port       int
	dn         string
	attributes []string
	scope      string // "base", "one", "sub"
	filter     string
}

// parseURL reads a URL as apr_ldap_url_parse does; reason is its text for what
// is wrong.
func parseURL(text string) (u parsedURL, reason string) {
	rest, enclosed, ok := afterScheme(text)
	if !ok {
		return u, "The scheme was not recognised as a valid LDAP URL scheme."
	}
	if enclosed {
		if !strings.HasSuffix(rest, ">") {
			return u, "Bad enclosure error while parsing LDAP URL."
		}
		rest = rest[:len(rest)-1]
	}
	hostport, rest, hasPath := strings.Cut(rest, "/")
	if reason = u.setHost(hostport); reason != "" || !hasPath {
		return u, reason
	}
	parts := strings.Split(rest, "?")
	u.dn = unescape(parts[0])
	return u, u.setRest(parts[1:])
}

// setHost reads "host:port" or "[address]:port".
func (u *parsedURL) setHost(hostport string) (reason string) {
	behind := hostport
	bracketed := strings.HasPrefix(hostport, "[")
	if bracketed {
		var closed bool
		if hostport, behind, closed = strings.Cut(hostport[1:], "]"); !closed {
			return "Bad LDAP URL while parsing IPV6 syntax."
		}
	}
	if i := strings.LastIndexByte(behind, ':'); i >= 0 {
		port := unescape(behind[i+1:])
		if port == "" {
			return "Bad LDAP URL while parsing."
		}
		u.port = compat.Atoi(port)
	}
	u.host = unescape(hostport)
	if bracketed && strings.Contains(u.host, ":") {
		u.host = "[" + u.host + "]"
		if u.port != 0 {
			u.host += behind
		}
	}
	return ""
}

// setRest reads what the question marks part: attributes, scope, filter and
// extensions.
func (u *parsedURL) setRest(parts []string) (reason string) {
	part := func(i int) string {
		if i < len(parts) {
			return parts[i]
		}
		return ""
	}
	if part(0) != "" {
		u.attributes = slices.DeleteFunc(strings.Split(unescape(part(0)), ","), func(s string) bool { return s == "" })
		if len(u.attributes) == 0 {
			u.attributes = nil
		}
	}
	switch strings.ToLower(unescape(part(1))) {
	case "one", "onelevel":
		u.scope = "one"
	case "sub", "subtree":
		u.scope = "sub"
	case "", "base":
		u.scope = "base"
	default:
		return "Bad scope encountered while parsing LDAP URL."
	}
	if u.filter = unescape(part(2)); part(2) != "" && u.filter == "" {
		return "Bad filter encountered while parsing LDAP URL."
	}
	switch {
	case len(parts) > 4:
		return "Bad URL encountered while parsing LDAP URL."
	case len(parts) == 4 && strings.Trim(parts[3], ",") == "":
		return "Bad extensions encountered while parsing LDAP URL."
	}
	return ""
}

// afterScheme is what follows "ldap://" and its like; it may stand between "<"
// and ">", and behind "URL:".
func afterScheme(text string) (rest string, enclosed, ok bool) {
	rest, enclosed = strings.CutPrefix(text, "<")
	if len(rest) >= 4 && strings.EqualFold(rest[:4], "URL:") {
		rest = rest[4:]
	}
	for _, scheme := range []string{"ldap://", "ldaps://", "ldapi://"} {
		if len(rest) >= len(scheme) && strings.EqualFold(rest[:len(scheme)], scheme) {
			return rest[len(scheme):], enclosed, true
		}
	}
	return "", false, false
}

// unescape resolves %xx, and leaves out what is cut short
// (apr_ldap_pvt_hex_unescape). A NUL ends the text.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			break
		}
		b.WriteByte(digit(s[i+1])<<4 + digit(s[i+2]))
		i += 2
	}
	text, _, _ := strings.Cut(b.String(), "\x00")
	return text
}

func digit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 0
}
