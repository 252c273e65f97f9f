package rewrite

import (
	"os"
	"os/user"
	"path"
	"strings"

	"understudy/compat"
)

// translate applies the rules of a host to a URL path, and makes a file name,
// a redirection or a proxy's URL of it (hook_uri2file).
func translate(r *compat.Request, c *section) compat.Status {
	s := ofServer.OfServer(r.Host)
	if !isOn(c.engine) || s == nil || s.foreign {
		return compat.Declined
	}
	if ended(r) {
		logTo(r, 8, 4948, "", "Declining, no further rewriting due to END flag")
		return compat.Declined
	}
	if !c.options.has(allowAnyURI) && (r.Target == "*" || !strings.HasPrefix(r.Path, "/")) {
		logTo(r, 8, 4958, "", "Declining, request-URI '%s' is not a URL-path. Consult the manual entry for the "+
			"RewriteOptions directive for options and caveats about matching other strings.", r.Path)
		return compat.Declined
	}
	setScriptURL(r)
	p := newPass(r, nil)
	query, has := r.Query, r.HasQuery
	if r.Filename == "" {
		r.Filename = r.Path
		p.trace(2, 5016, "init rewrite engine with requested uri %s", r.Filename)
	} else {
		p.trace(2, 5020, "init rewrite engine with passed filename %s. Original uri = %s", r.Filename, r.Path)
	}
	result := p.run(s.rules)
	if result == unchanged {
		p.trace(1, 5244, "pass through %s", r.Filename)
		r.Filename = ""
		return compat.Declined
	}
	if status := p.check(result, "AH10410"); status != compat.OK {
		return status
	}
	switch {
	case isProxied(r):
		return p.handToProxy(result, "AH00669", 5107)
	case scheme(r.Filename).length > 0:
		return p.sendTo(result, query, has, redirectLines{5117, 5135, 5152})
	case strings.HasPrefix(r.Filename, passThroughPrefix):
		r.Path, r.Filename = r.Filename[len(passThroughPrefix):], ""
		return compat.Declined
	}
	return p.mapLocal(s)
}

// ended reports whether [END] was said for r, or for what it is a redirect of.
func ended(r *compat.Request) bool {
	for ; r != nil; r = r.Prev {
		if r.RewriteEnded {
			return true
		}
	}
	return false
}

// setScriptURL sets SCRIPT_URL and SCRIPT_URI: what the client asked for first.
func setScriptURL(r *compat.Request) {
	url := r.Path
	if r.Main != nil {
		url = r.Main.Env.Get("SCRIPT_URL")
	} else if first, ok := r.Env.Lookup("REDIRECT_SCRIPT_URL"); ok {
		url = first
	}
	r.Env.Set("SCRIPT_URL", url)
	r.Env.Set("SCRIPT_URI", compat.ConstructURL(r, url))
}

// check ends requests that rules refused, and those whose query would go on
// with bytes in it that a query cannot have.
func (p *pass) check(result outcome, number string) compat.Status {
	r := p.r
	escaped := scheme(r.Filename).length > 0 && result != changedNoEscape
	if r.HasQuery && !escaped && hasRawBytes(r.Query) {
		r.Logf("rewrite", compat.LevelError, nil, "%s: Rewritten query string contains control characters or spaces", number)
		return 403
	}
	if result == refused {
		status := r.Status
		r.Status = 200
		return compat.Status(status)
	}
	return compat.OK
}

// handToProxy leaves r for a proxy module, if there is one.
func (p *pass) handToProxy(result outcome, number string, line int) compat.Status {
	r := p.r
	if r.Host.Build.Loaded("proxy_module") == nil {
		r.Logf("rewrite", compat.LevelError, nil, "%s: attempt to make remote request from mod_rewrite without proxy "+
			"enabled: %s", number, r.Filename)
		return 403
	}
	if result == changedNoEscape {
		r.Notes.Set("proxy-nocanon", "1")
	}
	if p.conf == nil {
		r.Filename += r.PathInfo
	}
	if r.HasQuery && (r.Notes.Has("proxy-nocanon") || p.conf == nil && r.Proxied) {
		r.Filename += "?" + r.Query
	}
	r.Handler = "proxy-server"
	p.trace(1, line, "go-ahead with proxy request %s [OK]", r.Filename)
	return compat.OK
}

// mapLocal makes a path the file of the request: as it is, if its first part is
// there in the file system, else below DocumentRoot.
func (p *pass) mapLocal(s *server) compat.Status {
	r := p.r
	r.Filename = homePath(r.Filename)
	p.trace(2, 5177, "local path result: %s", r.Filename)
	if !strings.HasPrefix(r.Filename, "/") {
		return 400
	}
	reduced := r.Notes.Has(reducedNote) && !s.options.has(legacyPrefixDocRoot)
	if !p.isFilePath(s) || reduced {
		to := r.Filename
		if status := compat.MapBelowRoot(r, to); status != compat.OK {
			p.trace(1, 5229, "prefixing with document_root of %s FAILED", to)
			return status
		}
		p.trace(2, 5235, "prefixed with document_root to %s", r.Filename)
	}
	p.trace(1, 5239, "go-ahead with %s [OK]", r.Filename)
	r.Filename = compat.CleanFilename(r.Filename)
	return compat.OK
}

// isFilePath reports whether r.Filename is to be taken for the name of a file:
// its first part exists, and the rule that made it meant that. It did if its
// substitution begins with that part as it stands in the configuration, or if
// the whole is below DocumentRoot (prefix_stat).
func (p *pass) isFilePath(s *server) bool {
	first, _, _ := strings.Cut(strings.TrimLeft(p.r.Filename, "/"), "/")
	if first == ".." {
		return false
	}
	first = path.Join("/", first)
	p.r.Saw(first)
	if _, err := os.Stat(first); err != nil {
		return false
	}
	by := p.last
	if by == nil || s.options.has(unsafePrefixStat) {
		p.note(3, 1039, "prefix_stat no lastsub subst prefix %s", first)
		return true
	}
	safe := 0
	if by.flags.has(statPrefix) {
		safe = 1 << 22
	}
	p.note(3, 1043, "prefix_stat compare statpath %s and lastsub output %s STATOK %d ", first, by.written, safe)
	if by.flags.has(statPrefix) {
		return true
	}
	root, context := compat.DocumentRoot(p.r), compat.ContextRoot(p.r)
	return p.beginsWith(by.written, first) || p.beginsWith(p.r.Filename, root) ||
		context != root && p.beginsWith(p.r.Filename, context)
}

func (p *pass) beginsWith(s, prefix string) bool {
	yes := strings.HasPrefix(s, prefix)
	if p.tracing {
		p.note(5, 998, "prefix_stat startsWith(%s, %s) %d", s, prefix, number(yes))
	}
	return yes
}

// homePath is a path that begins with "/~user" below that user's home.
func homePath(name string) string {
	rest, ok := strings.CutPrefix(name, "/~")
	if !ok {
		return name
	}
	who, below := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		who, below = rest[:i], rest[i:]
	}
	if who == "" {
		return name
	}
	u, err := user.Lookup(who)
	if err != nil || u.HomeDir == "" {
		return name
	}
	if below == "" {
		return u.HomeDir
	}
	return strings.TrimSuffix(u.HomeDir, "/") + below
}
