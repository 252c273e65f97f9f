package setenvif

import (
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

func TestErrors(t *testing.T) {
	tests := []struct{ line, want string }{
		{"SetEnvIf", "Missing header-field name for SetEnvIf"},
		{"SetEnvIf Host", "Missing regular expression for SetEnvIf"},
		{"SetEnvIf Host x", "Missing envariable expression for SetEnvIf"},
		{"SetEnvIf Host ( x", "SetEnvIf regex could not be compiled."},
		{"SetEnvIf ^( y x", "SetEnvIfHeader name regex could not be compiled."},
		{"BrowserMatch x", "Missing envariable expression for BrowserMatch"},
		{"SetEnvIfExpr", "Missing expression for SetEnvIfExpr"},
		{"BrowserMatchNoCase x a b=c !d", ""},
	}
	for _, tt := range tests {
		b := conftest.New(t, &Module)
		got := ""
		if err := (&conftest.Place{Host: b.Main}).Obey(tt.line); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestConditions(t *testing.T) {
	tests := []struct{ line, name, want string }{
		{"SetEnvIf Request_URI ^/a/(.*)$ X=got-$1", "X", "got-b.gif"},
		{"SetEnvIf request_uri .gif X", "X", "1"},
		{`SetEnvIf Request_URI \.gif X=$0`, "X", "$0"}, // plain text expands nothing
		{`SetEnvIf Request_URI \.(gif) X=a\$$1`, "X", "a$gif"},
		{"SetEnvIf Request_Method GET X=m", "X", "m"},
		{"SetEnvIf Request_Protocol HTTP/1.1 X=p", "X", "p"},
		{"SetEnvIf Remote_Addr ^192 X=r", "X", "r"},
		{"SetEnvIf Remote_Host 192.0.2.1 X=h", "X", "h"},
		{"SetEnvIf Server_Addr ^127 X=s", "X", "s"},
		{"SetEnvIf Host example X=case", "X", ""},
		{"SetEnvIfNoCase Host example X=case", "X", "case"},
		{"SetEnvIfNoCase Host ^e.AMPLE X=case", "X", "case"},
		{"SetEnvIf ^X-.* (.*) X=$1", "X", "two"}, // the last of those whose names match
		{"SetEnvIf Missing ^$ X=none", "X", "none"},
		{"SetEnvIf PRESET yes X=chained", "X", "chained"},
		{"SetEnvIf Host . !PRESET", "PRESET", ""},
		{"SetEnvIf Host . PRESET=!", "PRESET", ""},
		{"BrowserMatch Mozilla/([0-9]) X=$1", "X", "5"},
		{"BrowserMatch nope X", "X", ""},
		{`SetEnvIfExpr "%{REQUEST_URI} =~ m#^/a/(.)#" X=$1`, "X", "b"},
		{`SetEnvIfExpr "req('Host') == 'EXAMPLE.com'" X=e-$1`, "X", "e-$1"}, // nothing matched a pattern
		{`SetEnvIfExpr "req('Host') == 'x'" X`, "X", ""},
	}
	for _, tt := range tests {
		b := conftest.New(t, &Module)
		if err := (&conftest.Place{Host: b.Main}).Obey(tt.line); err != nil {
			t.Errorf("%s: %v", tt.line, err)
			continue
		}
		if err := conftest.Init(b); err != nil {
			t.Fatal(err)
		}
		r := conftest.Get(b.Main, "/a/b.gif")
		r.In.Add("Host", "EXAMPLE.com")
		r.In.Add("X-One", "one")
		r.In.Add("X-Two", "two")
		r.In.Add("User-Agent", "Mozilla/5.0")
		r.Env.Set("PRESET", "yes")
		conftest.Run(r, compat.PostRead)
		if got := r.Env.Get(tt.name); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestOrder(t *testing.T) {
	b := conftest.New(t, &Module)
	h := conftest.VirtualHost(b, "v")
	section := conftest.In(h, "<Location", "/")
	for p, line := range map[*conftest.Place]string{
		{Host: b.Main}: "SetEnvIf Host . X=main", {Host: h}: "SetEnvIf X (.*) X=$1,host",
		section: "SetEnvIf X (.*) X=$1,section",
	} {
		if err := p.Obey(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	r := conftest.Get(h, "/")
	r.In.Add("Host", "v")
	conftest.Run(r, compat.PostRead)
	if got, want := r.Env.Get("X"), "main,host"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r.Scope = section.Section.Enter(h.Scope)
	conftest.Run(r, compat.HeaderParser)
	if got, want := r.Env.Get("X"), "main,host,section"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPlain(t *testing.T) {
	tests := []struct {
		regex, want string
		ok          bool
	}{
		{"abc/-", "abc/-", true}, {`a\.b\\`, `a.b\`, true}, {"a.b", "", false}, {`\d`, "", false},
		{`a\`, "", false}, {"", "", true}, {"a^", "", false},
	}
	for _, tt := range tests {
		if got, ok := plain(tt.regex); got != tt.want || ok != tt.ok {
			t.Errorf("plain(%q) = %q, %v, want %q, %v", tt.regex, got, ok, tt.want, tt.ok)
		}
	}
}

func BenchmarkBrowserMatch(b *testing.B) {
	build := conftest.New(b, &Module)
	if err := (&conftest.Place{Host: build.Main}).Obey(`BrowserMatch "Mozilla/2" nokeepalive`,
		`BrowserMatch "MSIE [2-6]" ssl-unclean-shutdown`); err != nil {
		b.Fatal(err)
	}
	if err := conftest.Init(build); err != nil {
		b.Fatal(err)
	}
	r := conftest.Get(build.Main, "/")
	r.In.Add("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
	b.ReportAllocs()
	for b.Loop() {
		conftest.Run(r, compat.PostRead)
	}
}
