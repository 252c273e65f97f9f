package vhost

import (
	"bytes"
	"strings"

	"understudy/compat"
)

// noPath answers what has no path to be mapped: CONNECT and "*".
func (e *engine) noPath(r *compat.Request) compat.Status {
	r.RawPath, r.Query, r.HasQuery = strings.Cut(r.RawPath, "?")
	r.Path = r.RawPath
	switch {
	case r.Method == "CONNECT" && !strings.HasPrefix(r.Target, "/"):
		r.RawPath, r.Query, r.HasQuery = "/", "", false // What follows decides that it may not.
		if status := e.mapRequest(r); status != compat.OK {
			return status
		}
		return e.invoke(r)
	case r.Method == "OPTIONS" && r.RawPath == "*":
		return e.optionsStar(r)
	}
	return 400
}

// locate makes r.Path of the path as sent, unless a hook takes it as it is.
func (e *engine) locate(r *compat.Request) compat.Status {
	if len(r.Scope.Pipeline.In(compat.PreTranslate)) > 0 {
		if status := e.preTranslate(r); status != compat.Declined {
			return status
		}
	}
	return e.path(r)
}

// preTranslate lets hooks see the path before it is decoded. Done means that it
// stays so.
func (e *engine) preTranslate(r *compat.Request) compat.Status {
	clean, ok := normalize(r.RawPath, r.Host.MergeSlashes == nil || *r.Host.MergeSlashes)
	if !ok {
		return compat.Declined // path complains.
	}
	r.Path = clean
	w := e.snap.newWalk(r)
	w.locations()
	r.Scope = w.scope
	status := e.first(r, compat.PreTranslate)
	r.Scope = r.Host.Scope
	switch status {
	case compat.Done:
		return compat.OK
	case compat.OK:
		return compat.Declined
	}
	return status
}

// path makes r.Path of the path as sent: it is normalized, then decoded, and
// normalized again where decoding may have made new slashes.
func (e *engine) path(r *compat.Request) compat.Status {
	merge := r.Host.MergeSlashes == nil || *r.Host.MergeSlashes
	clean, ok := normalize(r.RawPath, merge)
	if !ok {
		r.Path = r.RawPath
		uri := r.Target
		if !r.IsInitial() {
			uri = r.RawPath // What this one was made of.
		}
		r.Logf("core", compat.LevelError, nil, "AH10244: invalid URI path (%s)", uri)
		return 400
	}
	path, found := decode(clean, r.Host.EncodedSlashes)
	if r.Path = path; !found {
		if r.Host.EncodedSlashes != "on" && r.Host.EncodedSlashes != "nodecode" {
			r.Logf("core", compat.LevelInfo, nil, "AH00026: found %%2f (encoded '/') in URI path (%s), returning 404", r.Target)
		}
		return 404
	}
	if len(path) != len(clean) && r.Host.EncodedSlashes == "on" {
		r.Path, _ = resolve(path, merge) // Nobody is told of what would leave the root.
	}
	return compat.OK
}

// normalize resolves "//" (with merge), "/./" and "/../" in a path as sent,
// after decoding escapes of unreserved characters (ap_normalize_path). ok is
// false for a path that leaves the root, that does not begin with a slash, or
// that has a "%" which is no escape: what stands behind that could become one,
// and be decoded a second time (CVE-2021-42013).
func normalize(path string, merge bool) (clean string, ok bool) {
	if path == "" || path[0] != '/' {
		return path, path == "*"
	}
	if !needsWork(path) {
		return path, true
	}
	if !validEscapes(path) {
		return path, false
	}
	return resolve(decodeUnreserved(path), merge)
}

// resolve is normalize without the decoding. A path stays below the root: ok
// tells that it did so by itself.
func resolve(s string, merge bool) (clean string, ok bool) {
	ok = true
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
				if up := bytes.LastIndexByte(out, '/'); up >= 0 {
					out = out[:up]
				} else {
					ok = false
				}
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
		return "/", ok
	}
	return string(out), ok
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
	v, ok := compat.Unhex(s[1], s[2])
	if ok && (v >= 'a' && v <= 'z' || v >= 'A' && v <= 'Z' || v >= '0' && v <= '9' || strings.IndexByte("-._~", v) >= 0) {
		return v, 3
	}
	return s[0], 1
}

// validEscapes reports whether two digits follow each "%".
func validEscapes(path string) bool {
	for i := 0; i < len(path); i++ {
		if path[i] != '%' {
			continue
		}
		if i+2 >= len(path) {
			return false
		}
		if _, ok := compat.Unhex(path[i+1], path[i+2]); !ok {
			return false
		}
		i += 2
	}
	return true
}

// decode resolves %xx in a path (ap_unescape_url_ex). ok is false for a NUL,
// and for a slash where slashes is not "on" or "nodecode": nothing can be there.
func decode(path, slashes string) (decoded string, ok bool) {
	if strings.IndexByte(path, '%') < 0 {
		return path, true
	}
	b, found := make([]byte, 0, len(path)), true
	for i := 0; i < len(path); i++ {
		if path[i] != '%' || i+2 >= len(path) {
			b = append(b, path[i])
			continue
		}
		v, _ := compat.Unhex(path[i+1], path[i+2])
		switch {
		case v == '/' && slashes == "nodecode":
			b = append(b, path[i:i+3]...)
		case v == '/' && slashes != "on":
			b, found = append(b, v), false
		case v == 0:
			return string(b), false // Where a string of C ends.
		default:
			b = append(b, v)
		}
		i += 2
	}
	return string(b), found
}
