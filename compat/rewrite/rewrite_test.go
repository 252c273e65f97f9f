package rewrite

import (
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

func TestWords(t *testing.T) {
	tests := []struct {
		line string
		want []string // nil: a bad line
	}{
		{"a b", []string{"a", "b"}},
		{"a b [L]", []string{"a", "b", "[L]"}},
		{`"a b" 'c d' "[E=x:y z]"`, []string{"a b", "c d", "[E=x:y z]"}},
		{`a\ b c\ d`, []string{`a\ b`, `c\ d`}},
		{`^a"b c"d`, []string{`^a"b`, `c"d`}},
		{"  a\t b  [L] rest", []string{"a", "b", "[L]"}},
		{`"a"`, []string{"a", ""}},
		{"a", nil}, {"", nil}, {`"a b`, nil},
		{`a "b`, []string{"a", "b"}},
	}
	for _, tt := range tests {
		got, ok := words(tt.line)
		if ok != (tt.want != nil) || !slices.Equal(got, tt.want) {
			t.Errorf("words(%q) = %q, %v, want %q", tt.line, got, ok, tt.want)
		}
	}
}

func TestErrors(t *testing.T) {
	tests := []struct{ line, want string }{
		{"RewriteRule x y [Z]", "RewriteRule: unknown flag 'Z'"},
		{"RewriteRule x y Z", "RewriteRule: bad flag delimiters"},
		{"RewriteRule x y [L, R]", "RewriteRule: bad flag delimiters"},
		{"RewriteRule x y []", "RewriteRule: unknown flag ''"},
		{"RewriteRule x y [R=999]", "RewriteRule: invalid HTTP response code '999' for flag 'R'"},
		{"RewriteRule x y [BNE]", "RewriteRule: flag 'BNE' wants a list of characters (i.e. [BNE=...])"},
		{"RewriteRule ( y", "RewriteRule: cannot compile regular expression '('"},
		{"RewriteRule x", "RewriteRule: bad argument line 'x'"},
		{"RewriteRule x y [Danything,BackrefEscaping,cookie=a:b:c,qsl,UNC]", ""},
		{"RewriteRule x " + strings.Repeat("${a:", 60) + strings.Repeat("}", 60), "RewriteRule: map lookups are nested too deep"},
		{"RewriteCond %{HTTP_HOST}", "RewriteCond: bad argument line '%{HTTP_HOST}'"},
		{"RewriteCond a b [ZZ]", "RewriteCond: unknown flag 'ZZ'"},
		{"RewriteCond a ( [NC]", "RewriteCond: cannot compile regular expression '('"},
		{"RewriteOptions foo", "RewriteOptions: unknown option 'foo'"},
		{"RewriteOptions Inherit MergeBase unsafeprefixstat", ""},
		{"RewriteBase /", "RewriteBase: only valid in per-directory config files"},
		{"RewriteMap m txt:/nonexistent", "RewriteMap: file for map m not found:/nonexistent"},
		{"RewriteMap m prg:/nonexistent/p", "RewriteMap: file for map m not found:/nonexistent/p"},
		{"RewriteMap m int:foo", "RewriteMap: internal map not found:foo"},
		{"RewriteMap m dbd:q", "RewriteMap types dbd and fastdbd require mod_dbd!"},
		{"RewriteMap m dbm=x", "RewriteMap: bad map:dbm=x"},
		{"RewriteMap m dbm=ndbm:f", "RewriteMap: dbm type ndbm is invalid"},
		{"RewriteMap m dbm=sdbm:/nonexistent", "RewriteMap: file for map m not found:/nonexistent.dir"},
		{"RewriteMap m dbm:/nonexistent", "RewriteMap: file for map m not found:/nonexistent"},
		{"RewriteMap m prg:/bin/cat joe:users", "RewriteMap: programs run as the user of the server (:) in Understudy, " +
			"not as joe:users"},
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

// rewriting is a host with rules, and whatever else lines say.
func rewriting(t testing.TB, lines ...string) *compat.Host {
	t.Helper()
	b := conftest.New(t, &Module)
	b.Main.DocumentRoot = "/srv/none"
	if err := (&conftest.Place{Host: b.Main}).Obey(append([]string{"RewriteEngine On"}, lines...)...); err != nil {
		t.Fatal(err)
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	return b.Main
}

func TestTranslate(t *testing.T) {
	tests := []struct {
		lines  []string
		path   string
		status compat.Status
		want   string // Location, or the file
	}{
		{[]string{"RewriteRule ^/a(.*) /b$1"}, "/ax", compat.OK, "/srv/none/bx"},
		{[]string{"RewriteRule ^/a /b"}, "/x", compat.Declined, ""},
		{[]string{"RewriteRule ^/a http://h/%{HTTP:X}?$0 [R=301]"}, "/a?q", 301, "http://h/?/a"},
		{[]string{"RewriteRule ^/a(.*) /b?x=$1 [QSA]"}, "/a?q=1", compat.OK, "/srv/none/b?x=&q=1"},
		{[]string{"RewriteRule . - [F]"}, "/a", 403, ""},
		{[]string{"RewriteRule . - [G]"}, "/a", 410, ""},
		{[]string{"RewriteCond $1 ^(.)", "RewriteRule ^/(.*) /%1/$1"}, "/ab", compat.OK, "/srv/none/a/ab"},
		{[]string{"RewriteRule ^/(.*) /$1/x [N=5]"}, "/a", 500, ""},
		{[]string{"RewriteRule ^/(.*) /$1$1$1$1 [N]"}, "/a", 500, ""},
		{[]string{"RewriteRule ^/(.*) /../../$1"}, "/etc/passwd", 403, ""},
		{[]string{"RewriteRule ^/(.*) /$1"}, "/a?b", compat.OK, "/srv/none/a?b"},
		{[]string{"RewriteRule ^/(.*) http://h/$1 [R,B]"}, "/a/é", 302, "http://h/a%252f%25c3%25a9"},
		{[]string{"RewriteRule ^/(.*) http://h/$1 [R,B,NE,BNP]"}, "/a b", 302, "http://h/a%20b"},
		{[]string{"RewriteRule ^/x - [S=1]", "RewriteRule . - [F]", "RewriteRule . /y"}, "/x", compat.OK, "/srv/none/y"},
		{[]string{"RewriteRule ^/x - [C]", "RewriteRule . - [F,C]", "RewriteRule . - [F]"}, "/y", compat.Declined, ""},
		{[]string{"RewriteRule ^/p$ http://b/x [P]"}, "/p", 403, ""},
		{[]string{"RewriteMap l int:tolower", "RewriteRule ^/(.*) http://h/${l:$1|x}${no:$1|y} [R]"}, "/AB", 302, "http://h/aby"},
		{[]string{"RewriteRule ^/(.*) /$1"}, "/a%3fb", 403, ""},
		{[]string{"RewriteRule ^/(.*) /$1 [UnsafeAllow3F]"}, "/a%3fb", compat.OK, "/srv/none/a?b"},
		{[]string{`RewriteRule "^/(.*)" "/x?y z"`}, "/a", 403, ""},
	}
	for _, tt := range tests {
		r := conftest.Get(rewriting(t, tt.lines...), tt.path)
		r.Path = strings.ReplaceAll(r.Path, "%3f", "?")
		status := conftest.Run(r, compat.Translate)
		got := r.Out.Get("Location")
		if status == compat.OK {
			if got = r.Filename; r.HasQuery {
				got += "?" + r.Query
			}
		}
		if status != tt.status || got != tt.want {
			t.Errorf("%q %s: got %d %q, want %d %q", tt.lines, tt.path, status, got, tt.status, tt.want)
		}
	}
}

func TestFixup(t *testing.T) {
	tests := []struct {
		lines  []string
		file   string
		status compat.Status
		want   string
	}{
		{[]string{"RewriteRule ^a$ b"}, "/srv/none/d/a", compat.OK, "redirect:/d/b"},
		{[]string{"RewriteBase /x", "RewriteRule ^a$ b"}, "/srv/none/d/a", compat.OK, "redirect:/x/b"},
		{[]string{"RewriteRule ^a$ a"}, "/srv/none/d/a", compat.OK, "/srv/none/d/a"},
		{[]string{"RewriteRule ^$ - [F]"}, "/srv/none/d", compat.OK, "/srv/none/d"},
		{[]string{"RewriteRule ^a$ - [F]"}, "/srv/none/d/a", 403, ""},
		{[]string{"RewriteRule ^a$ b [R]"}, "/srv/none/d/a", 302, "http://localhost/srv/none/d/b"},
		{[]string{"RewriteBase /", "RewriteRule ^a$ b [R]"}, "/srv/none/d/a", 302, "http://localhost/b"},
	}
	for _, tt := range tests {
		h := rewriting(t)
		p := conftest.In(h, "<Directory", "/srv/none/d")
		if err := p.Obey(append([]string{"RewriteEngine On"}, tt.lines...)...); err != nil {
			t.Fatal(err)
		}
		r := conftest.Get(h, "/d/a")
		r.Scope, r.Filename = p.Section.Enter(h.Scope), tt.file
		status := conftest.Run(r, compat.Fixups)
		got := r.Out.Get("Location")
		if status == compat.OK {
			got = r.Filename
		}
		if status != tt.status || got != tt.want {
			t.Errorf("%q: got %d %q, want %d %q", tt.lines, status, got, tt.status, tt.want)
		}
	}
}

func TestCookie(t *testing.T) {
	now := time.Date(2026, 11, 24, 23, 59, 0, 0, time.UTC)
	tests := []struct{ spec, want string }{
		{"n:v:d", "n=v; path=/; domain=d"},
		{"n:v:d:1:/p:secure:HttpOnly:lax", "n=v; path=/p; domain=d; expires=Wed, 25-Nov-2026 00:00:00 GMT; secure; HttpOnly; SameSite=lax"},
		{"n:v:d:0:/:0:true:false", "n=v; path=/; domain=d; HttpOnly"},
	}
	for _, tt := range tests {
		if got := makeCookie(strings.Split(tt.spec, ":"), now); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.spec, got, tt.want)
		}
	}
}

func TestCompareStrings(t *testing.T) {
	tests := []struct {
		a, b string
		fold bool
		sign int
	}{
		{"b", "aa", false, -1}, {"aa", "b", false, 1}, {"b", "aa", true, 1}, {"A", "a", true, 0}, {"\xff", "a", false, 1}, {"", "", false, 0},
	}
	for _, tt := range tests {
		if got := compareStrings(tt.a, tt.b, tt.fold); got > 0 != (tt.sign > 0) || got < 0 != (tt.sign < 0) {
			t.Errorf("compareStrings(%q, %q, %v) = %d", tt.a, tt.b, tt.fold, got)
		}
	}
}

// A quadratic loop would let a .htaccess keep a processor busy.
func FuzzText(f *testing.F) {
	for _, s := range []string{"a$1%2b", "${m:${n:$1|%{TIME}}|d}", `\$1\%{X}%{`, "%{LA-U:HTTP:x}?${a}", "{}}{%{}${:|}"} {
		f.Add(s)
	}
	h := rewriting(f)
	f.Fuzz(func(t *testing.T, s string) {
		parsed, err := parseText(s)
		if err != nil || strings.Contains(strings.ToUpper(s), "LA-") {
			return // Looking ahead takes more than there is here.
		}
		p := newPass(conftest.Get(h, "/x"), nil)
		p.expand(parsed, nil, &question{})
	})
}

func FuzzRule(f *testing.F) {
	for _, s := range []string{`^/a(.*)$ /b?$1 [R=301,L,QSA]`, `"a b" - [CO=;a;b;c,E=!x]`, `!x y? [B=ab,BNE=c,S=3,N=2]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parseRule(s)
		if list, ok := words(s); ok && (len(list) < 2 || len(list) > 3) {
			t.Errorf("words(%q) = %q", s, list)
		}
	})
}
