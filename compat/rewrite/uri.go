package rewrite

import (
	"strconv"
	"strings"
	"time"

	"understudy/compat"
)

// schemes are those that make a name an absolute URL, and whether it can have a
// query string (is_absolute_uri).
var schemes = []struct {
	prefix string
	query  bool
}{
	{"http://", true}, {"https://", true}, {"ajp://", true}, {"balancer://", true}, {"ftp://", false},
	{"fcgi://", true}, {"gopher://", false}, {"h2://", true}, {"h2c://", true}, {"ldap://", false},
	{"mailto:", true}, {"news:", false}, {"nntp://", false}, {"scgi://", true}, {"ws://", true},
	{"wss://", true}, {"unix://", true}, {"unix:", true},
}

// absolute is how long the scheme of a URL is; 0 where it has none.
func absolute(uri string) (scheme int, query bool) {
	if len(uri) <= 5 || uri[0] == '/' {
		return 0, false
	}
	for _, s := range schemes {
		if len(uri) >= len(s.prefix) && strings.EqualFold(uri[:len(s.prefix)], s.prefix) {
			return len(s.prefix), s.query
		}
	}
	return 0, false
}

// splitQuery takes the query string off the new name (splitout_queryargs).
func (x *context) splitQuery(f flags) {
	r := x.r
	if f&qsNone != 0 {
		x.log(2, "discarding query string, no parse from substitution")
		r.Query, r.HasQuery = "", false
		return
	}
	skip, query := absolute(r.Filename)
	if skip > 0 && !query {
		r.Query, r.HasQuery = "", false
		return
	}
	if f&qsDiscard != 0 {
		x.log(2, "discarding query string")
		r.Query, r.HasQuery = "", false
	}
	at := strings.IndexByte(r.Filename[skip:], '?')
	if f&qsLast != 0 {
		at = strings.LastIndexByte(r.Filename[skip:], '?')
	}
	if at < 0 {
		return
	}
	whole, args := r.Filename, r.Filename[skip+at+1:]
	r.Filename = r.Filename[:skip+at]
	switch {
	case f&qsAppend == 0:
		r.Query = args
	case args != "":
		r.Query = args + "&" + r.Query
	}
	r.Query = strings.TrimSuffix(r.Query, "&")
	r.HasQuery = r.Query != ""
	shown := r.Query
	if !r.HasQuery {
		shown = "<none>"
	}
	x.log(3, "split uri=%s -> uri=%s, args=%s", whole, r.Filename, shown)
}

// qualify makes the name a URL with scheme and host (fully_qualify_uri).
func qualify(r *compat.Request) {
	if scheme, _ := absolute(r.Filename); scheme > 0 || r.Method == "CONNECT" {
		return
	}
	slash := ""
	if !strings.HasPrefix(r.Filename, "/") {
		slash = "/"
	}
	r.Filename = compat.Scheme(r) + "://" + compat.ServerName(r) + port(r) + slash + r.Filename
}

// port is ":PORT", or "" for the scheme's own.
func port(r *compat.Request) string {
	n := compat.ServerPort(r)
	if n == defaultPort(r) {
		return ""
	}
	return ":" + strconv.Itoa(n)
}

func defaultPort(r *compat.Request) int {
	if compat.Scheme(r) == "https" {
		return 443
	}
	return 80
}

// reduce makes a URL of this very host a path (reduce_uri).
func (x *context) reduce() {
	r := x.r
	prefix := compat.Scheme(r) + "://"
	if len(r.Filename) <= len(prefix) || !strings.EqualFold(r.Filename[:len(prefix)], prefix) {
		return
	}
	authority, path := r.Filename[len(prefix):], "/"
	if slash := strings.IndexByte(authority, '/'); slash >= 0 {
		authority, path = authority[:slash], authority[slash:]
	}
	host, portText, given := strings.Cut(authority, ":")
	n := defaultPort(r)
	if given {
		n = compat.Atoi(portText)
	}
	if !r.Host.Answers(host, n) {
		return
	}
	x.log(3, "reduce %s -> %s", r.Filename, path)
	r.Filename = path
	if s := slot.Of(r).server; s == nil || s.options&legacyPrefixDocRoot == 0 {
		r.Notes.Set(reducedNote, "true")
	}
}

// escapeAbsolute escapes the path of a URL (escape_absolute_uri).
func escapeAbsolute(uri string, scheme int) string {
	at := scheme
	if uri[scheme-1] == '/' {
		slash := strings.IndexByte(uri[scheme:], '/')
		if slash < 0 || scheme+slash+1 == len(uri) {
			return uri
		}
		at = scheme + slash + 1
		if strings.EqualFold(uri[:4], "ldap") {
			parts := strings.SplitN(uri[at:], "?", 5)
			for i := range parts {
				parts[i] = compat.EscapePath(parts[i])
			}
			return uri[:at] + strings.Join(parts, "?")
		}
	}
	return uri[:at] + compat.EscapePath(uri[at:])
}

// setVariables obeys E and CO.
func (x *context) setVariables(k *rule) {
	for _, t := range k.env {
		text := t.expand(x, nil)
		if name, unset := strings.CutPrefix(text, "!"); unset {
			x.r.Env.Unset(name)
			x.log(5, "unsetting env variable '%s'", name)
			continue
		}
		name, v, _ := strings.Cut(text, ":")
		x.r.Env.Set(name, v)
		x.log(5, "setting env variable '%s' to '%s'", name, v)
	}
	for _, t := range k.cookies {
		x.cookie(t.expand(x, nil))
	}
}

// cookie sets "name:value:domain:minutes:path:secure:httponly:samesite"
// (add_cookie); a semicolon in front makes that the separator.
func (x *context) cookie(text string) {
	sep := ":"
	if rest, ok := strings.CutPrefix(text, ";"); ok {
		sep, text = ";", rest
	}
	f := strings.FieldsFunc(text, func(c rune) bool { return string(c) == sep })
	if len(f) < 3 {
		return
	}
	top := x.r
	for top.Main != nil {
		top = top.Main
	}
	if note := f[0] + "_rewrite"; top.Notes.Has(note) {
		x.log(5, "skipping already set cookie '%s'", f[0])
		return
	} else {
		top.Notes.Set(note, "set")
	}
	f = append(f, make([]string, max(0, 8-len(f)))...)
	path := "/"
	if f[4] != "" {
		path = f[4]
	}
	c := f[0] + "=" + f[1] + "; path=" + path + "; domain=" + f[2]
	if minutes := compat.Atoi(f[3]); minutes != 0 {
		c += "; expires=" + x.r.Start.Add(time.Duration(minutes)*time.Minute).UTC().Format("Mon, 02-Jan-2006 15:04:05 GMT")
	}
	if isSet(f[5], "secure") {
		c += "; secure"
	}
	if isSet(f[6], "httponly") {
		c += "; HttpOnly"
	}
	if f[7] != "" && f[7] != "0" && !strings.EqualFold(f[7], "false") {
		c += "; SameSite=" + f[7]
	}
	top.ErrOut.Add("Set-Cookie", c)
	x.log(5, "setting cookie '%s'", c)
}

func isSet(v, word string) bool {
	return v == "1" || strings.EqualFold(v, "true") || strings.EqualFold(v, word)
}
