package rewrite

import (
	"strconv"
	"strings"

	"understudy/compat"
)

// What r.Filename begins with where it is no file.
const (
	proxyPrefix       = "proxy:"
	passThroughPrefix = "passthrough:"
	redirectPrefix    = "redirect:"
)

func isProxied(r *compat.Request) bool { return strings.HasPrefix(r.Filename, proxyPrefix) }

// A urlScheme is what a URL with a scheme begins with.
type urlScheme struct {
	length int  // with the "://"; 0: it has none
	query  bool // whether such a URL has a query
}

// schemes are those that count, in lower case (is_absolute_uri).
var schemes = []struct {
	name  string
	query bool
}{
	{"http://", true}, {"https://", true}, {"ajp://", true}, {"balancer://", true}, {"fcgi://", true}, {"ftp://", false},
	{"gopher://", false}, {"h2://", true}, {"h2c://", true}, {"ldap://", false}, {"mailto:", true}, {"news:", false},
	{"nntp://", false}, {"scgi://", true}, {"ws://", true}, {"wss://", true}, {"unix://", true}, {"unix:", true},
}

func scheme(uri string) urlScheme {
	if len(uri) <= 5 || uri[0] == '/' {
		return urlScheme{}
	}
	for _, s := range schemes {
		if len(uri) >= len(s.name) && strings.EqualFold(uri[:len(s.name)], s.name) {
			return urlScheme{len(s.name), s.query}
		}
	}
	return urlScheme{}
}

// splitQuery takes the query off what a rule has made (splitout_queryargs).
func (p *pass) splitQuery(by *rule) {
	r := p.r
	if by.flags.has(qsNone) {
		p.note(2, 846, "discarding query string, no parse from substitution")
		r.Query, r.HasQuery = "", false
		return
	}
	s := scheme(r.Filename)
	if s.length > 0 && !s.query {
		r.Query, r.HasQuery = "", false
		return
	}
	if by.flags.has(qsDiscard) {
		r.Query, r.HasQuery = "", false
		p.note(2, 862, "discarding query string")
	}
	whole := r.Filename
	at := strings.IndexByte(whole[s.length:], '?')
	if by.flags.has(qsLast) {
		at = strings.LastIndexByte(whole[s.length:], '?')
	}
	if at < 0 {
		return
	}
	at += s.length
	r.Filename = whole[:at]
	p.newQuery(by, whole[at+1:])
	if p.tracing {
		args := "<none>"
		if r.HasQuery {
			args = r.Query
		}
		p.note(3, 893, "split uri=%s -> uri=%s, args=%s", whole, r.Filename, args)
	}
}

// newQuery makes query that of the request, before the old one with [QSA].
func (p *pass) newQuery(by *rule, query string) {
	r := p.r
	switch {
	case !by.flags.has(qsAppend):
		r.Query, r.HasQuery = query, true
	case query != "":
		r.Query, r.HasQuery = query+"&"+r.Query, true
	}
	r.HasQuery = r.Query != ""
	r.Query = strings.TrimSuffix(r.Query, "&")
}

// qualify puts our own name before a path (fully_qualify_uri).
func qualify(r *compat.Request) {
	if r.Method == "CONNECT" || scheme(r.Filename).length > 0 {
		return
	}
	if !strings.HasPrefix(r.Filename, "/") {
		r.Filename = "/" + r.Filename
	}
	r.Filename = compat.ConstructURL(r, r.Filename)
}

// reduce takes "http://host:port" off a URL of our own (reduce_uri).
func (p *pass) reduce() {
	r := p.r
	own := compat.Scheme(r) + "://"
	if len(r.Filename) <= len(own) || !strings.EqualFold(r.Filename[:len(own)], own) {
		return
	}
	host, path := r.Filename[len(own):], "/"
	port := defaultPort(r)
	if i := strings.IndexByte(host, '/'); i >= 0 {
		host, path = host[:i], host[i:]
	}
	if name, number, ok := strings.Cut(host, ":"); ok {
		host, port = name, compat.Atoi(number)&0xffff
	}
	if !r.Host.AnswersTo(host, port) {
		return
	}
	p.note(3, 954, "reduce %s -> %s", r.Filename, path)
	r.Filename = path
	if s := ofServer.OfServer(r.Host); s == nil || !s.options.has(legacyPrefixDocRoot) {
		r.Notes.Set(reducedNote, "true")
	}
}

// reducedNote tells that a URL of our own was made a path: one below
// DocumentRoot then, whatever there is in the file system.
const reducedNote = "mod_rewrite_uri_reduced"

func defaultPort(r *compat.Request) int {
	if compat.Scheme(r) == "https" {
		return 443
	}
	return 80
}

// escapeURL escapes a URL but for scheme and host; the parts of an LDAP URL
// each for itself (escape_absolute_uri).
func escapeURL(uri string) string {
	start := scheme(uri).length
	if uri[start-1] != '/' {
		return uri[:start] + compat.EscapePath(uri[start:])
	}
	slash := strings.IndexByte(uri[start:], '/')
	if slash < 0 {
		return uri
	}
	start += slash + 1
	path := uri[start:]
	if !strings.EqualFold(uri[:4], "ldap") {
		return uri[:start] + compat.EscapePath(path)
	}
	parts := strings.SplitN(path, "?", 5)
	for i := range parts {
		parts[i] = compat.EscapePath(parts[i])
	}
	return uri[:start] + strings.Join(parts, "?")
}

// hasRawBytes reports whether a query has control characters or spaces in it.
func hasRawBytes(query string) bool {
	for i := range len(query) {
		if !isVisible(query[i]) {
			return true
		}
	}
	return false
}

// sendTo answers with a redirection to what r.Filename says.
func (p *pass) sendTo(result outcome, oldQuery string, hadQuery bool, lines redirectLines) compat.Status {
	r := p.r
	if result != changedNoEscape {
		p.trace(1, lines.escape, "escaping %s for redirect", r.Filename)
		r.Filename = escapeURL(r.Filename)
	}
	if r.HasQuery {
		verb, query, escaped := "copying", r.Query, ""
		if result != changedNoEscape && !(hadQuery && r.Query == oldQuery) {
			verb, query = "escaping", compat.EscapePath(r.Query)
			escaped = query
		}
		r.Filename += "?" + query
		p.trace(1, lines.query, "%s %s to query string for redirect %s", verb, r.Query, escaped)
	}
	status := 302
	if isRedirect(r.Status) {
		status, r.Status = r.Status, 200
	}
	r.Out.Set("Location", r.Filename)
	p.trace(1, lines.done, "redirect to %s [REDIRECT/%s]", r.Filename, strconv.Itoa(status))
	return compat.Status(status)
}

// redirectLines are the lines of mod_rewrite.c that tell of a redirection.
type redirectLines struct{ escape, query, done int }
