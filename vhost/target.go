package vhost

import (
	"strconv"
	"strings"
)

// A target is what a request line asks for, apart: "http://host:80/path?q" or
// a path.
type target struct {
	scheme    string // "": the target is a path
	authority string // host and port
	named     bool   // there is an authority, if an empty one; else the Host field counts
	rest      string // path and query, "*", or all of it for CONNECT
}

// splitTarget takes a request target apart (ap_parse_uri). Its form was looked
// at when the request was read.
func splitTarget(method, s string) target {
	if method == "CONNECT" {
		return target{authority: s, named: true, rest: s}
	}
	s, _, _ = strings.Cut(s, "#") // Which strict reading has refused.
	for strings.HasPrefix(s, "//") {
		s = s[1:] // Not the name of a host, and not left to MergeSlashes.
	}
	if s == "" || s[0] == '/' || s[0] == '*' {
		return target{rest: s}
	}
	if s[0] == '?' {
		return target{rest: "/" + s}
	}
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok {
		return target{rest: s}
	}
	t := target{scheme: scheme, rest: rest}
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		t.authority, t.named, t.rest = after, true, ""
		if i := strings.IndexAny(after, "/?"); i >= 0 {
			t.authority, t.rest = after[:i], after[i:]
		}
	}
	switch {
	case t.rest == "" && method == "OPTIONS":
		t.rest = "*"
	case t.rest == "" || t.rest[0] == '?':
		t.rest = "/" + t.rest
	}
	return t
}

// host is the authority without user and port: the port of a URL may be any
// number.
func (t target) host() string {
	h := t.authority[strings.LastIndexByte(t.authority, '@')+1:]
	if i := strings.LastIndexByte(h, ':'); i >= 0 && strings.IndexByte(h[i:], ']') < 0 {
		h = h[:i]
	}
	return h
}

// port is the port of the authority; 0 if there is none that can be.
func (t target) port() int {
	i := strings.LastIndexByte(t.authority, ':')
	if i < 0 || strings.HasSuffix(t.authority, "]") {
		return 0
	}
	n, err := strconv.ParseUint(t.authority[i+1:], 10, 16)
	if err != nil {
		return 0
	}
	return int(n)
}

// answered reports whether the scheme is one that this server answers itself.
func (t target) answered() bool {
	return t.scheme == "" || strings.EqualFold(t.scheme, "http") || strings.EqualFold(t.scheme, "https")
}
