package rewrite

import (
	"strings"
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

func TestErrors(t *testing.T) {
	for line, want := range map[string]string{
		"RewriteRule ^a":                        "RewriteRule: bad argument line '^a'",
		"RewriteRule ( -":                       "RewriteRule: cannot compile regular expression '('",
		"RewriteRule a b [Z]":                   "RewriteRule: unknown flag 'Z'",
		"RewriteRule a b Z":                     "RewriteRule: bad flag delimiters",
		"RewriteRule a b [L,]":                  "RewriteRule: unknown flag ''",
		"RewriteRule a b [R=999]":               "RewriteRule: invalid HTTP response code '999' for flag 'R'",
		"RewriteRule a b [BNE]":                 "RewriteRule: flag 'BNE' wants a list of characters (i.e. [BNE=...])",
		"RewriteRule a b [L,R=302,E=a:b,DPI]":   "",
		"RewriteCond %{X}":                      "RewriteCond: bad argument line '%{X}'",
		"RewriteCond a b [ZZ]":                  "RewriteCond: unknown flag 'ZZ'",
		"RewriteCond a (":                       "RewriteCond: cannot compile regular expression '('",
		"RewriteMap m int:nope":                 "RewriteMap: internal map not found:nope",
		"RewriteMap m txt:/nonexistent":         "RewriteMap: file for map m not found:/nonexistent",
		"RewriteMap m dbd:x":                    "RewriteMap types dbd and fastdbd require mod_dbd!",
		"RewriteBase /x":                        "RewriteBase: only valid in per-directory config files",
		"RewriteOptions Inherit Bogus":          "RewriteOptions: unknown option 'Bogus'",
		"RewriteOptions Inherit AllowNoSlash":   "",
		`RewriteRule "^with blank" '-' "[F,L]"`: "",
	} {
		b := conftest.New(t, &Module)
		got := ""
		if err := (&conftest.Place{Host: b.Main}).Obey(line); err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

func TestTranslate(t *testing.T) {
	for _, tt := range []struct {
		rules    string // separated by " || "
		url      string
		status   compat.Status
		file     string
		location string
	}{
		{"RewriteRule ^/a /b.html", "/a", compat.OK, "/srv/b.html", ""},
		{"RewriteRule ^/a /b.html", "/c", compat.Declined, "", ""},
		{"RewriteRule ^/a - [F]", "/a", 403, "", ""},
		{"RewriteRule ^/a - [G]", "/a", 410, "", ""},
		{"RewriteRule ^/a(.*) http://other/b$1", "/a/x y", 302, "", "http://other/b/x%20y"},
		{"RewriteRule ^/a(.*) http://other/b$1 [R=301,NE]", "/a/%", 301, "", "http://other/b/%"},
		{"RewriteRule ^/a /b?x=1 [QSA,R]", "/a?y=2", 302, "", "http://localhost/b?x=1&y=2"},
		{"RewriteRule ^/a /b? [R]", "/a?y=2", 302, "", "http://localhost/b"},
		{"RewriteRule ^/a /b [C] || RewriteRule ^/b /c", "/a", compat.OK, "/srv/c", ""},
		{"RewriteRule ^/no /b [C] || RewriteRule ^/a /c || RewriteRule ^/a /d", "/a", compat.OK, "/srv/d", ""},
		{"RewriteRule ^/a - [S=1] || RewriteRule ^/a /skipped || RewriteRule ^/a /c", "/a", compat.OK, "/srv/c", ""},
		{"RewriteRule ^/(.*)a(.*) /$1b$2 [N]", "/aaa", compat.OK, "/srv/bbb", ""},
		{"RewriteRule ^ - [N]", "/a", 500, "", ""},
		{"RewriteCond %{QUERY_STRING} ^x=(.) || RewriteRule ^/a /%1", "/a?x=7", compat.OK, "/srv/7", ""},
		{"RewriteCond %{QUERY_STRING} no [OR] || RewriteCond %{REQUEST_URI} ^/a || RewriteRule . /b", "/a", compat.OK, "/srv/b", ""},
		{"RewriteCond %{REQUEST_URI} !^/a || RewriteRule . /b", "/a", compat.Declined, "", ""},
		{"RewriteCond 10 -gt9 || RewriteRule ^/a /b", "/a", compat.OK, "/srv/b", ""},
		{"RewriteCond abc >zz || RewriteRule ^/a /b", "/a", compat.OK, "/srv/b", ""},
		{"RewriteCond A =a [NC] || RewriteRule ^/a /b", "/a", compat.OK, "/srv/b", ""},
		{"RewriteCond expr \"%{REQUEST_URI} =~ m#/(a)#\" || RewriteRule . /x%1", "/a", compat.OK, "/srv/xa", ""},
		{"RewriteMap up int:toupper || RewriteRule ^/(.*) /${up:$1}", "/ab", compat.OK, "/srv/AB", ""},
		{"RewriteRule ^/(.*) /${none:$1|dflt}", "/ab", compat.OK, "/srv/dflt", ""},
		{"RewriteRule ^/(.*) /x?q=$1 [B,R]", "/a b&c", 302, "", "http://localhost/x?q=a+b%2526c"},
		{"RewriteRule ^/(.*) /b/$1", "/a?b", compat.OK, "/srv/b/a", ""},
		{"RewriteRule ^/a /b [PT]", "/a", compat.Declined, "", ""},
		{"RewriteRule ^/a http://localhost/b", "/a", compat.OK, "/srv/b", ""},
	} {
		b := conftest.New(t, &Module)
		b.Main.DocumentRoot = "/srv"
		b.Main.Port = 80
		if err := (&conftest.Place{Host: b.Main}).Obey(append([]string{"RewriteEngine On"}, strings.Split(tt.rules, " || ")...)...); err != nil {
			t.Fatal(err)
		}
		if err := conftest.Init(b); err != nil {
			t.Fatal(err)
		}
		path, query, asked := strings.Cut(tt.url, "?")
		r := conftest.Get(b.Main, path)
		r.Query, r.HasQuery, r.Filename = query, asked, ""
		if status := conftest.Run(r, compat.Translate); status != tt.status || status == compat.OK && r.Filename != tt.file ||
			r.Out.Get("Location") != tt.location {
			t.Errorf("%s with %s: got %d %s %s, want %d %s %s", tt.url, tt.rules, status, r.Filename, r.Out.Get("Location"),
				tt.status, tt.file, tt.location)
		}
	}
}

func TestEscape(t *testing.T) {
	for _, tt := range []struct {
		e    escaping
		want string
	}{
		{escaping{}, "a+b%26%2f%3f"},
		{escaping{noPlus: true}, "a%20b%26%2f%3f"},
		{escaping{escapes: "?&"}, "a b%26/%3f"},
		{escaping{spares: "/"}, "a+b%26/%3f"},
		{escaping{ctls: true}, "a+b&/?"},
	} {
		if got := tt.e.escape("a b&/?"); got != tt.want {
			t.Errorf("%+v: got %s, want %s", tt.e, got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`^(.*)$ /x/$1?%{QUERY_STRING}&${m:%1|d} [L,R=301,E=a:$1]`, "/a/b")
	f.Add(`"a b" '\$1%{`, "/")
	f.Fuzz(func(t *testing.T, line, url string) {
		b := conftest.New(t, &Module)
		if strings.ContainsAny(line, "\n\r\x00") || (&conftest.Place{Host: b.Main}).Obey("RewriteEngine On", "RewriteRule "+line) != nil ||
			conftest.Init(b) != nil {
			return
		}
		r := conftest.Get(b.Main, url)
		r.Filename = ""
		conftest.Run(r, compat.Translate)
	})
}
