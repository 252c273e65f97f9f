package expr

import (
	"net/netip"
	"strings"
	"testing"
)

// request is a Context made of maps.
type request struct {
	vars, headers map[string]string
	varied        []string
	captures      Captures
}

func (r *request) Var(n string) string { return r.vars[n] }
func (r *request) Header(n string, vary bool) string {
	if vary {
		r.varied = append(r.varied, n)
	}
	return r.headers[n]
}
func (r *request) Response(string) string  { return "" }
func (r *request) Env(n string) string     { return r.vars["ENV:"+n] }
func (r *request) Note(string) string      { return "" }
func (r *request) LookupURI(u string) bool { return u == "/there" }
func (r *request) LookupFile(string) bool  { return false }
func (r *request) Saw(string)              {}
func (r *request) RemoteIP() netip.Addr    { return netip.MustParseAddr("10.1.2.3") }
func (r *request) Captures() *Captures     { return &r.captures }

func newRequest() *request {
	return &request{
		vars:    map[string]string{"REQUEST_URI": "/a/b.html", "QUERY_STRING": "x=1", "REMOTE_ADDR": "10.1.2.3", "ENV:E": "set"},
		headers: map[string]string{"Host": "example.com", "X": "7"},
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{`true`, true}, {`!true`, false}, {`not false`, true}, {`true && false || true`, true},
		{`'a' == "a"`, true}, {`'a' = 'b'`, false}, {`'a' < 'b' && 'b' >= 'b'`, true},
		{`%{REQUEST_URI} =~ m#^/(\w)/# && $1 == 'a'`, true}, {`%{REQUEST_URI} !~ /HTML/`, true},
		{`%{REQUEST_URI} =~ /HTML$/i`, true}, {`'10' -gt '9'`, true}, {`10 gt 9`, true}, {`-1 -lt 0`, true},
		{`%{HTTP_HOST} == 'example.com'`, true}, {`req('X') -eq 7`, true}, {`%{http:X} -ne 7`, false},
		{`'b' -in {'a', 'b'}`, true}, {`'c' in {'a','b'}`, false}, {`-n '' || -z ''`, true}, {`-T 'off'`, false},
		{`%{REMOTE_ADDR} -ipmatch '10.0.0.0/8'`, true}, {`-R '10.1'`, true}, {`-R '192.168.0.0/255.255.0.0'`, false},
		{`'a.b' -strmatch 'a*'`, true}, {`'AB' -strcmatch 'a?'`, true}, {`'a/b' -fnmatch 'a*'`, false},
		{`'a' . 'b' == 'ab'`, true}, {`(('x' == 'x') && !(true && false))`, true},
		{`toupper('a') == 'A' && md5('a') == '0cc175b9c0f1b6a831c399e269772661'`, true},
		{`"x%{QUERY_STRING}y" == 'xx=1y'`, true}, {`reqenv('E') == 'set'`, true}, {`-U '/there'`, true},
		{`-d '/' && !-f '/'`, true}, {`'\101\n' == "A\n"`, true}, {`'\x41' == 'x41'`, true},
		{`%{unescape:%2f%41} == '%2fA'`, true}, {`ldap('a*') == 'a\\2a'`, true}, {`-R '10.0.0.0/8'`, true},
		{`file('/nonexistent') == ''`, false}, {`!(file('/nonexistent') == 'x')`, false},
		{`unescape('%41') == 'A' && escape('a b') == 'a%20b'`, true},
	} {
		e, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := e.Eval(newRequest()); got != c.want {
			t.Errorf("%s: got %v, want %v", c.text, got, c.want)
		}
	}
}

// The texts are what Apache says of the same.
func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		`%{NOPE} == 'a'`:    "Variable 'NOPE' does not exist",
		`%{NOPE}`:           "syntax error, unexpected $end: Variable 'NOPE' does not exist",
		`nope('a') == 'b'`:  "Function 'nope' does not exist",
		`'a' =~ /(/`:        "Failed to compile regular expression",
		`'a' =~ /x/q`:       "syntax error, unexpected T_ID, expecting $end",
		`'a' =~ 'x'`:        "syntax error, unexpected T_STR_BEGIN, expecting T_REGEX or T_REGEX_I",
		`'a`:                "Unterminated string or variable",
		`%{REQUEST_URI`:     "syntax error, unexpected T_ERROR, expecting T_VAR_END or ':': Unterminated string or variable",
		`'a' == `:           "syntax error, unexpected $end",
		`foo ==`:            "syntax error, unexpected T_OP_STR_EQ, expecting '('",
		`true)`:             "syntax error, unexpected ')', expecting $end",
		`@`:                 "Parse error near '@'",
		`-q 'a'`:            "Unary operator '-q' does not exist",
		`'a' -nope 'b'`:     "Binary operator '-nope' does not exist",
		`-R %{REMOTE_ADDR}`: "-R requires subnet/netmask as constant argument",
		`'a' -ipmatch 'x'`:  "parsing of subnet/netmask failed",
		`'\777' == 'a'`:     "Escape sequence out of bound",
		`'\8' == 'a'`:       "Bad escape sequence",
		`'a' in nope('x')`:  "List-returning function 'nope' does not exist",
		``:                  "syntax error, unexpected $end",
		`%{req:'x'} == 'y'`: "Unexpected quote in argument",
	} {
		if _, err := Parse(text); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestDialects(t *testing.T) {
	if _, err := ParseIn(`file('/x') == ''`, Dialect{HTAccess: true}); err == nil || err.Error() != "file not available in restricted context" {
		t.Errorf("file in .htaccess: got %v", err)
	}
	if _, err := ParseIn(`-d '/'`, Dialect{HTAccess: true}); err != nil {
		t.Errorf("-d in .htaccess: %v", err)
	}
	if _, err := ParseIn(`-d '/'`, Dialect{Restricted: true}); err == nil || err.Error() != "-d not available in restricted context" {
		t.Errorf("-d in a page: got %v", err)
	}
	e, err := ParseIn(`'b' < 'aa' && v('x') == 'vx'`, Dialect{SSL: true,
		Functions: map[string]func(Context, string) string{"v": func(_ Context, a string) string { return "v" + a }}})
	if err != nil || !e.Eval(newRequest()) {
		t.Errorf("SSLRequire and v(): %v", err)
	}
}

// What is nested deeper than Apache's evaluation goes is false, if it is reached.
func TestRecursion(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("(", n) + "true" + strings.Repeat(" && true)", n) }
	for text, want := range map[string]bool{nested(19): true, nested(20): false, "true || " + nested(20): true,
		"!" + nested(20): false} {
		e, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Eval(newRequest()); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestParseString(t *testing.T) {
	for text, want := range map[string]string{
		`plain`: "plain", `a%{QUERY_STRING}b`: "ax=1b", `%{tolower:AbC}`: "abc", `50% of {x}`: "50% of {x}",
		`"quoted"`: `"quoted"`, `%{req:X}%{HTTP_HOST}`: "7example.com",
	} {
		x, err := ParseString(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := x.Eval(newRequest()); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	if s, ok := Literal("x").Literal(); s != "x" || !ok {
		t.Errorf("Literal: got %q, %v", s, ok)
	}
}

func TestVary(t *testing.T) {
	e, _ := Parse(`req('A') == '' && req_novary('B') == ''`)
	r := newRequest()
	e.Eval(r)
	if len(r.varied) != 1 || r.varied[0] != "A" {
		t.Errorf("got %v, want [A]", r.varied)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`%{REQUEST_URI} =~ m#(a)#i && -n "$1%{req:X}" || 'a' -in {'b', md5('c')}`)
	for _, s := range []string{`'a' =~ m_x_i || !file('/x') == "\101"`, `%{tolower:%{a}`, `((((`, `-R '1.2.3'`, "'\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if e, err := Parse(s); err == nil && !strings.Contains(s, "/") { // No looking at files.
			e.Eval(newRequest())
		}
		if x, err := ParseString(s); err == nil {
			x.Eval(newRequest())
		}
	})
}

func BenchmarkEval(b *testing.B) {
	e, _ := Parse(`%{REQUEST_URI} =~ /html$/ && %{QUERY_STRING} == 'x=1'`)
	r := newRequest()
	b.ReportAllocs()
	for b.Loop() {
		e.Eval(r)
	}
}
