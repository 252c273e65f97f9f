package alias

import (
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// failed is the answer where an expression or a substitution went wrong.
const failed compat.Status = 500

// translate maps r to a file, or sends its client elsewhere
// (translate_alias_redir).
func translate(r *compat.Request, c *config) compat.Status {
	if r.Path != "" && r.Path[0] != '/' {
		return compat.Declined
	}
	if s := redirect(r, c, c.redirects); s != compat.Declined {
		return s
	}
	if c.here != nil {
		return c.here.alias(r, on(c.preserve))
	}
	for i := range c.aliases {
		e := &c.aliases[i]
		name, ok, s := e.target(r, false)
		if s != compat.OK {
			return s
		}
		if ok {
			setFile(r, name, e.handler)
			return compat.OK
		}
	}
	return compat.Declined
}

// fixup obeys the Redirects of sections that were not known when URLs were
// translated (fixup_redir).
func fixup(r *compat.Request, c *config) compat.Status { return redirect(r, c, c.inner) }

func redirect(r *compat.Request, c *config, list []entry) compat.Status {
	if c.gone != nil {
		return answer(r, c, c.gone.redirectTo(r), c.gone.status)
	}
	for i := range list {
		e := &list[i]
		to, ok, s := e.target(r, true)
		if s != compat.OK {
			return s
		}
		if ok {
			return answer(r, c, to, e.status)
		}
	}
	return compat.Declined
}

// target is what e makes of r's path; ok is false if e does not match.
func (e *entry) target(r *compat.Request, redirect bool) (to string, ok bool, s compat.Status) {
	if e.match != nil {
		return e.expand(r, redirect)
	}
	n := matches(r.Path, e.fake)
	if n == 0 {
		return "", false, compat.OK
	}
	r.ContextPrefix, r.ContextRoot = e.fake, e.real
	rest := r.Path[n:]
	if redirect {
		rest = compat.EscapePath(rest)
	}
	return e.real + rest, true, compat.OK
}

func (e *entry) expand(r *compat.Request, redirect bool) (to string, ok bool, s compat.Status) {
	groups, err := e.match.Find(r.Path)
	if err != nil {
		r.Logf("alias", compat.LevelError, nil, "pattern '%s' of an Alias or Redirect: %v", e.fake, err)
		return "", false, failed
	}
	if groups == nil || e.real == "" {
		return "", groups != nil, compat.OK
	}
	to = pattern.Expand(e.real, r.Path, groups)
	if redirect {
		to = escapeURL(to)
	}
	return to, true, compat.OK
}

// alias maps r to what the expression of a section says (try_alias).
func (x *expressed) alias(r *compat.Request, preserve bool) compat.Status {
	name := x.to.Eval(compat.ExprContext(r))
	if preserve {
		if n := matches(r.Path, x.fake); n > 0 {
			r.ContextPrefix, r.ContextRoot = x.fake, name
			name += r.Path[n:]
		}
	}
	setFile(r, name, x.handler)
	return compat.OK
}

func (x *expressed) redirectTo(r *compat.Request) string {
	if x.to == nil {
		return ""
	}
	return escapeURL(x.to.Eval(compat.ExprContext(r)))
}

// setFile makes name, relative to ServerRoot, the file of r.
func setFile(r *compat.Request, name, handler string) {
	if handler != "" {
		r.Handler = handler
		r.Notes.Set("alias-forced-type", handler)
	}
	if !strings.HasPrefix(name, "/") {
		name = r.Host.Build.Tree.Root + "/" + name
	}
	r.Filename = compat.CleanFilename(name)
}

// answer ends r with status, and for a redirection with the place to go.
func answer(r *compat.Request, c *config, to string, status int) compat.Status {
	if !isRedirect(status) {
		return compat.Status(status)
	}
	if strings.HasPrefix(to, "/") && !on(c.relative) {
		to = compat.ConstructURL(r, to)
	}
	if !strings.HasPrefix(to, "/") && !compat.IsURL(to) {
		r.Logf("alias", compat.LevelError, nil, "AH00674: cannot redirect '%s' to '%s'; "+
			"target is not a valid absoluteURI or abs_path", r.Path, to)
		return failed
	}
	if r.HasQuery && !strings.Contains(to, "?") {
		to += "?" + r.Query
	}
	r.Out.Set("Location", to)
	return compat.Status(status)
}

// escapeURL escapes what is before the query of a URL, and leaves out the port
// its scheme has anyway.
func escapeURL(url string) string {
	base, rest := url, ""
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		base, rest = url[:i], url[i:]
	}
	return compat.EscapePath(withoutPort(base)) + rest
}

func withoutPort(url string) string {
	for _, known := range [...][2]string{{"http://", ":80"}, {"https://", ":443"}} {
		authority, ok := strings.CutPrefix(url, known[0])
		if !ok {
			continue
		}
		path := ""
		if i := strings.IndexByte(authority, '/'); i >= 0 {
			authority, path = authority[:i], authority[i:]
		}
		return known[0] + strings.TrimSuffix(authority, known[1]) + path
	}
	return url
}

func on(b *bool) bool { return b != nil && *b }
