package logconfig

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/compat"
	"understudy/compat/internal/conftest"
	"understudy/compat/internal/logformat"
	_ "understudy/compat/logio"
)

func request(h *compat.Host) *compat.Request {
	r := conftest.Get(h, "/d/index.html?q=1")
	r.Line, r.Target = "GET /d/?q=1 HTTP/1.1", "/d/?q=1"
	r.Start = time.Date(2026, 11, 22, 13, 0, 0, 123456789, time.Local)
	r.In.Add("Referer", `http://r/"q"`)
	r.In.Add("User-Agent", "A \\ \x01\té")
	r.In.Add("Cookie", "x=1; Name = v w ; empty=")
	r.Out.Add("Content-Length", "5")
	r.Out.Add("Set-Cookie", "a=1")
	r.ErrOut.Add("Set-Cookie", "b=2")
	r.ContentType, r.Filename, r.Handler = "text/html; charset=x", "/srv/d/index.html", "default"
	r.Sent, r.BytesIn, r.BytesOut, r.Conn.Keepalives = 5, 100, 200, 3
	r.Env.Set("E", "e")
	r.Notes.Set("N", "n")
	return r
}

func TestFormats(t *testing.T) {
	b := conftest.New(t, &Module, &compat.Module{Name: "logio_module"})
	tests := []struct{ format, want string }{
		{`%h %l %u "%r" %>s %b`, `192.0.2.1 - - "GET /d/?q=1 HTTP/1.1" 200 5`},
		{"%a %{c}a %A %B %f %H %m %q %U", "192.0.2.1 192.0.2.1 127.0.0.1 5 /srv/d/index.html HTTP/1.1 GET ?q=1 /d/index.html"},
		{"%{Referer}i|%{User-agent}i|%{None}i", `http://r/\"q\"|A \\ \x01\t\xc3\xa9|-`},
		{"%{content-type}o|%{Content-Length}o|%{Set-Cookie}o|%{X}o", "text/html|5|b=2, a=1|-"},
		{"%{E}e %{F}e %{N}n %{Name}C %{empty}C %{x}C", "e - n v w - 1"},
		{"%p %{local}p %{remote}p %{foo}p", "80 8080 4711 foo"},
		{"%v %V %k %X %R %L %{c}L", "localhost localhost 3 - default - -"},
		{"%I %O %S %^FB %^ti %{T}^to", "100 200 300 - - -"},
		{"%%|%!200{Referer}i|%404,200U|%400U|%!404s", "%|-|/d/index.html|-|200"},
		{`a\tb\\c\d`, "a\tb\\c\\d"},
		{"%{msec_frac}t %{usec_frac}t %{%Y-%m-%d}t %{begin:%H}t", "123 123456 2026-11-22 13"},
		{"%{foo}T", "foo"},
		{"common", "common"},
	}
	for _, tt := range tests {
		f, err := logformat.Parse(b, tt.format)
		if err != nil {
			t.Errorf("%s: %v", tt.format, err)
			continue
		}
		b.Main.Scope = &compat.Scope{Core: &compat.Core{}}
		r := request(b.Main)
		if got := string(f.Append(nil, r, r)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.format, got, tt.want)
		}
	}
}

func TestUnusual(t *testing.T) {
	b := conftest.New(t, &Module)
	b.Main.Scope = &compat.Scope{Core: &compat.Core{}}
	f, err := logformat.Parse(b, `%u "%r" %s %b %U %q`)
	if err != nil {
		t.Fatal(err)
	}
	r := conftest.Get(b.Main, "/")
	r.HasUser, r.Status = true, 408
	r.Line, r.Path = "", ""
	if got, want := string(f.Append(nil, r, r)), `"" "-" 408 - - `; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r.Line, r.Target = "GET http://u:secret@h/x?y HTTP/1.1", "http://u:secret@h/x?y"
	r.User = `a"b`
	if got, want := string(f.Append(nil, r, r)), `a\"b "GET http://u:XXXXXXXX@h/x?y HTTP/1.1" 408 - - `; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestErrors(t *testing.T) {
	tests := []struct{ line, want string }{
		{`LogFormat "%q %!" x`, "Ran off end of LogFormat parsing args to some directive"},
		{`CustomLog logs/a "%Y"`, "Unrecognized LogFormat directive %Y"},
		{"CustomLog logs/a common foo=bar", "error in condition clause"},
		{"CustomLog logs/a common env=!", "missing environment variable name"},
		{"CustomLog logs/a common expr=", "missing condition"},
		{"CustomLog logs/a", "CustomLog takes two or three arguments, a file name, a custom log format string " +
			`or format name, and an optional "env=" or "expr=" clause (see docs)`},
		{`CustomLog logs/a "%I"`, "Unrecognized LogFormat directive %I"}, // logio is not loaded
		{"BufferedLogs On", ""},
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

// open gives each log of b a file, and returns a function that reads one.
func open(t testing.TB, b *compat.Build) func(name string) string {
	t.Helper()
	for _, l := range b.Logs {
		f, err := os.Create(l.Path)
		if err != nil {
			t.Fatal(err)
		}
		l.Use(f)
		t.Cleanup(func() { f.Close() })
	}
	return func(name string) string {
		text, err := os.ReadFile(filepath.Join(b.Tree.Root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

func TestHosts(t *testing.T) {
	b := conftest.New(t, &Module)
	own, without, plain := conftest.VirtualHost(b, "own"), conftest.VirtualHost(b, "without"), conftest.VirtualHost(b, "plain")
	if err := (&conftest.Place{Host: b.Main}).Obey(`LogFormat "main %v %U" f`, "CustomLog a f",
		"GlobalLog g f", "TransferLog t", "CustomLog e f env=E", "CustomLog ne f env=!E"); err != nil {
		t.Fatal(err)
	}
	if err := (&conftest.Place{Host: own}).Obey(`LogFormat "never: the main server's comes first" f`, "CustomLog o f"); err != nil {
		t.Fatal(err)
	}
	if err := (&conftest.Place{Host: plain}).Obey(`LogFormat "plain %m"`); err != nil {
		t.Fatal(err)
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	read := open(t, b)
	for _, h := range []*compat.Host{b.Main, own, without, plain} {
		r := conftest.Get(h, "/x")
		if h == without {
			r.Env.Set("E", "1")
		}
		conftest.Run(r, compat.Log)
	}
	for name, want := range map[string]string{
		"a":  "main localhost /x\nmain without /x\nmain plain /x\n",
		"g":  "main localhost /x\nmain own /x\nmain without /x\nmain plain /x\n",
		"o":  "main own /x\n",
		"e":  "main without /x\n",
		"ne": "main localhost /x\nmain plain /x\n",
	} {
		if got := read(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if lines := strings.Split(read("t"), "\n"); !strings.HasSuffix(lines[0], `"GET /x HTTP/1.1" 200 -`) || lines[2] != "plain GET" {
		t.Errorf("t: got %q", lines)
	}
}

func TestRedirected(t *testing.T) {
	b := conftest.New(t, &Module)
	if err := (&conftest.Place{Host: b.Main}).Obey(`CustomLog a "%U %>U %s %>s %<s"`); err != nil {
		t.Fatal(err)
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	read := open(t, b)
	first, second := conftest.Get(b.Main, "/first"), conftest.Get(b.Main, "/second")
	first.Next, second.Prev, first.Status = second, first, 404
	conftest.Run(first, compat.Log)
	if got, want := read("a"), "/first /second 404 200 404\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

const combined = `%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"`

func combinedLog(t testing.TB) (*compat.Build, *compat.Request) {
	b := conftest.New(t, &Module, &compat.Module{Name: "logio_module"})
	if err := (&conftest.Place{Host: b.Main}).Obey(`LogFormat "`+combined+`" combined`, "CustomLog a combined"); err != nil {
		t.Fatal(err)
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	return b, request(b.Main)
}

func TestWriteAllocates(t *testing.T) {
	_, r := combinedLog(t)
	if n := testing.AllocsPerRun(100, func() { conftest.Run(r, compat.Log) }); n != 0 {
		t.Errorf("a line allocates %v times", n)
	}
}

func BenchmarkCombined(b *testing.B) {
	_, r := combinedLog(b)
	b.ReportAllocs()
	for b.Loop() {
		conftest.Run(r, compat.Log)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(combined)
	f.Add(`%!404,200{x}i%{end:%c}t%<s\`)
	f.Fuzz(func(t *testing.T, format string) {
		b := conftest.New(t, &Module)
		b.Main.Scope = &compat.Scope{Core: &compat.Core{}}
		if p, err := logformat.Parse(b, format); err == nil {
			r := request(b.Main)
			p.Append(nil, r, r)
		}
	})
}
