package mime

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

const types = "# comment\ntext/html html HTM\ntext/plain txt\nimage/png\tpng\napplication/x-none\n"

func build(t testing.TB, lines ...string) (*compat.Build, *conftest.Place) {
	t.Helper()
	b := conftest.New(t, &Module)
	if err := os.WriteFile(filepath.Join(b.Tree.Root, "mime.types"), []byte(types), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &conftest.Place{Host: b.Main}
	if err := p.Obey(lines...); err != nil {
		t.Fatal(err)
	}
	return b, p
}

var everything = []string{
	"AddType text/x-bar bar", "AddType TEXT/X-Foo .FOO", "AddCharset UTF-8 utf8", "AddEncoding x-gzip gz",
	"AddLanguage fr fr", "AddLanguage en en", "AddHandler My-Handler .cgi", "AddOutputFilter A;B flt",
	`AddType "text/html; charset=koi8-r;level=1" k`, "AddType odd odd",
}

func TestFind(t *testing.T) {
	b, _ := build(t, everything...)
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		file                    string
		kind, charset, handler  string
		languages, codings, out string
		status                  compat.Status
	}{
		{"/d.png/a.html", "text/html", "", "", "", "", "", compat.OK},
		{"/a.htm", "text/html", "", "", "", "", "", compat.OK},
		{"/a.HTML.zzz", "text/html", "", "", "", "", "", compat.OK},
		{"/a.bar.foo", "text/x-foo", "", "", "", "", "", compat.OK},
		{"/html", "", "", "", "", "", "", compat.Declined},
		{"/.html", "", "", "", "", "", "", compat.Declined},
		{"/.a.html", "text/html", "", "", "", "", "", compat.OK},
		{"/a..html", "text/html", "", "", "", "", "", compat.OK},
		{"/a.html.utf8", "text/html", "utf-8", "", "", "", "", compat.OK},
		{"/a.k", "text/html; charset=koi8-r; level=1", "", "", "", "", "", compat.OK},
		{"/a.k.utf8", "text/html; level=1", "utf-8", "", "", "", "", compat.OK},
		{"/a.fr.html.gz.en", "text/html", "", "", "fr en", "x-gzip", "", compat.OK},
		{"/a.cgi", "", "", "my-handler", "", "", "", compat.Declined},
		{"/a.txt.flt", "text/plain", "", "", "", "", "a b", compat.OK},
		{"/a.odd.utf8", "odd", "", "", "", "", "", compat.OK},
		{"", "", "", "", "", "", "", compat.Declined},
	}
	for _, tt := range tests {
		r := conftest.Get(b.Main, "/")
		r.Filename = tt.file
		s := conftest.Run(r, compat.TypeCheck)
		languages, codings := strings.Join(r.Languages, " "), strings.Join(r.Encodings, " ")
		out := strings.Join(r.OutputFilters, " ")
		if s != tt.status || r.ContentType != tt.kind || r.Charset != tt.charset || r.Handler != tt.handler ||
			languages != tt.languages || codings != tt.codings || out != tt.out {
			t.Errorf("%s: got %d %q %q %q %q %q %q", tt.file, s, r.ContentType, r.Charset, r.Handler, languages,
				codings, out)
		}
	}
}

func TestParts(t *testing.T) {
	b, p := build(t, everything...)
	tests := []struct {
		line, file string
		want       []string
	}{
		{"", "/a.html", []string{"a"}},
		{"", "/a.html.Zzz", []string{"a", "Zzz"}},
		{"", "/a.cgi", nil},
		{"", "/a.txt.cgi", []string{"a", "cgi"}},
		{"MultiviewsMatch Handlers", "/a.cgi", []string{"a"}},
		{"MultiviewsMatch Any", "/a.zzz", []string{"a"}},
	}
	for _, tt := range tests {
		slot.Make(b.Main.Section.Vector).match = 0
		if tt.line != "" {
			if err := p.Obey(tt.line); err != nil {
				t.Fatal(err)
			}
		}
		if err := conftest.Init(b); err != nil {
			t.Fatal(err)
		}
		r := conftest.Get(b.Main, "/")
		r.Filename, r.Main = tt.file, r
		conftest.Run(r, compat.TypeCheck)
		if !slices.Equal(r.MimeParts, tt.want) {
			t.Errorf("%s %s: got %q, want %q", tt.line, tt.file, r.MimeParts, tt.want)
		}
	}
}

func TestMerge(t *testing.T) {
	b, _ := build(t, "AddHandler h .x", "AddType text/x .x", "AddLanguage de .de", "DefaultLanguage nl")
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		lines                    []string
		file                     string
		kind, handler, languages string
	}{
		{nil, "/a.x", "text/x", "h", "nl"},
		{[]string{"RemoveHandler .x", "AddHandler new x"}, "/a.x", "text/x", "", "nl"}, // removals come last
		{[]string{"AddHandler new x"}, "/a.x", "text/x", "new", "nl"},
		{[]string{"RemoveType x html"}, "/a.x", "", "h", "nl"},
		{[]string{"RemoveType x html"}, "/a.html", "", "", "nl"},
		{[]string{"AddType text/y .html", "DefaultLanguage da"}, "/a.html", "text/y", "", "da"},
		{[]string{"RemoveLanguage de"}, "/a.de.x", "text/x", "h", "nl"},
		{nil, "/a.de.x", "text/x", "h", "de"},
		{[]string{"ModMimeUsePathInfo On"}, "/a", "text/html", "", "nl"},
	}
	for _, tt := range tests {
		section := conftest.In(b.Main, "<Directory", "/")
		if err := section.Obey(tt.lines...); err != nil {
			t.Fatal(err)
		}
		r := conftest.Get(b.Main, "/")
		r.Scope = section.Section.Enter(b.Main.Scope)
		r.Filename, r.PathInfo = tt.file, "/b.html"
		conftest.Run(r, compat.TypeCheck)
		if l := strings.Join(r.Languages, " "); r.ContentType != tt.kind || r.Handler != tt.handler || l != tt.languages {
			t.Errorf("%v %s: got %q %q %q, want %q %q %q", tt.lines, tt.file, r.ContentType, r.Handler, l,
				tt.kind, tt.handler, tt.languages)
		}
	}
}

func TestMissingTypes(t *testing.T) {
	b, _ := build(t, "TypesConfig nope")
	if err := conftest.Init(b); err != nil {
		t.Errorf("-t fails: %v", err)
	}
	want := "AH01597: could not open mime types config file " + b.Tree.Root + "/nope.\nAH00016: Configuration Failed"
	if err := b.Start(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestErrors(t *testing.T) {
	tests := []struct{ line, want string }{
		{"AddHandler x", "AddHandler requires at least two arguments, a handler name followed by one or more file extensions"},
		{"MultiviewsMatch Foo", "Unrecognized option 'Foo'"},
		{"MultiviewsMatch Handlers Any", "Any is incompatible with NegotiatedOnly, Filters and Handlers"},
		{"MultiviewsMatch Handlers Filters", ""},
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

func TestFindAllocates(t *testing.T) {
	b, _ := build(t, everything...)
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	r := conftest.Get(b.Main, "/")
	r.Filename = "/srv/www/site.example/images/picture.PNG"
	if n := testing.AllocsPerRun(100, func() { conftest.Run(r, compat.TypeCheck) }); n != 0 {
		t.Errorf("finding a type allocates %v times", n)
	}
}

func FuzzParseType(f *testing.F) {
	f.Add(`text/html; charset="a\"b"; x=y`)
	f.Fuzz(func(t *testing.T, s string) {
		if m := parseType(s); m.valid && !strings.Contains(m.text, "/") {
			t.Errorf("parseType(%q) = %+v", s, m)
		}
	})
}
