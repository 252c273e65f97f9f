package vhost

import "strings"

// normalize resolves "//" (with merge), "/./" and "/../" in a path as sent,
// after decoding escapes of unreserved characters (ap_normalize_path). ok is
// false for a path that leaves the root, or that does not begin with a slash.
func normalize(path string, merge bool) (clean string, ok bool) {
	if path == "" || path[0] != '/' {
		return path, path == "*"
	}
	if !needsWork(path) {
		return path, true
	}
	s := decodeUnreserved(path)
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		end, last := len(s), true
		if j := strings.IndexByte(s[i+1:], '/'); j >= 0 {
			end, last = i+1+j, false
		}
		segment := s[i+1 : end]
		i = end
		switch {
		case segment == "." || segment == "..":
			if segment == ".." {
				up := strings.LastIndexByte(string(out), '/')
				if up < 0 {
					return path, false
				}
				out = out[:up]
			}
			if last {
				out = append(out, '/')
			}
		case segment == "" && merge && !last:
		default:
			out = append(append(out, '/'), segment...)
		}
	}
	if len(out) == 0 {
		return "/", true
	}
	return string(out), true
}

func decodeUnreserved(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		c, n := unreserved(s[i:])
		b = append(b, c)
		i += n
	}
	return string(b)
}

func needsWork(path string) bool {
	return strings.Contains(path, "//") || strings.Contains(path, "/.") || strings.IndexByte(path, '%') >= 0
}

// unreserved is the first character of s, decoded if it is an escaped one of
// those that mean the same escaped or not (RFC 3986, section 2.3).
func unreserved(s string) (c byte, n int) {
	if s[0] != '%' || len(s) < 3 {
		return s[0], 1
	}
	v, ok := unhex(s[1], s[2])
	if ok && (v >= 'a' && v <= 'z' || v >= 'A' && v <= 'Z' || v >= '0' && v <= '9' || strings.IndexByte("-._~", v) >= 0) {
		return v, 3
	}
	return s[0], 1
}

func unhex(a, b byte) (byte, bool) {
	x, ok := digit(a)
	y, also := digit(b)
	return x<<4 | y, ok && also
}

func digit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// decode resolves %xx in a path (ap_unescape_url and its variants). The status
// is 400 for a bad escape, 404 for a NUL, and for a slash where slashes is not
// "on" or "nodecode".
func decode(path, slashes string) (string, int) {
	if strings.IndexByte(path, '%') < 0 {
		return path, 0
	}
	b := make([]byte, 0, len(path))
	status := 0
	for i := 0; i < len(path); i++ {
		if path[i] != '%' {
			b = append(b, path[i])
			continue
		}
		if i+2 >= len(path) {
			return path, 400
		}
		v, ok := unhex(path[i+1], path[i+2])
		switch {
		case !ok:
			return path, 400
		case v == 0:
			status = 404
		case v == '/' && slashes == "nodecode":
			b = append(b, path[i:i+3]...)
			i += 2
			continue
		case v == '/' && slashes != "on":
			status = 404
		}
		b = append(b, v)
		i += 2
	}
	return string(b), status
}
