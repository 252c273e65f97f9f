package wsgi

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"understudy/compat"
)

// A job is a request and what was decided about who answers it.
type job struct {
	r           *compat.Request
	c           *config
	group       *Group
	application string // application group, expanded
	callable    string
	script      string
	handler     string // the script of WSGIHandlerScript, which answers for the target; "" for none
	pass        bool   // Authorization goes to the application
	method      string
	question    *question // instead of a request: what the server asks a script
	reply
}

// environ writes the environ (wsgi_build_environment, ap_add_common_vars). What
// comes later wins: the request's own values over its header, that over SetEnv.
func (j *job) environ(e *Environ, restarts int) {
	r := j.r
	for _, v := range r.Env.All() {
		if v.Name != "HTTPS" && !inCommon[v.Name] {
			e.Set(v.Name, v.Value)
		}
	}
	p := j.proxied()
	j.header(e, p.drop)
	scriptName, pathInfo := split(r)
	first := compat.First(r)
	for _, f := range [...][2]string{
		{"SERVER_NAME", compat.ServerName(r)},
		{"SERVER_PORT", strconv.Itoa(compat.ServerPort(r))},
		{"REMOTE_ADDR", compat.ClientAddr(r)},
		{"REMOTE_PORT", strconv.Itoa(int(r.RemoteAddr.Port()))},
		{"REQUEST_METHOD", j.method},
		{"QUERY_STRING", r.Query},
		{"REQUEST_URI", first.Target},
		{"SCRIPT_NAME", scriptName},
		{"PATH_INFO", pathInfo},
		{"mod_wsgi.script_name", scriptName},
		{"mod_wsgi.path_info", pathInfo},
		{"mod_wsgi.request_id", requestID(r)},
		{"mod_wsgi.request_start", micros(r)},
	} {
		e.Set(f[0], f[1])
	}
	j.optional(e, pathInfo, restarts)
	for _, s := range p.sets {
		e.Set(s[0], s[1])
	}
	if j.question != nil {
		j.question.put(e)
	}
	e.Common()
	for i, value := range j.common(&p) {
		e.Set(commonNames[i], value)
	}
	e.SetInts("apache.version", 2, 4, 71)
}

// commonNames are of what is often the same for many requests.
var commonNames = [...]string{
	"SERVER_SIGNATURE",
	"SERVER_SOFTWARE",
	"SERVER_ADDR",
	"DOCUMENT_ROOT",
	"REQUEST_SCHEME",
	"CONTEXT_PREFIX",
	"CONTEXT_DOCUMENT_ROOT",
	"SERVER_ADMIN",
	"SCRIPT_FILENAME",
	"GATEWAY_INTERFACE",
	"SERVER_PROTOCOL",
	"wsgi.url_scheme",
	"mod_wsgi.process_group",
	"mod_wsgi.application_group",
	"mod_wsgi.callable_object",
	"mod_wsgi.request_handler",
	"mod_wsgi.handler_script",
	"mod_wsgi.script_reloading",
	"mod_wsgi.listener_host",
	"mod_wsgi.listener_port",
	"mod_wsgi.enable_sendfile",
	"mod_wsgi.ignore_activity",
}

// common are the values for commonNames.
func (j *job) common(p *proxied) [len(commonNames)]string {
	r := j.r
	return [...]string{
		"",
		r.Host.Build.Core.Banner,
		r.Conn.Local.Addr().Unmap().String(),
		j.seen(compat.DocumentRoot(r)),
		compat.Scheme(r),
		r.ContextPrefix,
		contextRoot(r),
		admin(r),
		j.seen(r.Filename),
		"CGI/1.1",
		r.Protocol,
		p.value("wsgi.url_scheme", scheme(r)),
		j.group.Name,
		j.application,
		j.callable,
		r.Handler,
		j.seen(j.handler),
		zeroOne(isOn(j.c.reloading, true)),
		listenerHost(r),
		strconv.Itoa(int(r.Conn.Local.Port())),
		"0",
		zeroOne(isOn(j.c.ignoreActivity, false)),
	}
}

// inCommon are names that SetEnv and its like do not change: those above, and
// what the worker itself sets.
var inCommon = func() map[string]bool {
	m := map[string]bool{"apache.version": true, "mod_wsgi.version": true, "wsgi.version": true, "wsgi.multithread": true,
		"wsgi.multiprocess": true, "wsgi.run_once": true, "wsgi.input_terminated": true, "wsgi.file_wrapper": true}
	for _, name := range commonNames {
		m[name] = true
	}
	return m
}()

// seen is a path as the application sees it.
func (j *job) seen(path string) string {
	path, _ = j.group.inside(path)
	return path
}

// optional sets what is there only sometimes.
func (j *job) optional(e *Environ, pathInfo string, restarts int) {
	r := j.r
	if r.Prev != nil {
		e.Set("REDIRECT_URL", r.Prev.Path)
		if r.Prev.Query != "" {
			e.Set("REDIRECT_QUERY_STRING", r.Prev.Query)
		}
	}
	if pathInfo != "" {
		e.Set("PATH_TRANSLATED", compat.DocumentRoot(r)+pathInfo)
	}
	if r.HasUser || r.User != "" {
		e.Set("REMOTE_USER", r.User)
	}
	if r.AuthType != "" {
		e.Set("AUTH_TYPE", r.AuthType)
	}
	if name := compat.RemoteHost(r); name != compat.ClientAddr(r) {
		e.Set("REMOTE_HOST", name)
	}
	if !j.group.Embedded {
		e.Set("mod_wsgi.queue_start", micros(r))
		e.Set("mod_wsgi.daemon_connects", "1")
		e.Set("mod_wsgi.daemon_restarts", strconv.Itoa(restarts))
	}
}

// header sets the HTTP_ variables (ap_add_common_vars).
func (j *job) header(e *Environ, drop []string) {
	for _, f := range j.r.In.Fields() {
		switch {
		case strings.EqualFold(f.Name, "Content-Type"):
			e.Set("CONTENT_TYPE", f.Value)
			continue
		case strings.EqualFold(f.Name, "Content-Length"):
			e.Set("CONTENT_LENGTH", f.Value)
			continue
		case strings.EqualFold(f.Name, "Proxy"):
			continue
		case strings.EqualFold(f.Name, "Authorization"):
			if !j.pass && !isOn(j.r.Scope.Core.CGIPassAuth, false) {
				continue
			}
		case strings.EqualFold(f.Name, "Proxy-Authorization"):
			if !isOn(j.r.Scope.Core.CGIPassAuth, false) {
				continue
			}
		}
		if name, ok := compat.HeaderVariable(f.Name); ok && !slices.Contains(drop, name) {
			e.Set(name, f.Value)
		}
	}
}

// split is SCRIPT_NAME and PATH_INFO: what of the URL path is the script, and
// what is behind it.
func split(r *compat.Request) (scriptName, pathInfo string) {
	path := merge(r.Path)
	if r.PathInfo == "" {
		return path, ""
	}
	info := merge(r.PathInfo)
	return strings.TrimSuffix(path, info), info
}

// merge makes every run of slashes one.
func merge(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}

func scheme(r *compat.Request) string {
	if v := r.Env.Get("HTTPS"); strings.EqualFold(v, "on") || v == "1" || r.Conn.TLS != nil {
		return "https"
	}
	return "http"
}

func contextRoot(r *compat.Request) string {
	if r.ContextRoot != "" {
		return r.ContextRoot
	}
	return compat.DocumentRoot(r)
}

func admin(r *compat.Request) string {
	if r.Host.Admin != "" {
		return r.Host.Admin
	}
	return "[no address given]"
}

// listenerHost is the address of the Listen that the connection came by; "" for
// one without.
func listenerHost(r *compat.Request) string {
	for _, l := range r.Host.Build.Listeners {
		if l.Port == int(r.Conn.Local.Port()) && (l.Host == "" || l.Host == r.Conn.Local.Addr().Unmap().String()) {
			return l.Host
		}
	}
	return ""
}

func zeroOne(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func micros(r *compat.Request) string { return strconv.FormatInt(r.Start.UnixMicro(), 10) }

// requestID names the request in what the application knows of it.
func requestID(r *compat.Request) string {
	if id := r.Env.Get("UNIQUE_ID"); id != "" {
		return id
	}
	return strconv.FormatInt(r.Conn.ID, 36) + "-" + strconv.Itoa(r.Conn.Keepalives) + "-" + strconv.FormatInt(r.Start.UnixNano(), 36)
}

// expand makes a group's name of what a directive says (wsgi_process_group,
// wsgi_application_group).
func expand(r *compat.Request, name string) string {
	for range 10 {
		switch {
		case !strings.HasPrefix(name, "%{"):
			return name
		case name == "%{GLOBAL}":
			return ""
		case name == "%{SERVER}":
			return hostName(r, r.Host.Name)
		case name == "%{HOST}":
			host := r.Hostname
			if host == "" {
				host = r.Host.Name
			}
			return hostName(r, strings.ToLower(host))
		case name == "%{RESOURCE}":
			script, _ := split(r)
			return hostName(r, r.Host.Name) + "|" + strings.TrimSuffix(script, "/")
		case strings.HasPrefix(name, "%{ENV:") && strings.HasSuffix(name, "}"):
			value, ok := environment(r, name[len("%{ENV:"):len(name)-1])
			if !ok {
				return name
			}
			if !strings.HasPrefix(value, "%") || strings.HasPrefix(value, "%{ENV:") {
				return value
			}
			name = value
		default:
			return name
		}
	}
	return name
}

func hostName(r *compat.Request, name string) string {
	if port := compat.ServerPort(r); port != 80 && port != 443 {
		return name + ":" + strconv.Itoa(port)
	}
	return name
}

// environment looks a variable up: a note, the request's environment, the
// process's.
func environment(r *compat.Request, name string) (string, bool) {
	if v, ok := r.Notes.Lookup(name); ok {
		return v, true
	}
	if v, ok := r.Env.Lookup(name); ok {
		return v, true
	}
	return os.LookupEnv(name)
}
