package proxyfcgi

import (
	"strings"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

var rules = upstream.CanonRules{Module: "proxy_fcgi", BadURL: "AH01059", BadPath: "AH10414"}

// wholePath is a note on requests whose path is to be looked for on disk, so
// that it is known where the script ends.
const wholePath = "proxy-fcgi-dirwalk"

// canon makes the file name canonical, and takes PATH_INFO off it as the
// variable proxy-fcgi-pathinfo says (proxy_fcgi_canon).
func canon(r *compat.Request, url string) compat.Status {
	rest, ok := upstream.CutScheme(url, "fcgi")
	if !ok {
		return compat.Declined
	}
	if status := upstream.Canon(r, "fcgi", rest, &rules); status != compat.OK {
		return status
	}
	kind, has := r.Env.Lookup("proxy-fcgi-pathinfo")
	if !has {
		return compat.OK
	}
	start := len("proxy:fcgi://")
	start += strings.IndexByte(r.Filename[start:], '/') + 1
	path := r.Filename[start:]
	switch strings.ToLower(kind) {
	case "full":
		r.Notes.Set(wholePath, "1")
	case "first-dot":
		splitAt(r, start, strings.IndexByte(path, '.'))
	case "last-dot":
		splitAt(r, start, strings.LastIndexByte(path, '.'))
	case "unescape":
		r.PathInfo = unescape("/" + path)
	default:
		r.PathInfo = "/" + path
	}
	return compat.OK
}

// splitAt makes what follows the first slash behind a dot the path info; the
// file name keeps it.
func splitAt(r *compat.Request, start, dot int) {
	if dot < 0 {
		return
	}
	path := r.Filename[start:]
	if i := strings.IndexByte(path[dot:], '/'); i >= 0 {
		r.PathInfo = unescape(path[dot+i:])
	}
}

// unescape decodes a path but for slashes (ap_unescape_url_keep2f).
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, ok := compat.Unhex(s[i+1], s[i+2]); ok && c != '/' {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// environ makes r's environment what the script is told (send_environment).
func environ(r *compat.Request, c *config) {
	if r.Notes.Has(wholePath) {
		walk(r)
	}
	stripScheme(r, c)
	upstream.AddCGI(r)
	if c == nil || len(c.fixups) == 0 {
		return
	}
	for i := range c.fixups {
		f := &c.fixups[i]
		ctx := compat.ExprContext(r)
		switch {
		case !f.cond.Eval(ctx):
		case f.value == nil:
			r.Env.Unset(f.name)
		default:
			r.Env.Set(f.name, f.value.Eval(ctx))
		}
	}
}

// walk finds out which part of the path is a file.
func walk(r *compat.Request) {
	start := len("proxy:fcgi://")
	i := strings.IndexByte(r.Filename[start:], '/')
	if i < 0 {
		return
	}
	path := unescape(r.Filename[start+i:])
	sub := r.Engine.LookupFile(r, path)
	if sub != nil && sub.Info != nil && !sub.IsDir() {
		r.PathInfo = sub.PathInfo
		path = sub.Filename
	}
	r.Filename = path
}

// stripScheme leaves the path alone in the file name: php-fpm does that itself.
func stripScheme(r *compat.Request, c *config) {
	name, isBalancer := strings.CutPrefix(r.Filename, "proxy:balancer://")
	if !isBalancer {
		if c == nil || c.backend != "generic" {
			return
		}
		var ok bool
		if name, ok = strings.CutPrefix(r.Filename, "proxy:fcgi://"); !ok {
			return
		}
	}
	if i := strings.LastIndexByte(name, '?'); i >= 0 && r.Query != "" && name[i+1:] == r.Query {
		name = name[:i]
	}
	if i := strings.IndexByte(name, '/'); i >= 0 {
		r.Filename = name[i:]
	}
}
