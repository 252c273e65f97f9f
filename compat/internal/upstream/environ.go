package upstream

import (
	"os"
	"strings"

	"understudy/compat"
)

// AddCGI sets the variables of CGI for r in its environment
// (ap_add_common_vars, ap_add_cgi_vars). They win over what others have set.
func AddCGI(r *compat.Request) {
	headerVars(r)
	core := r.Scope.Core
	set := r.Env.Set
	path := os.Getenv("PATH")
	if path == "" {
		path = "/bin:/usr/bin:/usr/ucb:/usr/bsd:/usr/local/bin"
	}
	set("PATH", path)
	set("SERVER_SIGNATURE", signature(r))
	set("SERVER_SOFTWARE", r.Host.Build.Core.Banner)
	set("SERVER_NAME", compat.EscapeHTML(compat.ServerName(r)))
	set("SERVER_ADDR", r.Conn.Local.Addr().Unmap().String())
	set("SERVER_PORT", itoa(compat.ServerPort(r)))
	if name := compat.RemoteHost(r); name != compat.ClientAddr(r) {
		set("REMOTE_HOST", name)
	}
	set("REMOTE_ADDR", compat.ClientAddr(r))
	set("DOCUMENT_ROOT", compat.DocumentRoot(r))
	set("REQUEST_SCHEME", compat.Scheme(r))
	set("CONTEXT_PREFIX", r.ContextPrefix)
	root := r.ContextRoot
	if root == "" {
		root = compat.DocumentRoot(r)
	}
	set("CONTEXT_DOCUMENT_ROOT", root)
	set("SERVER_ADMIN", admin(r))
	set("SCRIPT_FILENAME", r.Filename)
	set("REMOTE_PORT", itoa(int(r.RemoteAddr.Port())))
	if r.HasUser || r.User != "" {
		set("REMOTE_USER", r.User)
	}
	if r.AuthType != "" {
		set("AUTH_TYPE", r.AuthType)
	}
	if prev := r.Prev; prev != nil {
		if prev.HasQuery {
			unlessSet(r, "REDIRECT_QUERY_STRING", prev.Query)
		}
		url := prev.Path
		if q := core.QualifyRedirectURL; q != nil && *q {
			url = compat.ConstructURL(prev, prev.Path)
		}
		unlessSet(r, "REDIRECT_URL", url)
	}
	set("GATEWAY_INTERFACE", "CGI/1.1")
	set("SERVER_PROTOCOL", r.Protocol)
	set("REQUEST_METHOD", r.Method)
	set("QUERY_STRING", r.Query)
	set("REQUEST_URI", requestURI(r))
	scriptName(r)
}

func unlessSet(r *compat.Request, name, value string) {
	if !r.Env.Has(name) {
		r.Env.Set(name, value)
	}
}

func admin(r *compat.Request) string {
	if r.Host.Admin != "" {
		return r.Host.Admin
	}
	return "[no address given]"
}

// signature is what ServerSignature puts below pages (ap_psignature).
func signature(r *compat.Request) string {
	kind := r.Scope.Core.Signature
	if kind != "on" && kind != "email" {
		return ""
	}
	name := compat.EscapeHTML(compat.ServerName(r))
	if kind == "email" {
		name = `<a href="mailto:` + compat.EscapeHTML(admin(r)) + `">` + name + "</a>"
	}
	return "<address>" + r.Host.Build.Core.Banner + " Server at " + name + " Port " + itoa(compat.ServerPort(r)) + "</address>\n"
}

// requestURI is what the client asked for, without scheme and host
// (original_uri), or what became of it with CGIVar.
func requestURI(r *compat.Request) string {
	if r.Scope.Core.CGIVars["REQUEST_URI"] == "current-uri" {
		if r.HasQuery {
			return r.Path + "?" + r.Query
		}
		return r.Path
	}
	target := compat.First(r).Target
	if strings.HasPrefix(target, "/") {
		return target
	}
	if u, ok := ParseURL(target); ok && u.Scheme != "" {
		return u.Path
	}
	return target
}

// scriptName sets SCRIPT_NAME and what depends on where it ends.
func scriptName(r *compat.Request) {
	info := r.PathInfo
	name := r.Path
	if info != "" && r.Protocol != "INCLUDED" {
		name = strings.TrimSuffix(r.Path, commonEnd(r.Path, info))
	}
	r.Env.Set("SCRIPT_NAME", name)
	if info == "" {
		return
	}
	r.Env.Set("PATH_INFO", info)
	if !strings.HasPrefix(info, "/") || r.Engine == nil {
		return
	}
	if sub := r.Engine.Lookup(r, compat.EscapePath(info), "GET"); sub != nil && sub.Filename != "" {
		r.Env.Set("PATH_TRANSLATED", sub.Filename+sub.PathInfo)
	}
}

// commonEnd is the longest end of path that is an end of info
// (ap_find_path_info).
func commonEnd(path, info string) string {
	n := 0
	for n < len(path) && n < len(info) && path[len(path)-1-n] == info[len(info)-1-n] {
		n++
	}
	end := path[len(path)-n:]
	if i := strings.IndexByte(end, '/'); i > 0 {
		end = end[i:]
	}
	return end
}

// headerVars sets the HTTP_ variables.
func headerVars(r *compat.Request) {
	passAuth := r.Scope.Core.CGIPassAuth != nil && *r.Scope.Core.CGIPassAuth
	for _, f := range r.In.Fields() {
		switch {
		case strings.EqualFold(f.Name, "Content-Type"):
			r.Env.Set("CONTENT_TYPE", f.Value)
			continue
		case strings.EqualFold(f.Name, "Content-Length"):
			r.Env.Set("CONTENT_LENGTH", f.Value)
			continue
		case strings.EqualFold(f.Name, "Proxy"):
			continue
		case strings.EqualFold(f.Name, "Authorization"), strings.EqualFold(f.Name, "Proxy-Authorization"):
			if !passAuth {
				continue
			}
		}
		if name, ok := compat.HeaderVariable(f.Name); ok {
			r.Env.Set(name, f.Value)
		}
	}
}
