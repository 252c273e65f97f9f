package upstream

import (
	"strings"

	"understudy/compat"
)

// pathAllowed are the characters beside letters and digits that stand in the
// path of a URL as they are.
const pathAllowed = "~$-_.+!*'(),;:@&=/"

const hexDigits = "0123456789ABCDEF"

// EncodePath writes a decoded path as it stands in a URL (ap_proxy_canonenc_ex
// for enc_path in a reverse proxy). With keepSlashes "%2f" stays as it is. ok is
// false for an escape that is none then.
func EncodePath(path string, keepSlashes bool) (encoded string, ok bool) {
	n := 0
	for i := 0; i < len(path); i++ {
		if !plainInPath(path[i]) {
			n++
		}
	}
	if n == 0 {
		return path, true
	}
	b := make([]byte, 0, len(path)+2*n)
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' && keepSlashes {
			if i+2 >= len(path) {
				return "", false
			}
			coded, ok := compat.Unhex(path[i+1], path[i+2])
			if !ok {
				return "", false
			}
			if coded == '/' {
				b = append(b, path[i:i+3]...)
				i += 2
				continue
			}
		}
		if plainInPath(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return string(b), true
}

func plainInPath(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(pathAllowed, c) >= 0
}

// Visible reports whether s has no control character and no blank in it
// (ap_scan_vchar_obstext).
func Visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// A Netloc is "//host:port/path" taken apart, with its error in Apache's words.
type Netloc struct {
	Authority string // host in lower case, and port unless it is the scheme's own
	Path      string // without the slash it begins with
	Err       string
}

// CanonNetloc takes apart what follows "scheme:" (ap_proxy_canon_netloc).
func CanonNetloc(rest string, defaultPort int) Netloc {
	if !strings.HasPrefix(rest, "//") {
		return Netloc{Err: "Malformed URL"}
	}
	authority, path, _ := strings.Cut(rest[2:], "/")
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	host, port, ok := splitPort(authority)
	if !ok || host == "" || strings.ContainsAny(host, "% ") {
		return Netloc{Err: "Invalid host/port"}
	}
	u := URL{Host: host, Port: port, authority: authority}
	return Netloc{Authority: strings.ToLower(u.hostPort(defaultPort)), Path: path}
}

// CanonRules are what differs between schemes in how a URL is made canonical.
type CanonRules struct {
	Module       string // short name, for the log
	BadURL       string // AH number of a URL that cannot be parsed
	BadPath      string // of a path with control characters
	BadQuery     string // of such a query
	Query        bool   // it is part of the URL
	RawInForward bool   // a client's own URL is left as it is
}

// CanonOf makes the Canon of a scheme whose URLs go on with "//".
func CanonOf(scheme string, rules *CanonRules) func(*compat.Request, string) compat.Status {
	return func(r *compat.Request, url string) compat.Status {
		rest, ok := CutURL(url, scheme)
		if !ok {
			return compat.Declined
		}
		return Canon(r, scheme, rest, rules)
	}
}

// Canon makes "scheme:rest" the canonical file name of r. Notes say how its
// path was made.
func Canon(r *compat.Request, scheme, rest string, rules *CanonRules) compat.Status {
	loc := CanonNetloc(rest, DefaultPort(scheme))
	if loc.Err != "" {
		r.Logf(rules.Module, compat.LevelError, nil, "%s: error parsing URL %s: %s", rules.BadURL, rest, loc.Err)
		return 400
	}
	path, query, hasQuery, raw := loc.Path, r.Query, r.HasQuery && rules.Query, true
	switch {
	case r.Forward && rules.RawInForward, r.Notes.Has("proxy-nocanon"):
		hasQuery = false
	case r.Notes.Has("proxy-noencode"):
	default:
		var ok bool
		if path, ok = EncodePath(loc.Path, r.Host.EncodedSlashes == "nodecode"); !ok {
			return 400
		}
		raw = path == loc.Path
	}
	if raw && !Visible(path) {
		r.Logf(rules.Module, compat.LevelError, nil, "%s: To be forwarded path contains control characters or spaces", rules.BadPath)
		return 403
	}
	if !consistsOf(r.Filename, "proxy:", scheme, "://", loc.Authority, "/", path) {
		r.Filename = "proxy:" + scheme + "://" + loc.Authority + "/" + path
	}
	if hasQuery {
		if !Visible(query) {
			r.Logf(rules.Module, compat.LevelError, nil, "%s: To be forwarded query string contains control characters or spaces", rules.BadQuery)
			return 403
		}
		r.Filename += "?" + query
	}
	return compat.OK
}

// consistsOf reports whether s is parts, put together.
func consistsOf(s string, parts ...string) bool {
	for _, part := range parts {
		rest, ok := strings.CutPrefix(s, part)
		if !ok {
			return false
		}
		s = rest
	}
	return s == ""
}
