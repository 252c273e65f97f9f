package wire

import (
	"net/netip"
	"strings"

	"understudy/compat"
)

// validTarget reports whether the target of r has a form that can be answered:
// a path, a URL, "host:port" of CONNECT, "*" of OPTIONS (ap_parse_uri). Which
// schemes there are is not for us to say.
func validTarget(r *compat.Request, strict bool) bool {
	t := r.Target
	if strict && strings.IndexByte(t, '#') >= 0 {
		return false
	}
	if r.Method == "CONNECT" {
		return validHostPort(t)
	}
	if t[0] == '/' || t[0] == '?' || t == "*" && r.Method == "OPTIONS" {
		return true
	}
	scheme, rest, ok := strings.Cut(t, ":")
	if !ok || scheme == "" || !schemeChars.all(scheme) {
		return false
	}
	authority, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return rest == "" || rest[0] == '/' || rest[0] == '?' || rest[0] == '#'
	}
	if i := strings.IndexAny(authority, "/?#"); i >= 0 {
		authority = authority[:i]
	}
	return validAuthority(authority, strict)
}

var schemeChars = chars(func(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) || c == '+' || c == '-' || c == '.'
})

// validAuthority looks at what stands between "//" and the path. There may be
// nothing: then the Host field counts.
func validAuthority(s string, strict bool) bool {
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		if strict {
			return false
		}
		s = s[at+1:]
	}
	_, port, ok := cutPort(s)
	return ok && allDigits(port)
}

func validHostPort(s string) bool {
	_, port, ok := cutPort(s)
	return ok && port != "" && allDigits(port)
}

// cutPort takes "host:port" or "[address]:port" apart.
func cutPort(s string) (host, port string, ok bool) {
	if !strings.HasPrefix(s, "[") {
		host, port, _ = strings.Cut(s, ":")
		return host, port, true
	}
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return "", "", false
	}
	ip, err := netip.ParseAddr(s[1:end])
	rest := s[end+1:]
	return s[:end+1], strings.TrimPrefix(rest, ":"), err == nil && ip.Is6() && (rest == "" || rest[0] == ':')
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}
