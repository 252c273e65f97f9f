package rewrite

import (
	"os"
	"strings"

	"understudy/compat"
)

// Notes and names by which the hooks know what rules have said.
const (
	passed          = "passthrough:"
	again           = "redirect:"
	redirectHandler = "redirect-handler"
	endNote         = "rewrite-end"
	typeNote        = "rewrite-forced-mimetype"
	handlerNote     = "rewrite-forced-handler"
	reducedNote     = "mod_rewrite_uri_reduced"
)

func (c *config) on() bool { return c.engine != nil && *c.engine }

// ended reports whether a rule with END has matched, here or before a
// redirection led here.
func ended(r *compat.Request) bool {
	for ; r != nil; r = r.Prev {
		if r.Notes.Has(endNote) {
			return true
		}
	}
	return false
}

// translate applies the rules of the host (hook_uri2file).
func translate(r *compat.Request, c *config) compat.Status {
	own := slot.OfServer(r.Host)
	if !c.on() || own == nil || own.server == nil {
		return compat.Declined
	}
	x := &context{r: r}
	switch {
	case ended(r):
		x.log(8, "Declining, no further rewriting due to END flag")
		return compat.Declined
	case !c.options.has(allowAnyURI) && !strings.HasPrefix(r.Path, "/"):
		x.log(8, "Declining, request-URI '%s' is not a URL-path. Consult the manual entry for the RewriteOptions directive "+
			"for options and caveats about matching other strings.", r.Path)
		return compat.Declined
	}
	query := r.Query
	scriptURL(r)
	if r.Filename == "" {
		r.Filename = r.Path
		x.log(2, "init rewrite engine with requested uri %s", r.Filename)
	} else {
		x.log(2, "init rewrite engine with passed filename %s. Original uri = %s", r.Filename, r.Path)
	}
	result, by := x.run(own.server.rules)
	if result == unchanged {
		x.log(1, "pass through %s", r.Filename)
		r.Filename = ""
		return compat.Declined
	}
	if status, over := x.leave(result, query, "AH10410", "AH00669"); over {
		return status
	}
	if rest, ok := strings.CutPrefix(r.Filename, passed); ok {
		r.Path, r.Filename = rest, ""
		return compat.Declined
	}
	return x.local(own.server, by)
}

// scriptURL tells scripts what was asked for.
func scriptURL(r *compat.Request) {
	url := r.Path
	if r.Main != nil {
		url = r.Main.Env.Get("SCRIPT_URL")
	} else if v, ok := r.Env.Lookup("REDIRECT_SCRIPT_URL"); ok {
		url = v
	}
	r.Env.Set("SCRIPT_URL", url)
	r.Env.Set("SCRIPT_URI", compat.Scheme(r)+"://"+compat.ServerName(r)+port(r)+url)
}

// leave sees to what does not end in a file: a status, a proxy, a redirection.
// query is the query string before the rules.
func (x *context) leave(result outcome, query, badQuery, noProxy string) (status compat.Status, over bool) {
	r := x.r
	scheme, _ := absolute(r.Filename)
	if r.HasQuery && (scheme == 0 || result == unescaped) && !printable(r.Query) {
		r.Logf("rewrite", compat.LevelError, nil, "%s: Rewritten query string contains control characters or spaces", badQuery)
		return 403, true
	}
	switch {
	case result == answered:
		status = compat.Status(r.Status)
		r.Status = 200
		return status, true
	case len(r.Filename) > 6 && strings.HasPrefix(r.Filename, "proxy:"):
		return x.proxy(result, noProxy), true
	case scheme > 0:
		return x.redirect(result, scheme, query), true
	}
	return 0, false
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// proxy hands the request to mod_proxy.
func (x *context) proxy(result outcome, noProxy string) compat.Status {
	r := x.r
	if r.Host.Build.Loaded("proxy_module") == nil {
		r.Logf("rewrite", compat.LevelError, nil, "%s: attempt to make remote request from mod_rewrite without proxy enabled: %s",
			noProxy, r.Filename)
		return 403
	}
	if result == unescaped {
		r.Notes.Set("proxy-nocanon", "1")
	}
	if x.dir == "" {
		r.Filename += r.PathInfo
	}
	if r.HasQuery && result == unescaped {
		r.Filename += "?" + r.Query
	}
	r.Handler = "proxy-server"
	x.log(1, "go-ahead with proxy request %s [OK]", r.Filename)
	return compat.OK
}

// redirect sends the client elsewhere.
func (x *context) redirect(result outcome, scheme int, query string) compat.Status {
	r := x.r
	if base := slot.Of(r).base; x.dir != "" && base != "" {
		if slash := strings.IndexByte(r.Filename[scheme:], '/'); slash >= 0 && scheme+slash+1 < len(r.Filename) {
			x.log(2, "trying to replace prefix %s with %s", x.dir, base)
			at := scheme + slash + 1
			r.Filename = r.Filename[:at] + x.replacePrefix(r.Filename[at:], strings.TrimPrefix(x.dir, "/"), base[1:])
		}
	}
	if result != unescaped {
		x.log(1, "escaping %s for redirect", r.Filename)
		r.Filename = escapeAbsolute(r.Filename, scheme)
	}
	if r.HasQuery {
		args := r.Query
		if result != unescaped && args != query {
			args = compat.EscapePath(args)
			x.log(1, "escaping %s to query string for redirect %s", r.Query, args)
		} else {
			x.log(1, "copying %s to query string for redirect ", r.Query)
		}
		r.Filename += "?" + args
	}
	status := compat.Status(302)
	if r.Status >= 300 && r.Status <= 399 {
		status = compat.Status(r.Status)
		r.Status = 200
	}
	r.Out.Set("Location", r.Filename)
	x.log(1, "redirect to %s [REDIRECT/%d]", r.Filename, status)
	return status
}

// local makes a file name of what the rules came to: as it is where its first
// part is there, else below DocumentRoot.
func (x *context) local(s *server, by *rule) compat.Status {
	r := x.r
	x.log(2, "local path result: %s", r.Filename)
	if !strings.HasPrefix(r.Filename, "/") {
		return 400
	}
	reduced := s.options&legacyPrefixDocRoot == 0 && r.Notes.Has(reducedNote)
	if s.options&unsafePrefixStat != 0 {
		by = nil
	}
	if reduced || !x.prefixIsThere(r.Filename, by) {
		r.Filename = compat.CleanFilename(strings.TrimSuffix(compat.DocumentRoot(r), "/") + r.Filename)
		r.CanonicalFilename = r.Filename
		x.log(2, "prefixed with document_root to %s", r.Filename)
	}
	x.log(1, "go-ahead with %s [OK]", r.Filename)
	return compat.OK
}

// prefixIsThere reports whether the first part of path is on this machine, and
// the rule meant that (prefix_stat).
func (x *context) prefixIsThere(path string, by *rule) bool {
	first := path
	if slash := strings.IndexByte(path[1:], '/'); slash >= 0 {
		first = path[:slash+1]
	}
	if _, err := os.Stat(first); err != nil {
		return false
	}
	if by == nil || by.flags&ruleUnsafePrefixStat != 0 {
		return true
	}
	return strings.HasPrefix(by.output, first) || strings.HasPrefix(path, compat.DocumentRoot(x.r)) ||
		strings.HasPrefix(path, contextRoot(x.r))
}

// fixup applies the rules of a directory (hook_fixup).
func fixup(r *compat.Request, c *config) compat.Status {
	if !c.on() || c.dir == "" {
		return compat.Declined
	}
	x := &context{r: r, dir: c.dir}
	if !strings.HasPrefix(r.Filename, "proxy:") && !c.options.has(allowNoSlash) && r.Filename+"/" == c.dir {
		return compat.Declined
	}
	if ended(r) {
		x.log(8, "Declining, no further rewriting due to END flag")
		return compat.Declined
	}
	if r.Opts()&(compat.OptFollowSymLinks|compat.OptSymLinksIfOwnerMatch) == 0 {
		r.Logf("rewrite", compat.LevelError, nil, "AH00670: Options FollowSymLinks and SymLinksIfOwnerMatch are both off, so the "+
			"RewriteRule directive is also forbidden due to its similar ability to circumvent directory restrictions : %s", r.Filename)
		return 403
	}
	file, query := r.Filename, r.Query
	if r.Filename == "" {
		r.Filename = r.Path
		x.log(2, "init rewrite engine with requested uri %s", r.Filename)
	}
	result, _ := x.run(c.rules)
	if result == unchanged {
		x.log(1, "pass through %s", r.Filename)
		r.Filename = file
		return compat.Declined
	}
	if status, over := x.leave(result, query, "AH10411", "AH10160"); over {
		return status
	}
	r.Filename = strings.TrimPrefix(r.Filename, passed)
	if !strings.HasPrefix(r.Filename, "/") {
		return 400
	}
	if r.Filename == file {
		x.log(1, "initial URL equal rewritten URL: %s [IGNORING REWRITE]", r.Filename)
		return compat.OK
	}
	x.backToURL(c)
	r.Notes.Set("redirect-keeps-vary", "")
	x.log(1, "internal redirect with %s [INTERNAL REDIRECT]", r.Filename)
	r.Filename = again + r.Filename
	r.Handler = redirectHandler
	return compat.OK
}

// backToURL makes a URL of a file name again: by RewriteBase, or by what of it
// is DocumentRoot or the directory of an Alias.
func (x *context) backToURL(c *config) {
	r := x.r
	file := r.Filename
	if c.base != "" {
		x.log(2, "trying to replace prefix %s with %s", c.dir, c.base)
		r.Filename = x.replacePrefix(r.Filename, c.dir, c.base)
	} else {
		root := strings.TrimSuffix(compat.DocumentRoot(r), "/")
		if rest, ok := strings.CutPrefix(r.Filename, root); ok && strings.HasPrefix(rest, "/") {
			x.log(2, "strip document_root prefix: %s -> %s", r.Filename, rest)
			r.Filename = rest
			return
		}
	}
	if r.Filename == file && !c.options.has(ignoreContextInfo) && r.ContextRoot != "" {
		x.log(2, "trying to replace context docroot %s with context prefix %s", r.ContextRoot, r.ContextPrefix)
		r.Filename = x.replacePrefix(r.Filename, r.ContextRoot, r.ContextPrefix)
	}
}

// replacePrefix puts subst in the place of the directory match (subst_prefix_path).
func (x *context) replacePrefix(s, match, subst string) string {
	rest, ok := strings.CutPrefix(s, strings.TrimSuffix(match, "/"))
	if !ok || !strings.HasPrefix(rest, "/") {
		return s
	}
	rest = rest[1:]
	x.log(5, "strip matching prefix: %s -> %s", s, rest)
	if subst != "" && !strings.HasSuffix(subst, "/") {
		subst += "/"
	}
	x.log(4, "add subst prefix: %s -> %s", rest, subst+rest)
	return subst + rest
}

// force gives the file the type and handler that a rule named (hook_mimetype).
func force(r *compat.Request, _ *config) compat.Status {
	if t := r.Notes.Get(typeNote); t != "" {
		r.ContentType = t
	}
	if h := r.Notes.Get(handlerNote); h != "" {
		r.Handler = h
	}
	return compat.OK
}

// redirect answers with another URL of this server (handler_redirect).
func redirect(r *compat.Request, _ *config) compat.Status {
	url, ok := strings.CutPrefix(r.Filename, again)
	if r.Handler != redirectHandler || !ok {
		return compat.Declined
	}
	if r.HasQuery {
		url += "?" + r.Query
	}
	return r.Engine.Redirect(r, url)
}
