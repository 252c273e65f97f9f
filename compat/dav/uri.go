package dav

import "strings"

// A uri is one as clients send it, in parts (apr_uri_parse): it is not decoded,
// and nothing is checked.
type uri struct {
	scheme, port, path string
	more               bool // a query or a fragment
}

func splitURI(text string) (u uri) {
	if i := strings.IndexByte(text, ':'); i > 0 && isScheme(text[:i]) {
		u.scheme, text = text[:i], text[i+1:]
	}
	if rest, ok := strings.CutPrefix(text, "//"); ok {
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		host := rest[strings.LastIndexByte(rest[:end], '@')+1 : end]
		if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
			u.port = host[i+1:]
		}
		text = rest[end:]
	}
	end := strings.IndexAny(text, "?#")
	if end < 0 {
		u.path = text
		return u
	}
	u.path, u.more = text[:end], true
	return u
}

func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		if !(c >= 'a' && c <= 'z') && !(i > 0 && (s[i] >= '0' && s[i] <= '9' || strings.IndexByte("+-.", s[i]) >= 0)) {
			return false
		}
	}
	return true
}
