package compat

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"understudy/apacheconf/expr"
)

// exprContext lets expressions ask a request.
type exprContext struct {
	r        *Request
	captures expr.Captures
}

// ExprContext is r as expressions see it. Each has its own captures.
func ExprContext(r *Request) expr.Context { return &exprContext{r: r} }

func (c *exprContext) Header(name string, vary bool) string {
	if vary {
		if have := c.r.Out.Get("Vary"); !hasToken(have, name) {
			c.r.Out.Merge("Vary", name)
		}
	}
	return c.r.In.Get(name)
}

// hasToken reports whether a list of tokens holds one, in any case.
func hasToken(list, token string) bool {
	for part := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(part), token) {
			return true
		}
	}
	return false
}

func (c *exprContext) Response(name string) string {
	if v, ok := c.r.Out.Lookup(name); ok {
		return v
	}
	return c.r.ErrOut.Get(name)
}

func (c *exprContext) Env(name string) string  { return c.r.Env.Get(name) }
func (c *exprContext) Note(name string) string { return c.r.Notes.Get(name) }

// LookupURI is -U. The sub-request that it asked for itself does not ask again
// (op_url_subr).
func (c *exprContext) LookupURI(uri string) bool {
	if c.r.Main != nil && c.r.Main.Path == c.r.Path {
		return false
	}
	sub := c.r.Engine.Lookup(c.r, uri, "GET")
	return sub != nil && sub.Status < 400
}

func (c *exprContext) LookupFile(path string) bool {
	sub := c.r.Engine.LookupFile(c.r, path)
	return sub != nil && sub.Status == 200 && sub.Info != nil
}

func (c *exprContext) RemoteIP() netip.Addr {
	c.r.Once()
	return c.r.RemoteAddr.Addr()
}

func (c *exprContext) Saw(path string)          { c.r.Saw(path) }
func (c *exprContext) Captures() *expr.Captures { return &c.captures }

// Var is a variable of the expression language (util_expr_eval.c).
func (c *exprContext) Var(name string) string {
	r := c.r
	if strings.HasPrefix(name, "TIME") {
		r.Once()
		return timeVar(name, time.Now())
	}
	switch name {
	case "HTTPS":
		if r.Conn.TLS != nil {
			return "on"
		}
		return "off"
	case "IPV6":
		r.Once()
		return onOff(r.Conn.Remote.Addr().Is6() && !r.Conn.Remote.Addr().Is4In6())
	case "HTTP2":
		return onOff(r.ProtoNum >= 2000)
	case "CONN_REMOTE_ADDR":
		r.Once()
		return r.Conn.Remote.Addr().Unmap().String()
	case "CONN_LOG_ID":
		r.Once()
		return r.Conn.LogID
	case "REQUEST_LOG_ID":
		r.Once()
		return r.LogID
	case "REQUEST_METHOD":
		return r.Method
	case "REQUEST_SCHEME":
		return Scheme(r)
	case "REQUEST_URI":
		return r.Path
	case "DOCUMENT_URI": // A page that includes others sets it.
		return cmp.Or(r.Env.Get("DOCUMENT_URI"), r.Path)
	case "REQUEST_FILENAME", "SCRIPT_FILENAME":
		return r.Filename
	case "REMOTE_HOST":
		return RemoteHost(r)
	case "REMOTE_USER":
		return r.User
	case "REMOTE_IDENT":
		return RemoteLogname(r)
	case "AUTH_TYPE":
		return r.AuthType
	case "SERVER_ADMIN":
		return r.Host.Admin
	case "SERVER_NAME":
		return ServerName(r)
	case "SERVER_PORT":
		return strconv.Itoa(ServerPort(r))
	case "SERVER_PROTOCOL":
		return r.Protocol
	case "SERVER_SOFTWARE":
		return r.Host.Build.Core.Banner
	case "API_VERSION":
		return "20120211"
	case "PATH_INFO":
		return r.PathInfo
	case "QUERY_STRING":
		return r.Query
	case "IS_SUBREQ":
		return strconv.FormatBool(r.Main != nil)
	case "DOCUMENT_ROOT":
		return DocumentRoot(r)
	case "THE_REQUEST":
		return First(r).Line
	case "CONTENT_TYPE":
		return r.ContentType
	case "HANDLER":
		return r.Handler
	case "LAST_MODIFIED":
		if r.Info == nil {
			return ""
		}
		return r.Info.ModTime().Local().Format("20060102150405")
	case "CONTEXT_PREFIX":
		return r.ContextPrefix
	case "CONTEXT_DOCUMENT_ROOT":
		return ContextRoot(r)
	case "REQUEST_STATUS":
		return strconv.Itoa(r.Status)
	case "REMOTE_ADDR":
		return ClientAddr(r)
	case "REMOTE_PORT":
		r.Once()
		return strconv.Itoa(int(r.RemoteAddr.Port()))
	case "SCRIPT_USER", "SCRIPT_GROUP":
		return ownerName(r, name == "SCRIPT_GROUP")
	}
	if arg, ok := strings.CutPrefix(name, "SSL:"); ok {
		r.Once()
		return TLSVariable(r, arg)
	}
	if len(name) > 4 && strings.EqualFold(name[:4], "SSL_") {
		r.Once()
		return TLSVariable(r, name)
	}
	return r.Env.Get(name)
}

// List implements expr.Lister.
func (c *exprContext) List(function, arg string) []string {
	if strings.EqualFold(function, "PeerExtList") {
		c.r.Once()
		return TLSExtensions(c.r, arg)
	}
	return nil
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

// DocumentRoot is the root of r's host (ap_document_root).
func DocumentRoot(r *Request) string {
	if r.Root != "" {
		return r.Root
	}
	if r.Host.DocumentRoot != "" {
		return r.Host.DocumentRoot
	}
	return DefaultDocumentRoot
}

// ContextRoot is where an Alias or its like has led r, else its DocumentRoot
// (ap_context_document_root).
func ContextRoot(r *Request) string {
	if r.ContextRoot != "" {
		return r.ContextRoot
	}
	return DocumentRoot(r)
}

// DefaultDocumentRoot is what Debian's Apache was built with.
const DefaultDocumentRoot = "/var/www/html"

// First is the request the client sent, of which r may be a sub-request or an
// internal redirect.
func First(r *Request) *Request {
	for r.Main != nil || r.Prev != nil {
		if r.Main != nil {
			r = r.Main
		} else {
			r = r.Prev
		}
	}
	return r
}

func ownerName(r *Request, group bool) string {
	if r.Info == nil {
		return ""
	}
	return Owner(r.Info, group)
}

func timeVar(name string, t time.Time) string {
	layouts := map[string]string{"TIME": "20060102150405", "TIME_YEAR": "2006", "TIME_MON": "01",
		"TIME_DAY": "02", "TIME_HOUR": "15", "TIME_MIN": "04", "TIME_SEC": "05"}
	if name == "TIME_WDAY" {
		return strconv.Itoa(int(t.Weekday()))
	}
	return t.Format(layouts[name])
}
