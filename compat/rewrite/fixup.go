package rewrite

import (
	"strings"

	"understudy/compat"
)

// redirectHandler is the handler that asks for what rules of a section made.
const redirectHandler = "redirect-handler"

// fixup applies the rules of a section to the name of a file (hook_fixup).
func fixup(r *compat.Request, c *section) compat.Status {
	if !isOn(c.engine) || c.dir == "" || !c.options.has(allowNoSlash) && !isProxied(r) && r.Filename+"/" == c.dir {
		return compat.Declined
	}
	if ended(r) {
		logTo(r, 8, 5313, c.dir, "Declining, no further rewriting due to END flag")
		return compat.Declined
	}
	if r.Opts()&(compat.OptFollowSymLinks|compat.OptSymLinksIfOwnerMatch) == 0 {
		r.Logf("rewrite", compat.LevelError, nil, "AH00670: Options FollowSymLinks and SymLinksIfOwnerMatch are both off, "+
			"so the RewriteRule directive is also forbidden due to its similar ability to circumvent directory "+
			"restrictions : %s", r.Filename)
		return 403
	}
	p := newPass(r, c)
	file, query, has := r.Filename, r.Query, r.HasQuery
	if file == "" {
		r.Filename = r.Path
		p.trace(2, 5343, "init rewrite engine with requested uri %s", r.Filename)
	}
	result := p.run(c.rules)
	if result == unchanged {
		p.trace(1, 5616, "pass through %s", r.Filename)
		r.Filename = file
		return compat.Declined
	}
	if status := p.check(result, "AH10411"); status != compat.OK {
		return status
	}
	switch {
	case isProxied(r):
		return p.handToProxy(result, "AH10160", 5418)
	case scheme(r.Filename).length > 0:
		p.replaceInURL()
		return p.sendTo(result, query, has, redirectLines{5474, 5491, 5508})
	}
	return p.redirectLocal(file)
}

// replaceInURL puts RewriteBase into a URL of our own that has the directory
// for a path: that is what a relative substitution has become.
func (p *pass) replaceInURL() {
	r := p.r
	if p.conf.base == nil {
		return
	}
	start := scheme(r.Filename).length
	slash := strings.IndexByte(r.Filename[start:], '/')
	if slash < 0 || start+slash+1 == len(r.Filename) {
		return
	}
	start += slash + 1
	p.trace(2, 5434, "trying to replace prefix %s with %s", p.conf.dir, *p.conf.base)
	r.Filename = r.Filename[:start] + p.replacePrefix(r.Filename[start:], strings.TrimPrefix(p.conf.dir, "/"), (*p.conf.base)[1:])
}

// redirectLocal leaves a local URL for the handler to ask for.
func (p *pass) redirectLocal(file string) compat.Status {
	r := p.r
	r.Filename = strings.TrimPrefix(r.Filename, passThroughPrefix)
	if !strings.HasPrefix(r.Filename, "/") {
		return 400
	}
	if file != "" && r.Filename == file {
		p.trace(1, 5540, "initial URL equal rewritten URL: %s [IGNORING REWRITE]", r.Filename)
		return compat.OK
	}
	r.Filename = p.toURL(r.Filename)
	r.Notes.Set("redirect-keeps-vary", "")
	p.trace(1, 5608, "internal redirect with %s [INTERNAL REDIRECT]", r.Filename)
	r.Filename = redirectPrefix + r.Filename
	r.Handler = redirectHandler
	return compat.OK
}

// toURL is the URL of a file: RewriteBase in place of the directory, or what is
// below DocumentRoot, or below what an Alias has led to.
func (p *pass) toURL(name string) string {
	r, url := p.r, name
	if p.conf.base != nil {
		p.trace(2, 5554, "trying to replace prefix %s with %s", p.conf.dir, *p.conf.base)
		url = p.replacePrefix(name, p.conf.dir, *p.conf.base)
	} else if root := strings.TrimSuffix(compat.DocumentRoot(r), "/"); strings.HasPrefix(name, root+"/") {
		url = name[len(root):]
		p.trace(2, 5575, "strip document_root prefix: %s -> %s", name, url)
		return url // Even where that is the same.
	}
	if url == name && !p.conf.options.has(ignoreContextInfo) {
		root := compat.ContextRoot(r)
		p.trace(2, 5596, "trying to replace context docroot %s with context prefix %s", root, r.ContextPrefix)
		url = p.replacePrefix(name, root, r.ContextPrefix)
	}
	return url
}

// replacePrefix puts with in place of prefix, a directory, at the beginning of
// name, if it is there (subst_prefix_path).
func (p *pass) replacePrefix(name, prefix, with string) string {
	rest, ok := strings.CutPrefix(name, strings.TrimSuffix(prefix, "/")+"/")
	if !ok {
		return name
	}
	p.note(5, 1087, "strip matching prefix: %s -> %s", name, rest)
	if with != "" && !strings.HasSuffix(with, "/") {
		with += "/"
	}
	p.note(4, 1105, "add subst prefix: %s -> %s", rest, with+rest)
	return with + rest
}

// redirect is the handler for what redirectLocal left (handler_redirect).
func redirect(r *compat.Request, _ *section) compat.Status {
	uri, ok := strings.CutPrefix(r.Filename, redirectPrefix)
	if r.Handler != redirectHandler || !ok {
		return compat.Declined
	}
	if r.HasQuery {
		uri += "?" + r.Query
	}
	return r.Engine.Redirect(r, uri)
}
