package rewrite

import (
	"os"
	"strconv"
	"strings"
	"time"

	"understudy/compat"
)

// variable is what %{NAME} stands for (lookup_variable).
func variable(name string) func(x *context) string {
	if len(name) > 4 && name[3] == ':' {
		switch rest := name[4:]; strings.ToUpper(name[:3]) {
		case "ENV":
			return func(x *context) string { return environment(x.r, rest) }
		case "SSL":
			return func(x *context) string { return compat.ExprContext(x.r).Var(strings.ToUpper(rest)) }
		}
		return nothing
	}
	if len(name) > 5 && name[4] == ':' {
		switch rest := name[5:]; strings.ToUpper(name[:4]) {
		case "HTTP":
			return func(x *context) string { return x.header(rest) }
		case "LA-U":
			return lookahead(rest, (*context).lookURL)
		case "LA-F":
			return lookahead(rest, (*context).lookFile)
		}
		return nothing
	}
	if v := variables[strings.ToUpper(name)]; v != nil {
		return v
	}
	return nothing
}

func nothing(*context) string { return "" }

func environment(r *compat.Request, name string) string {
	if v, ok := r.Notes.Lookup(name); ok {
		return v
	}
	if v, ok := r.Env.Lookup(name); ok {
		return v
	}
	return os.Getenv(name)
}

// header is a field of the request, on which the answer depends then.
func (x *context) header(name string) string {
	v, ok := x.r.In.Lookup(name)
	if ok && !strings.EqualFold(name, "Host") {
		x.varyThis = append(x.varyThis, name)
	}
	return v
}

// lookahead is a variable as a sub-request sees it.
func lookahead(name string, look func(*context) (*compat.Request, string)) func(*context) string {
	inner := variable(name)
	return func(x *context) string {
		if x.uri == "" || !x.mayAsk() {
			return ""
		}
		sub, path := look(x)
		there := *x
		there.r = sub
		v := inner(&there)
		x.varyThis = there.varyThis
		x.log(5, "lookahead: path=%s var=%s -> val=%s", path, name, v)
		return v
	}
}

func (x *context) lookURL() (*compat.Request, string) {
	path := x.uri
	if x.dir != "" && !strings.HasPrefix(path, "/") {
		c := slot.Of(x.r)
		if c.base != "" {
			path = c.base + path
		} else {
			path = x.dir + path
		}
	}
	return x.r.Engine.Lookup(x.r, path, x.r.Method), path
}

func (x *context) lookFile() (*compat.Request, string) {
	path := x.uri
	if x.dir != "" && strings.HasPrefix(path, "/") {
		return x.r.Engine.Lookup(x.r, path, x.r.Method), path
	}
	if x.dir != "" {
		path = x.dir + path
	}
	return x.r.Engine.LookupFile(x.r, path), path
}

func field(name string) func(*context) string {
	return func(x *context) string { return x.header(name) }
}

func now(layout string) func(*context) string {
	return func(*context) string { return time.Now().Format(layout) }
}

// ofRequest are the variables that expressions have too, by the same names.
func ofRequest(name string) func(*context) string {
	return func(x *context) string { return compat.ExprContext(x.r).Var(name) }
}

var variables = map[string]func(*context) string{
	"TIME": now("20060102150405"), "TIME_YEAR": now("2006"), "TIME_MON": now("01"), "TIME_DAY": now("02"),
	"TIME_HOUR": now("15"), "TIME_MIN": now("04"), "TIME_SEC": now("05"),
	"TIME_WDAY":   func(*context) string { return strconv.Itoa(int(time.Now().Weekday())) },
	"HTTP_ACCEPT": field("Accept"), "HTTP_COOKIE": field("Cookie"), "HTTP_FORWARDED": field("Forwarded"),
	"HTTP_HOST": field("Host"), "HTTP_PROXY_CONNECTION": field("Proxy-Connection"), "HTTP_REFERER": field("Referer"),
	"HTTP_USER_AGENT": field("User-Agent"),
	"API_VERSION":     func(*context) string { return "20120211:142" },
	"IPV6": func(x *context) string {
		if a := x.r.RemoteAddr.Addr(); a.Is6() && !a.Is4In6() {
			return "on"
		}
		return "off"
	},
	"HTTPS":                 ofRequest("HTTPS"),
	"IS_SUBREQ":             func(x *context) string { return strconv.FormatBool(x.r.Main != nil) },
	"PATH_INFO":             func(x *context) string { return x.r.PathInfo },
	"AUTH_TYPE":             func(x *context) string { return x.r.AuthType },
	"SERVER_NAME":           func(x *context) string { return compat.ServerName(x.r) },
	"SERVER_PORT":           func(x *context) string { return strconv.Itoa(compat.ServerPort(x.r)) },
	"SERVER_ADDR":           func(x *context) string { return x.r.Conn.Local.Addr().Unmap().String() },
	"SERVER_ADMIN":          func(x *context) string { return x.r.Host.Admin },
	"SERVER_PROTOCOL":       func(x *context) string { return x.r.Protocol },
	"SERVER_SOFTWARE":       func(x *context) string { return x.r.Host.Build.Core.Banner },
	"REMOTE_ADDR":           func(x *context) string { return compat.ClientAddr(x.r) },
	"REMOTE_PORT":           func(x *context) string { return strconv.Itoa(int(x.r.RemoteAddr.Port())) },
	"REMOTE_HOST":           func(x *context) string { return compat.RemoteHost(x.r) },
	"REMOTE_USER":           func(x *context) string { return x.r.User },
	"REMOTE_IDENT":          ofRequest("REMOTE_IDENT"),
	"CONN_REMOTE_ADDR":      func(x *context) string { return x.r.Conn.Remote.Addr().Unmap().String() },
	"REQUEST_URI":           func(x *context) string { return x.r.Path },
	"REQUEST_METHOD":        func(x *context) string { return x.r.Method },
	"REQUEST_SCHEME":        func(x *context) string { return compat.Scheme(x.r) },
	"REQUEST_FILENAME":      func(x *context) string { return x.r.Filename },
	"SCRIPT_FILENAME":       func(x *context) string { return x.r.Filename },
	"THE_REQUEST":           func(x *context) string { return x.r.Line },
	"QUERY_STRING":          func(x *context) string { return x.r.Query },
	"DOCUMENT_ROOT":         func(x *context) string { return compat.DocumentRoot(x.r) },
	"CONTEXT_PREFIX":        func(x *context) string { return x.r.ContextPrefix },
	"CONTEXT_DOCUMENT_ROOT": func(x *context) string { return contextRoot(x.r) },
	"SCRIPT_USER":           ofRequest("SCRIPT_USER"),
	"SCRIPT_GROUP":          ofRequest("SCRIPT_GROUP"),
}

func contextRoot(r *compat.Request) string {
	if r.ContextRoot != "" {
		return r.ContextRoot
	}
	return compat.DocumentRoot(r)
}
