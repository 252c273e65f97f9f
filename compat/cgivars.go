package compat

import (
	"os"
	"slices"
	"strconv"
	"strings"
)

// defaultPath is the PATH of programs where the server has none.
const defaultPath = "/bin:/usr/bin:/usr/ucb:/usr/bsd:/usr/local/bin"

// AddCommonVars sets the variables of r that all kinds of scripts have, over
// those of SetEnv and its like (ap_add_common_vars).
func AddCommonVars(r *Request) {
	e := &r.Env
	pass := r.Scope.Core.CGIPassAuth != nil && *r.Scope.Core.CGIPassAuth
	for _, f := range r.In.Fields() {
		switch name := strings.ToLower(f.Name); {
		case name == "content-type":
			e.Set("CONTENT_TYPE", f.Value)
		case name == "content-length":
			e.Set("CONTENT_LENGTH", f.Value)
		case name == "proxy", (name == "authorization" || name == "proxy-authorization") && !pass:
		default:
			if v, ok := HeaderVariable(f.Name); ok {
				e.Set(v, f.Value)
			}
		}
	}
	inherit(e, "PATH", defaultPath)
	inherit(e, "LD_LIBRARY_PATH", "")
	root := DocumentRoot(r)
	context := r.ContextRoot
	if context == "" {
		context = root
	}
	for _, v := range [...][2]string{
		{"SERVER_SIGNATURE", Signature(r, "")}, {"SERVER_SOFTWARE", r.Host.Build.Core.Banner},
		{"SERVER_NAME", EscapeHTML(ServerName(r))}, {"SERVER_ADDR", r.Conn.Local.Addr().Unmap().String()},
		{"SERVER_PORT", strconv.Itoa(ServerPort(r))}, {"REMOTE_ADDR", ClientAddr(r)}, {"DOCUMENT_ROOT", root},
		{"REQUEST_SCHEME", Scheme(r)}, {"CONTEXT_PREFIX", r.ContextPrefix}, {"CONTEXT_DOCUMENT_ROOT", context},
		{"SERVER_ADMIN", ServerAdmin(r)}, {"SCRIPT_FILENAME", r.Filename},
		{"REMOTE_PORT", strconv.Itoa(int(r.RemoteAddr.Port()))},
	} {
		e.Set(v[0], v[1])
	}
	if name := RemoteHost(r); name != ClientAddr(r) {
		e.Set("REMOTE_HOST", name)
	}
	addUser(r)
	if name := RemoteLogname(r); name != "" {
		e.Set("REMOTE_IDENT", name)
	}
	if r.Prev != nil {
		addRedirect(r)
	}
}

func inherit(e *Vars, name, fallback string) {
	if e.Has(name) {
		return
	}
	if v, ok := os.LookupEnv(name); ok {
		e.Set(name, v)
	} else if fallback != "" {
		e.Set(name, fallback)
	}
}

func addUser(r *Request) {
	if r.AuthType != "" {
		r.Env.Set("AUTH_TYPE", r.AuthType)
	}
	if r.HasUser || r.User != "" {
		r.Env.Set("REMOTE_USER", r.User)
		return
	}
	for p := r.Prev; p != nil; p = p.Prev {
		if p.HasUser || p.User != "" {
			r.Env.Set("REDIRECT_REMOTE_USER", p.User)
			return
		}
	}
}

func addRedirect(r *Request) {
	url := r.Prev.Path
	if q := r.Scope.Core.QualifyRedirectURL; q != nil && *q {
		url = ConstructURL(r.Prev, url)
		if r.Prev.HasQuery {
			url += "?" + r.Prev.Query
		}
	}
	r.Env.Set("REDIRECT_URL", url)
	if r.Prev.HasQuery {
		r.Env.Set("REDIRECT_QUERY_STRING", r.Prev.Query)
	}
}

// HeaderVariable is the name of a header field as a variable; ok is false for
// names that could be mistaken for others (http2env).
func HeaderVariable(name string) (string, bool) {
	b := append(make([]byte, 0, 5+len(name)), "HTTP_"...)
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z':
			b = append(b, c-'a'+'A')
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			b = append(b, c)
		case c == '-':
			b = append(b, '_')
		default:
			return "", false
		}
	}
	return string(b), true
}

// AddCGIVars sets the variables of r that CGI has besides (ap_add_cgi_vars).
func AddCGIVars(r *Request) {
	e := &r.Env
	uri := First(r).Target
	if r.Scope.Core.CGIVars["REQUEST_URI"] == "current-uri" {
		uri = r.Path
	}
	script, info := r.Path, r.PathInfo
	if info != "" && r.Protocol != "INCLUDED" {
		script = strings.TrimSuffix(strings.TrimSuffix(r.Path, info), "/")
		if !strings.HasSuffix(r.Path, info) {
			script = r.Path
		} else if !strings.HasPrefix(info, "/") {
			script = strings.TrimSuffix(r.Path, info)
		}
	}
	for _, v := range [...][2]string{
		{"GATEWAY_INTERFACE", "CGI/1.1"}, {"SERVER_PROTOCOL", r.Protocol}, {"REQUEST_METHOD", r.Method},
		{"QUERY_STRING", r.Query}, {"REQUEST_URI", uri}, {"SCRIPT_NAME", script},
	} {
		e.Set(v[0], v[1])
	}
	if info == "" {
		return
	}
	e.Set("PATH_INFO", info)
	if sub := r.Engine.Lookup(r, EscapePath(info), "GET"); sub != nil && sub.Filename != "" {
		e.Set("PATH_TRANSLATED", sub.Filename+sub.PathInfo)
	}
}

// Environment is vars as a program gets them (ap_create_environment): names
// that a shell could not have are changed, and TZ is the server's.
func Environment(vars *Vars) []string {
	var env []string
	if tz, ok := os.LookupEnv("TZ"); ok && !vars.Has("TZ") {
		env = append(env, "TZ="+tz)
	}
	for _, v := range vars.All() {
		name := []byte(v.Name)
		for i, c := range name {
			if !(alphanumeric(c) || c == '_') || i == 0 && c >= '0' && c <= '9' {
				name[i] = '_'
			}
		}
		entry := string(name) + "=" + v.Value
		if strings.IndexByte(entry, 0) < 0 {
			env = append(env, entry)
		}
	}
	return slices.Clip(env)
}
