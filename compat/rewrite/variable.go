package rewrite

import (
	"os"
	"strconv"
	"strings"
	"time"

	"understudy/compat"
)

// A variable is the value of %{NAME} for a pass over the rules.
type variable func(p *pass) string

// newVariable finds what %{name} means (lookup_variable). What Apache does not
// know is empty.
func newVariable(name string) variable {
	switch {
	case len(name) < 4:
		return empty
	case name[3] == ':':
		return prefixed(name[:3], name[4:])
	case len(name) > 4 && name[4] == ':':
		return prefixed(name[:4], name[5:])
	}
	name = strings.ToUpper(name)
	if v, ok := variables[name]; ok {
		return v
	}
	if field, ok := fields[name]; ok {
		return func(p *pass) string { return p.header(field) }
	}
	if _, ok := clock[name]; ok {
		return func(p *pass) string { return p.now(name) }
	}
	return empty
}

func empty(*pass) string { return "" }

// prefixed is %{ENV:name} and its like.
func prefixed(kind, name string) variable {
	if name == "" {
		return empty
	}
	switch strings.ToUpper(kind) {
	case "ENV":
		return func(p *pass) string { return p.env(name) }
	case "SSL":
		return func(p *pass) string { return compat.TLSVariable(p.r, name) }
	case "HTTP":
		return func(p *pass) string { return p.header(name) }
	case "LA-U":
		inner := newVariable(name)
		return func(p *pass) string { return p.lookAhead(name, inner, 2026, p.lookURL) }
	case "LA-F":
		inner := newVariable(name)
		return func(p *pass) string { return p.lookAhead(name, inner, 2064, p.lookFile) }
	}
	return empty
}

// env is a note, a variable of the request, or one of the process.
func (p *pass) env(name string) string {
	if v, ok := p.r.Notes.Lookup(name); ok {
		return v
	}
	if v, ok := p.r.Env.Lookup(name); ok {
		return v
	}
	return os.Getenv(name)
}

// header is a field of the request; the response varies by it, if the condition
// that asks holds. Host is left out, as RFC 9110 has it.
func (p *pass) header(name string) string {
	v, ok := p.r.In.Lookup(name)
	if ok && !strings.EqualFold(name, "Host") {
		p.varyThis = joinComma(p.varyThis, name)
	}
	return v
}

func joinComma(list, item string) string {
	if list == "" {
		return item
	}
	return list + ", " + item
}

// independent reports whether r is not a sub-request for the URL it comes from,
// which would ask for itself without end.
func independent(r *compat.Request) bool { return r.Main == nil || r.Main.Path != r.Path }

// lookAhead is the value a variable will have in a request made of the current
// URL by now.
func (p *pass) lookAhead(name string, inner variable, line int, look func() (string, *compat.Request)) string {
	if !independent(p.r) {
		return ""
	}
	r := p.r
	path, ahead := look()
	p.r = ahead
	value := inner(p)
	p.r = r
	p.trace(5, line, "lookahead: path=%s var=%s -> val=%s", path, name, value)
	return value
}

func (p *pass) lookURL() (path string, sub *compat.Request) {
	path = p.uri
	if p.conf != nil && !strings.HasPrefix(path, "/") {
		path = p.conf.dir + path
		if p.conf.base != nil {
			path = *p.conf.base + p.uri
		}
	}
	return path, p.r.Engine.Lookup(p.r, path, "GET")
}

func (p *pass) lookFile() (path string, sub *compat.Request) {
	if p.conf == nil {
		return p.uri, p.r.Engine.LookupFile(p.r, p.uri)
	}
	if strings.HasPrefix(p.uri, "/") {
		return p.uri, p.r.Engine.Lookup(p.r, p.uri, "GET")
	}
	path = p.conf.dir + p.uri
	return path, p.r.Engine.LookupFile(p.r, path)
}

// fields are the variables that name a request header field.
var fields = map[string]string{
	"HTTP_ACCEPT": "Accept", "HTTP_COOKIE": "Cookie", "HTTP_FORWARDED": "Forwarded", "HTTP_HOST": "Host",
	"HTTP_PROXY_CONNECTION": "Proxy-Connection", "HTTP_REFERER": "Referer", "HTTP_USER_AGENT": "User-Agent",
}

// clock is the variables of the time, as layouts.
var clock = map[string]string{"TIME": "20060102150405", "TIME_YEAR": "2006", "TIME_MON": "01", "TIME_DAY": "02",
	"TIME_HOUR": "15", "TIME_MIN": "04", "TIME_SEC": "05", "TIME_WDAY": ""}

func (p *pass) now(name string) string {
	p.r.Once()
	t := time.Now()
	if name == "TIME_WDAY" {
		return strconv.Itoa(int(t.Weekday()))
	}
	value := t.Format(clock[name])
	if name == "TIME" {
		p.trace(1, 2087, "RESULT='%s'", value)
	}
	return value
}

// variables are those that are the same in the expression language, and the
// few that are not.
var variables = map[string]variable{
	"HTTPS": func(p *pass) string { return onOff(p.r.Conn.TLS != nil) },
	"IPV6": func(p *pass) string {
		p.r.Once()
		ip := p.r.RemoteAddr.Addr()
		value := onOff(ip.Is6() && !ip.Is4In6())
		p.trace(1, 2096, "IPV6='%s'", value)
		return value
	},
	"SCRIPT_USER":      func(p *pass) string { return owner(p.r, "SCRIPT_USER") },
	"SCRIPT_GROUP":     func(p *pass) string { return owner(p.r, "SCRIPT_GROUP") },
	"SERVER_ADMIN":     func(p *pass) string { return firstOf(p.r.Host.Admin, "[no address given]") },
	"QUERY_STRING":     func(p *pass) string { return p.r.Query },
	"REQUEST_URI":      func(p *pass) string { return p.r.Path },
	"REQUEST_FILENAME": func(p *pass) string { return p.r.Filename },
	"SCRIPT_FILENAME":  func(p *pass) string { return p.r.Filename },
}

func init() {
	for _, name := range []string{"IS_SUBREQ", "PATH_INFO", "AUTH_TYPE", "REMOTE_ADDR", "SERVER_ADDR", "API_VERSION",
		"SERVER_PORT", "SERVER_NAME", "THE_REQUEST", "REMOTE_HOST", "REMOTE_PORT", "REMOTE_USER", "DOCUMENT_ROOT", "CONTEXT_PREFIX", "REQUEST_METHOD",
		"REQUEST_SCHEME", "SERVER_PROTOCOL", "SERVER_SOFTWARE", "CONN_REMOTE_ADDR", "CONTEXT_DOCUMENT_ROOT"} {
		variables[name] = func(p *pass) string { return compat.ExprContext(p.r).Var(name) }
	}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// owner is who owns the file, where one is known.
func owner(r *compat.Request, name string) string {
	if r.Info == nil {
		return "<unknown>"
	}
	return compat.ExprContext(r).Var(name)
}
