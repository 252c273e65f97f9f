package expr

import (
	"net/netip"

	"understudy/apacheconf/pattern"
)

// A Context is what an expression is evaluated on: a request.
type Context interface {
	// Var is the value of a variable such as REQUEST_URI, or "".
	Var(name string) string
	// Header is a field of the request header, or "". With vary the answer
	// depends on it, and says so in Vary.
	Header(name string, vary bool) string
	// Response is a field of the response header, Env a variable of the
	// request's environment, Note one of its notes; or "".
	Response(name string) string
	Env(name string) string
	Note(name string) string
	// LookupURI and LookupFile report whether a sub-request for a local URL,
	// or a file, would succeed.
	LookupURI(uri string) bool
	LookupFile(path string) bool
	// Saw tells that path is about to be looked at.
	Saw(path string)
	// RemoteIP is the client's address.
	RemoteIP() netip.Addr
	// Captures is where =~ leaves what it matched, and $0 to $9 look.
	Captures() *Captures
}

// A Lister is a Context that knows functions with several values: PeerExtList.
type Lister interface {
	List(function, arg string) []string
}

// Captures is a match whose groups $0 to $9 name.
type Captures struct {
	Subject string
	Loc     []int // as pattern.Pattern.Find gives them; nil: no match
	// Err is why the evaluation failed; "" if it did not. A condition that
	// failed is false, a text empty, whatever else they hold.
	Err string
}

func (c *Captures) begin() {
	if c != nil {
		c.Err = ""
	}
}

func (c *Captures) fail(why string) {
	if c != nil && c.Err == "" {
		c.Err = why
	}
}

func (c *Captures) failed() bool { return c != nil && c.Err != "" }

// Group is what group n matched, or "".
func (c *Captures) Group(n int) string {
	if c == nil {
		return ""
	}
	return pattern.Group(c.Subject, c.Loc, n)
}

// An Expr is a condition.
type Expr struct {
	source string
	eval   func(Context) bool
}

// Eval decides e.
func (e *Expr) Eval(c Context) bool {
	c.Captures().begin()
	return e.eval(c) && !c.Captures().failed()
}

// String is the condition as written.
func (e *Expr) String() string { return e.source }

// A Text is a string with variables in it.
type Text struct {
	source  string
	literal bool
	eval    func(Context) string
}

// Eval is the text with its variables replaced.
func (t *Text) Eval(c Context) string {
	if t.literal {
		return t.eval(c)
	}
	c.Captures().begin()
	s := t.eval(c)
	if c.Captures().failed() {
		return ""
	}
	return s
}

// Literal is the text, if there is nothing in it to be replaced.
func (t *Text) Literal() (string, bool) {
	if t.literal {
		return t.eval(nil), true
	}
	return "", false
}

// String is the text as written.
func (t *Text) String() string { return t.source }

// Literal is a Text of which nothing is replaced.
func Literal(s string) *Text {
	return &Text{source: s, literal: true, eval: func(Context) string { return s }}
}

// variables are the names that exist (util_expr_eval.c, and those that modules add).
var variables = map[string]bool{}

// RegisterVar makes variable names known. It is called while packages are
// initialized.
func RegisterVar(names ...string) {
	for _, n := range names {
		variables[n] = true
	}
}

func init() {
	RegisterVar("HTTPS", "IPV6", "CONN_LOG_ID", "CONN_REMOTE_ADDR", "HTTP2",
		"REQUEST_METHOD", "REQUEST_SCHEME", "REQUEST_URI", "REQUEST_FILENAME", "REMOTE_HOST",
		"REMOTE_IDENT", "REMOTE_USER", "SERVER_ADMIN", "SERVER_NAME", "SERVER_PORT",
		"SERVER_PROTOCOL", "SCRIPT_FILENAME", "PATH_INFO", "QUERY_STRING", "IS_SUBREQ",
		"DOCUMENT_ROOT", "AUTH_TYPE", "THE_REQUEST", "CONTENT_TYPE", "HANDLER",
		"REQUEST_LOG_ID", "SCRIPT_USER", "SCRIPT_GROUP", "DOCUMENT_URI", "LAST_MODIFIED",
		"CONTEXT_PREFIX", "CONTEXT_DOCUMENT_ROOT", "REQUEST_STATUS", "REMOTE_ADDR",
		"REMOTE_PORT", "TIME_YEAR", "TIME_MON", "TIME_DAY", "TIME_HOUR", "TIME_MIN", "TIME_SEC",
		"TIME_WDAY", "TIME", "SERVER_SOFTWARE", "API_VERSION")
}

// headers are the variables that name a request header field.
var headers = map[string]string{
	"HTTP_ACCEPT": "Accept", "HTTP_COOKIE": "Cookie", "HTTP_FORWARDED": "Forwarded",
	"HTTP_HOST": "Host", "HTTP_PROXY_CONNECTION": "Proxy-Connection",
	"HTTP_REFERER": "Referer", "HTTP_USER_AGENT": "User-Agent",
}
