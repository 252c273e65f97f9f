package alias

import (
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

func TestMatches(t *testing.T) {
	tests := []struct {
		path, fake string
		want       int
	}{
		{"/a/b", "/a", 2}, {"/a", "/a", 2}, {"/ab", "/a", 0}, {"/a//b", "/a/", 4},
		{"//a///b", "/a/b", 7}, {"/a", "/a/", 0}, {"/x", "/", 1}, {"", "/", 0}, {"/A", "/a", 0},
		{"/a/b", "/a///b", 4}, {"/a", "", 0},
	}
	for _, tt := range tests {
		if got := matches(tt.path, tt.fake); got != tt.want {
			t.Errorf("matches(%q, %q) = %d, want %d", tt.path, tt.fake, got, tt.want)
		}
	}
}

func FuzzMatches(f *testing.F) {
	f.Add("/a//b", "/a/")
	f.Fuzz(func(t *testing.T, path, fake string) {
		if n := matches(path, fake); n < 0 || n > len(path) {
			t.Errorf("matches(%q, %q) = %d", path, fake, n)
		}
	})
}

func TestErrors(t *testing.T) {
	tests := []struct{ line, want string }{
		{"Alias x", "Alias must have two arguments when used globally"},
		{"Redirect permanent /x", "URL to redirect to is missing"},
		{`Redirect permanent / ""`, "Redirect to non-URL"},
		{"Redirect gone /x http://y/", "Redirect URL not valid for this status"},
		{"Redirect /x y", "Redirect to non-URL"},
		{"Redirect foo /a /b", "Redirect: invalid first argument (of three)"},
		{"Redirect", "Redirect takes one, two or three arguments, an optional status, then document to be " +
			"redirected and destination URL"},
		{"AliasMatch ( x", "Regular expression could not be compiled."},
		{"RedirectMatch ^/x y$1", ""},
		{"Redirect 410 /x", ""},
		{"RedirectPermanent /a /b", ""},
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

func TestPlaces(t *testing.T) {
	b := conftest.New(t, &Module)
	for around, want := range map[string]string{
		"<Location":  "Alias cannot occur within directory context",
		"<Directory": "Alias cannot occur within directory context",
	} {
		if err := conftest.In(b.Main, around, "/x").Obey("Alias /a /b"); err == nil || err.Error() != want {
			t.Errorf("in %s: got %v, want %s", around, err, want)
		}
	}
	err := conftest.In(b.Main, "<Directory", "/x").Obey("Alias /b")
	if want := "Alias cannot occur within <Directory> section"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestOverlap(t *testing.T) {
	b := conftest.New(t, &Module)
	err := (&conftest.Place{Host: b.Main}).Obey("Alias /a /x", "ScriptAliasMatch ^/s/ /y", "Alias /a/b /y",
		"ScriptAlias /s/t /z", "Alias /c /d")
	if err != nil {
		t.Fatal(err)
	}
	want := "[alias:warn] AH00671: The Alias directive in f at line 3 will probably never match because it " +
		"overlaps an earlier Alias.\n" +
		"[alias:warn] AH00671: The ScriptAlias directive in f at line 4 will probably never match because it " +
		"overlaps an earlier ScriptAliasMatch.\n"
	if got := conftest.Warnings(b); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTranslate(t *testing.T) {
	b := conftest.New(t, &Module)
	h := conftest.VirtualHost(b, "v")
	main, virtual := &conftest.Place{Host: b.Main}, &conftest.Place{Host: h}
	if err := main.Obey("Alias /a /main/a", "Alias /m /main/m", "ScriptAlias /cgi/ /bin/",
		"AliasMatch ^/u/([^/]+)/?(.*) /home/$1/www/$2", "Redirect /r http://x/y", "Alias /r /never",
		"Alias /rel sub", "Redirect 302 /q http://x/?a", "Redirect gone /gone", "Alias /s/ /z/../s/"); err != nil {
		t.Fatal(err)
	}
	if err := virtual.Obey("Alias /a /virtual/a", "RedirectMatch 307 ^/k/(.*) http://k:80/$1?z"); err != nil {
		t.Fatal(err)
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		host           *compat.Host
		path           string
		status         compat.Status
		file, location string
	}{
		{b.Main, "/a/x", compat.OK, "/main/a/x", ""},
		{h, "/a/x", compat.OK, "/virtual/a/x", ""},
		{h, "/m", compat.OK, "/main/m", ""},
		{h, "/cgi/x", compat.OK, "/bin/x", ""},
		{b.Main, "/u/joe/a/b", compat.OK, "/home/joe/www/a/b", ""},
		{b.Main, "/r/é s?q=1", 302, "", "http://x/y/%c3%a9%20s?q=1"},
		{b.Main, "/q?q=1", 302, "", "http://x/?a"},
		{b.Main, "/gone", 410, "", ""},
		{h, "/k/a b", 307, "", "http://k/a%20b?z"},
		{b.Main, "/rel/f", compat.OK, b.Tree.Root + "/sub/f", ""},
		{b.Main, "/s/", compat.OK, "/s/", ""},
		{b.Main, "/none", compat.Declined, "", ""},
	}
	for _, tt := range tests {
		r := conftest.Get(tt.host, tt.path)
		s := conftest.Run(r, compat.Translate)
		if s != tt.status || r.Filename != tt.file || r.Out.Get("Location") != tt.location {
			t.Errorf("%s: got %d %q %q, want %d %q %q", tt.path, s, r.Filename, r.Out.Get("Location"),
				tt.status, tt.file, tt.location)
		}
	}
	r := conftest.Get(b.Main, "/cgi/x")
	conftest.Run(r, compat.Translate)
	if r.Handler != "cgi-script" || r.ContextPrefix != "/cgi/" || r.ContextRoot != "/bin/" {
		t.Errorf("ScriptAlias: got %q %q %q", r.Handler, r.ContextPrefix, r.ContextRoot)
	}
}

func TestSections(t *testing.T) {
	b := conftest.New(t, &Module)
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	in := func(lines ...string) *compat.Request {
		p := conftest.In(b.Main, "<Location", "/l")
		if err := p.Obey(lines...); err != nil {
			t.Fatal(err)
		}
		r := conftest.Get(b.Main, "/l/x/y")
		r.Scope = p.Section.Enter(b.Main.Scope)
		return r
	}
	r := in("Alias /files")
	if conftest.Run(r, compat.Translate) != compat.OK || r.Filename != "/files" {
		t.Errorf("Alias: got %q", r.Filename)
	}
	r = in("AliasPreservePath On", "Alias /files")
	if conftest.Run(r, compat.Translate) != compat.OK || r.Filename != "/files/x/y" {
		t.Errorf("AliasPreservePath: got %q", r.Filename)
	}
	r = in("RedirectRelative On", "Redirect 308 /elsewhere")
	if s := conftest.Run(r, compat.Fixups); s != 308 || r.Out.Get("Location") != "/elsewhere" {
		t.Errorf("Redirect: got %d %q", s, r.Out.Get("Location"))
	}
	r = in("Redirect 410")
	if s := conftest.Run(r, compat.Translate); s != 410 {
		t.Errorf("Redirect 410: got %d", s)
	}
	r = in("Redirect /l/x http://e/")
	if s := conftest.Run(r, compat.Translate); s != compat.Declined {
		t.Errorf("a list of a section was used while translating: got %d", s)
	}
	if s := conftest.Run(r, compat.Fixups); s != 302 || r.Out.Get("Location") != "http://e//y" {
		t.Errorf("Redirect: got %d %q", s, r.Out.Get("Location"))
	}
}
