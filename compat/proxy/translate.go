package proxy

import (
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// detect finds the requests whose client takes us for its proxy (proxy_detect):
// what they ask for is not ours.
func detect(r *compat.Request, s *upstream.Server) compat.Status {
	if !s.On() || !r.IsInitial() || r.Proxied {
		return compat.Declined
	}
	if r.Method == "CONNECT" {
		if strings.HasPrefix(r.Target, "/") {
			return compat.Declined
		}
		return forward(r)
	}
	u, ok := upstream.ParseURL(r.Target)
	if !ok || u.Scheme == "" {
		return compat.Declined
	}
	port := u.Port
	if port == 0 {
		port = upstream.DefaultPort(compat.Scheme(r))
	}
	if u.Host != "" && strings.EqualFold(u.Scheme, compat.Scheme(r)) && r.Host.AnswersTo(strings.Trim(u.Host, "[]"), port) {
		return compat.Declined
	}
	return forward(r)
}

func forward(r *compat.Request) compat.Status {
	r.Forward, r.Proxied = true, true
	r.Path = r.Target
	r.Filename, r.Handler = "proxy:"+r.Target, handlerName
	return compat.Declined
}

// preTranslate tries the mappings that see the path as it was sent.
func preTranslate(r *compat.Request, _ *early) compat.Status {
	return try(r, upstream.ServerOf(r), true)
}

// translate tries the others.
func translate(r *compat.Request, s *upstream.Server) compat.Status {
	return try(r, s, false)
}

// mismatch tells that a mapping is not for a request.
const mismatch compat.Status = 100

// try finds the first mapping for r: that of its section, or of the host's
// list (proxy_trans).
func try(r *compat.Request, s *upstream.Server, early bool) compat.Status {
	if r.Proxied {
		if early {
			return compat.Done
		}
		return compat.OK
	}
	if !strings.HasPrefix(r.Path, "/") || r.Target == "*" || r.Env.Has("no-proxy") || r.Method == "CONNECT" {
		return compat.Declined
	}
	d := upstream.DirOf(r)
	if d.Alias != nil && d.Alias.Encoded == early {
		if status := match(r, s, d, d.Alias); status != mismatch {
			return status
		}
	}
	for _, a := range s.Aliases {
		if a.Encoded != early {
			continue
		}
		if status := match(r, s, d, a); status != mismatch {
			return status
		}
	}
	return compat.Declined
}

// match makes r one for a worker, if a is for it (ap_proxy_trans_match).
func match(r *compat.Request, s *upstream.Server, d *upstream.Dir, a *upstream.Alias) compat.Status {
	fake, real := a.Fake, a.Real
	if a.Interpolate && d.Interpolates() {
		fake, real = upstream.Interpolate(r, fake), upstream.Interpolate(r, real)
	}
	m := mapping{r: r, nocanon: a.NoCanon, fake: fake, real: real}
	switch {
	case a.Match != nil:
		m.pattern(a.Match)
	case a.Servlet:
		m.servlet()
	default:
		m.prefix()
	}
	switch {
	case m.failed:
		return 500
	case !m.ok:
		return mismatch
	case real == "!":
		return compat.Declined
	case m.unsafe:
		r.Logf("proxy", compat.LevelWarn, nil, "AH01136: Unescaped URL path matched ProxyPass; ignoring unsafe nocanon")
	}
	for _, scheme := range s.Site.Schemes {
		if scheme.Trans == nil {
			continue
		}
		if status := scheme.Trans(r, m.url); status != compat.Declined {
			if status != compat.OK {
				return mismatch
			}
			break
		}
	}
	r.Filename, r.Handler, r.Proxied = m.filename(), handlerName, true
	if m.nocanon && !m.unsafe {
		r.Notes.Set("proxy-nocanon", "1")
	}
	if !a.Encoded {
		return compat.OK
	}
	r.Notes.Set("proxy-noencode", "1")
	if a.Servlet {
		r.Path = m.path
	}
	return compat.Done
}

// A mapping is one attempt to map r.
type mapping struct {
	r          *compat.Request
	fake, real string
	nocanon    bool // the path is passed on as it was sent

	ok     bool
	url    string
	file   string // "proxy:" and url, where that was made
	path   string // of r, normalized as servlet engines do
	unsafe bool   // the path as it was sent does not match: nocanon cannot be
	failed bool
}

// sent is the path and query of r as they were sent.
func sent(r *compat.Request) string {
	if strings.HasPrefix(r.Target, "/") && r.Main == nil && r.Prev == nil {
		return r.Target
	}
	if r.HasQuery {
		return r.RawPath + "?" + r.Query
	}
	return r.RawPath
}

func (m *mapping) pattern(re *pattern.Pattern) {
	uri := m.r.Path
	loc, err := re.Find(uri)
	if err != nil {
		m.r.Logf("proxy", compat.LevelCrit, nil, "pattern '%s' of a ProxyPassMatch: %v", m.fake, err)
		m.failed = true
		return
	}
	if m.ok = loc != nil; !m.ok || m.real == "!" {
		return
	}
	if m.nocanon {
		raw := sent(m.r)
		if rawLoc, err := re.Find(raw); err == nil && rawLoc != nil {
			uri, loc = raw, rawLoc
		} else {
			m.unsafe = true
		}
	}
	// A target without groups has the path behind it.
	if m.url = pattern.Expand(m.real, uri, loc); m.url == m.real {
		m.url += uri
	}
}

func (m *mapping) prefix() {
	n := covered(m.r.Path, m.fake)
	if m.ok = n > 0; !m.ok {
		return
	}
	uri := m.r.Path
	if m.nocanon {
		raw := sent(m.r)
		if m.unsafe = covered(raw, m.fake) != n; !m.unsafe {
			uri = raw
		}
	}
	m.file = "proxy:" + m.real + uri[n:]
	m.url = m.file[len("proxy:"):]
}

// filename is what says where r goes.
func (m *mapping) filename() string {
	if m.file != "" {
		return m.file
	}
	return "proxy:" + m.url
}

// covered is how many bytes of path the prefix fake covers, 0 if it does not:
// whole components, and any number of slashes equals any other (alias_match).
func covered(path, fake string) int {
	p, f := 0, 0
	for f < len(fake) && p < len(path) {
		if fake[f] != '/' {
			if path[p] != fake[f] {
				return 0
			}
			p, f = p+1, f+1
			continue
		}
		if path[p] != '/' {
			return 0
		}
		for f < len(fake) && fake[f] == '/' {
			f++
		}
		for p < len(path) && path[p] == '/' {
			p++
		}
	}
	if f < len(fake) || fake == "" {
		return 0
	}
	if fake[len(fake)-1] != '/' && p < len(path) && path[p] != '/' {
		return 0
	}
	return p
}

// canonical makes the URLs that requests go to canonical (proxy_fixup).
func canonical(r *compat.Request) compat.Status {
	if !proxied(r) {
		return compat.Declined
	}
	return canon(r)
}

func canon(r *compat.Request) compat.Status {
	if !r.Forward {
		if status := upstream.SplitSocket(r); status != compat.OK {
			return status
		}
	}
	return upstream.ServerOf(r).Site.Canon(r)
}
