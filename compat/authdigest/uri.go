package authdigest

import (
	"strconv"
	"strings"

	"understudy/compat"
)

// A uri is a URI taken apart (apr_uri_parse). The parts that are not there are
// nil.
type uri struct {
	scheme, hostinfo, host, port, path, query *string
	number                                    int // of port
}

// parseURI takes s apart; ok is false where its authority is none.
func parseURI(s string) (u uri, ok bool) {
	rest := s
	switch {
	case strings.HasPrefix(s, "//"):
		rest = s[2:]
	case strings.HasPrefix(s, "/"):
		return u, u.parsePath(s)
	default:
		scheme, after, found := strings.Cut(s, "://")
		if !found || !isScheme(scheme) {
			return u, u.parsePath(s)
		}
		u.scheme, rest = &scheme, after
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	info := rest[:end]
	u.hostinfo = &info
	return u, u.parseAuthority(info[strings.LastIndexByte(info, '@')+1:]) && u.parsePath(rest[end:])
}

func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		if 'a' <= c && c <= 'z' || i > 0 && (s[i] == '+' || s[i] == '-' || s[i] == '.' || '0' <= s[i] && s[i] <= '9') {
			continue
		}
		return false
	}
	return s != ""
}

func (u *uri) parseAuthority(s string) bool {
	host, port, hasPort := strings.Cut(s, ":")
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return false
		}
		host = s[1:end]
		port, hasPort = strings.CutPrefix(s[end+1:], ":")
	}
	u.host = &host
	if !hasPort {
		return true
	}
	u.port = &port
	if port == "" {
		u.number = portOf(text(u.scheme))
		return true
	}
	var err error
	u.number, err = strconv.Atoi(port)
	return err == nil
}

func portOf(scheme string) int {
	switch strings.ToLower(scheme) {
	case "http":
		return 80
	case "https":
		return 443
	}
	return 0
}

func (u *uri) parsePath(s string) bool {
	s, _, _ = strings.Cut(s, "#")
	path, query, hasQuery := strings.Cut(s, "?")
	if path != "" {
		u.path = &path
	}
	if hasQuery {
		u.query = &query
	}
	return true
}

// checkURI checks that the proof is for what is asked for: the same text, or one
// that means the same, for a proxy may have rewritten it.
func checkURI(r *compat.Request, c *claim) compat.Status {
	first := compat.First(r)
	if c.uri == first.Target {
		return compat.OK
	}
	asked, _ := parseURI(first.Target)
	said, ok := parseURI(c.uri)
	if !ok {
		r.Logf(short, compat.LevelError, nil, "AH01783: invalid uri <%s> in Authorization header", c.uri)
		return 400
	}
	for _, part := range []**string{&asked.host, &asked.path, &asked.query, &said.host, &said.path, &said.query} {
		if *part != nil {
			plain := compat.Unescape(**part)
			*part = &plain
		}
	}
	if said.query == nil && asked.query != nil && r.Env.Has("AuthDigestEnableQueryStringHack") {
		r.Logf(short, compat.LevelInfo, nil, "AH01784: applying AuthDigestEnableQueryStringHack to uri <%s>", first.Target)
		said.query = asked.query
	}
	if r.Method == "CONNECT" {
		if asked.hostinfo == nil || c.uri != *asked.hostinfo {
			r.Logf(short, compat.LevelError, nil, "AH01785: uri mismatch - <%s> does not match request-uri <%s>", c.uri, text(asked.hostinfo))
			return 400
		}
		return compat.OK
	}
	if !means(r, &said, &asked) {
		r.Logf(short, compat.LevelError, nil, "AH01786: uri mismatch - <%s> does not match request-uri <%s>", c.uri, first.Target)
		return 400
	}
	return compat.OK
}

// means reports whether said is another way to write asked.
func means(r *compat.Request, said, asked *uri) bool {
	host, port := compat.ServerName(r), compat.ServerPort(r)
	if text(asked.host) != "" {
		host = *asked.host
	}
	if text(asked.port) != "" {
		port = asked.number
	}
	if text(said.host) != "" {
		if !strings.EqualFold(*said.host, host) || said.port == nil && port != portOf(compat.Scheme(r)) {
			return false
		}
	}
	if said.port != nil && said.number != port {
		return false
	}
	star := text(said.path) == "*" && asked.path == nil && asked.host != nil
	return (star || same(said.path, asked.path)) && same(said.query, asked.query)
}

func same(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }
