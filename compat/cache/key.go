package cache

import (
	"fmt"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/cachestore"
)

// A prefix is a URL, or only a path, as CacheEnable and its like name it.
type prefix struct{ scheme, host, port, path, query string }

// newPrefix takes a URL apart (apr_uri_parse).
func newPrefix(text string) (p prefix) {
	if scheme, rest, ok := strings.Cut(text, "://"); ok && !strings.ContainsAny(scheme, "/?#") {
		p.scheme = scheme
		host := rest
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			host, rest = rest[:i], rest[i:]
		} else {
			rest = ""
		}
		host = host[strings.LastIndexByte(host, '@')+1:]
		if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
			host, p.port = host[:i], host[i+1:]
		}
		p.host, text = host, rest
	}
	text, _, _ = strings.Cut(text, "#")
	p.path, p.query, _ = strings.Cut(text, "?")
	if p.path == "" {
		p.path = "/"
	}
	return p
}

// covers reports whether a request for u is below p (uri_meets_conditions).
func (p prefix) covers(u prefix) bool {
	if p.scheme == "" {
		return u.scheme == "" && u.host == "" && strings.HasPrefix(u.path, p.path)
	}
	if !strings.EqualFold(p.scheme, u.scheme) {
		return false
	}
	if p.host != "" {
		end, wild := strings.CutPrefix(p.host, "*")
		wild = wild || strings.HasPrefix(p.host, ".")
		switch {
		case wild && (len(u.host) < len(end) || !strings.EqualFold(u.host[len(u.host)-len(end):], end)):
			return false
		case !wild && !strings.EqualFold(p.host, u.host):
			return false
		}
	}
	port, other := p.port, u.port
	if port == "" {
		port = compat.PortOfScheme(p.scheme)
	}
	if other == "" {
		other = compat.PortOfScheme(u.scheme)
	}
	return port == other && strings.HasPrefix(u.path, p.path)
}

// early reports whether the URL counts as it was sent (cache_use_early_url).
func (c *serverConfig) early(r *compat.Request) bool { return r.Forward || c.isQuick() }

func (c *serverConfig) isQuick() bool { return c.quick == nil || *c.quick }

// urlOf is the URL of r.
func (c *serverConfig) urlOf(r *compat.Request) prefix {
	u := prefix{path: r.RawPath, query: r.Query}
	if strings.Contains(r.Target, "://") && !strings.HasPrefix(r.Target, "/") {
		u = newPrefix(r.Target)
	}
	if !c.early(r) {
		u.path, u.query = r.Path, r.Query
	}
	return u
}

// providers are who may keep the answer to r (cache_get_providers).
func (c *serverConfig) providers(r *compat.Request, place *config) []*cachestore.Provider {
	if is(place.disabled) {
		return nil
	}
	u := c.urlOf(r)
	for _, p := range c.disabled {
		if p.covers(u) {
			return nil
		}
	}
	var list []*cachestore.Provider
	add := func(kind string) {
		p := cachestore.Find(r.Host.Build, kind)
		for _, known := range list {
			if known == p {
				return
			}
		}
		if p != nil {
			list = append(list, p)
		}
	}
	for _, e := range place.enabled {
		add(e.kind)
	}
	for _, e := range c.enabled {
		if e.url.covers(u) {
			add(e.kind)
		}
	}
	return list
}

// key is what the answer to r is kept under (cache_canonicalise_key).
func (c *serverConfig) key(r *compat.Request) string {
	u := c.urlOf(r)
	base := or(c.base, prefix{})
	scheme, host, port := compat.Scheme(r), "", ""
	if base.scheme != "" {
		scheme = base.scheme
	}
	if r.Forward {
		host = strings.ToLower(u.host)
		if u.scheme != "" {
			scheme = strings.ToLower(u.scheme)
		}
		if port = u.port; port == "" {
			port = compat.PortOfScheme(scheme)
		}
		if host == "" {
			host = "_default_"
		}
	} else {
		switch host = base.host; {
		case base.port != "":
			port = base.port
		case base.host == "":
			port = fmt.Sprint(compat.ServerPort(r))
		}
		if host == "" {
			host = compat.ServerName(r)
		}
	}
	if port != "" {
		port = ":" + port
	}
	path, query := c.withoutSession(u.path, u.query)
	return scheme + "://" + host + port + path + "?" + query
}

// withoutSession leaves out parameters that name a session.
func (c *serverConfig) withoutSession(path, query string) (string, string) {
	if is(c.ignoreQuery) {
		query = ""
	}
	for _, name := range c.ignoreSessions {
		if i := strings.LastIndexByte(path, ';'); i >= 0 {
			if value, ok := strings.CutPrefix(path[i+1:], name+"="); ok && !strings.Contains(value, "/") {
				path = path[:i]
				continue
			}
		}
		query = withoutParameter(query, name+"=")
	}
	return path, query
}

func withoutParameter(query, start string) string {
	i := 0
	if !strings.HasPrefix(query, start) {
		if i = strings.Index(query, "&"+start); i < 0 {
			return query
		}
		i++
	}
	before, after := query[:i], query[i:]
	_, rest, more := strings.Cut(after, "&")
	if !more {
		return strings.TrimSuffix(before, "&")
	}
	return before + rest
}
