package dir

import (
	"strings"

	"understudy/compat"
)

// magicType is what a directory has for a type, and so for a handler.
const magicType = "httpd/unix-directory"

// rewriteHandler is what mod_rewrite leaves for the redirect it will make.
const rewriteHandler = "redirect-handler"

// defaultIndex is the index where nothing is said.
var defaultIndex = []string{"index.html"}

// fixup runs last of the fixups (dir_fixups).
func fixup(r *compat.Request, c *config) compat.Status {
	switch {
	case r.IsDir():
		return directory(r, c)
	case r.Info == nil && r.Handler == "":
		return fallback(r, c)
	}
	return compat.Declined
}

func directory(r *compat.Request, c *config) compat.Status {
	if r.Handler == "" {
		r.Handler = magicType
	}
	if r.PathInfo != "" {
		return compat.Declined
	}
	if !strings.HasSuffix(r.Path, "/") {
		return addSlash(r, c)
	}
	// mod_rewrite is about to redirect, or another handler was asked for.
	if r.Handler == rewriteHandler || on(c.checkHandler) && r.Handler != magicType {
		if r.ContentType == magicType {
			r.ContentType = ""
		}
		return compat.Declined
	}
	names := c.index
	if names == nil {
		names = defaultIndex
	}
	return index(r, c, names)
}

func addSlash(r *compat.Request, c *config) compat.Status {
	if c.slash != nil && !*c.slash {
		return compat.Declined
	}
	if r.Method != "GET" && r.Method != "HEAD" && r.Env.Has("redirect-carefully") {
		return compat.Declined
	}
	location := compat.EscapePath(r.Path) + "/"
	if r.HasQuery {
		location += "?" + r.Query
	}
	r.Out.Set("Location", compat.ConstructURL(r, location))
	return 301
}

// index tries the names in order (fixup_dir).
func index(r *compat.Request, c *config, names []string) compat.Status {
	var failed compat.Status
	for i, name := range names {
		sub := r.Engine.Lookup(r, withQuery(r, name), "GET")
		if usable(sub) {
			if c.redirect != nil && isRedirect(*c.redirect) {
				r.Out.Set("Location", compat.ConstructURL(r, sub.Path))
				return compat.Status(*c.redirect)
			}
			r.Engine.Adopt(r, sub)
			return compat.OK
		}
		last := i == len(names)-1
		switch s := sub.Status; {
		case isRedirect(s), last && (s == 406 || s == 401):
			inherit(r, sub)
			return compat.Status(s)
		case s != 0 && s != 404 && s != 200:
			// Something is there: no listing may take its place.
			failed = compat.Status(s)
		}
	}
	if failed != 0 {
		return failed
	}
	r.Notes.Set("dir-index-names", strings.Join(names, ","))
	return compat.Declined
}

// fallback answers with FallbackResource what would not be found (fixup_dflt).
func fallback(r *compat.Request, c *config) compat.Status {
	if c.fallback == "" || strings.EqualFold(c.fallback, "disabled") {
		return compat.Declined
	}
	sub := r.Engine.Lookup(r, withQuery(r, c.fallback), "GET")
	if usable(sub) {
		r.Engine.Adopt(r, sub)
		return compat.OK
	}
	switch s := sub.Status; {
	case isRedirect(s):
		inherit(r, sub)
		return compat.Status(s)
	case s != 0 && s != 404 && s != 200:
		return compat.Status(s)
	}
	return compat.Declined
}

// usable reports whether a lookup found a file. It is very liberal: "/x/i.html"
// may be "/x" with a path behind it, so only a regular file counts, or what is
// proxied.
func usable(sub *compat.Request) bool {
	return sub.Status == 200 &&
		(sub.Handler == "proxy-server" || sub.Info != nil && sub.Info.Mode().IsRegular())
}

// inherit takes over what an answer that is passed on consists of. What r says
// itself comes first.
func inherit(r, sub *compat.Request) {
	for _, v := range sub.Notes.All() {
		if !r.Notes.Has(v.Name) {
			r.Notes.Set(v.Name, v.Value)
		}
	}
	for _, f := range sub.Out.Fields() {
		r.Out.Add(f.Name, f.Value)
	}
	if r.Prev != nil && r.Status != 200 {
		return // r is an error document: the answer is to the error.
	}
	for _, f := range sub.ErrOut.Fields() {
		r.ErrOut.Add(f.Name, f.Value)
	}
}

func withQuery(r *compat.Request, name string) string {
	if r.HasQuery {
		return name + "?" + r.Query
	}
	return name
}

func on(b *bool) bool { return b != nil && *b }
