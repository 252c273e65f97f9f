package expr

import (
	"net/netip"
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
		{`('a' . 'b') == 'ab'`, true}, {`(('x' == 'x') && !(true && false))`, true},
		{`toupper('a') == 'A' && md5('a') == '0cc175b9c0f1b6a831c399e269772661'`, true},
		{`"x%{QUERY_STRING}y" == 'xx=1y'`, true}, {`reqenv('E') == 'set'`, true}, {`-U '/there'`, true},
		{`-d '/' && !-f '/'`, true}, {`replace('aXb', 'X', '-') == 'a-b'`, true}, {`'\x41\n' == "A\n"`, true},
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

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		`%{NOPE} == 'a'`: "Variable 'NOPE' does not exist",
		`nope('a')`:      "Function 'nope' does not exist",
		`'a' =~ /(/`:     "Failed to compile regular expression",
		`'a`:             "Unterminated string",
		`%{REQUEST_URI`:  "Unterminated variable",
		`'a' =~ /x/q`:    "Invalid regexp flag(s)",
		`'a' == `:        "syntax error, unexpected $end",
	} {
		if _, err := Parse(text); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
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
	f.Fuzz(func(t *testing.T, s string) {
		if e, err := Parse(s); err == nil {
			_ = e
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
