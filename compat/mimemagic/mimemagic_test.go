package mimemagic

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

const magic = `# comment
0	string	MAGC	application/x-c
>4	belong	16	x-sixteen
>4	belong	>16	large
0	string	MAGD	application/d
>(4.s)	string	INNER	x-%s
0	string	MAGE	audio/e
>4	byte&0x80	=0x80	Enc
>>4	byte	x	\b%d
>4	ubyte	>0x80	more
0	string	MAGF
>4	string	>\0	text/%s
0	string	MAGG	application/g
>4	belong	<0	neg
0	string	MAGH	noslash enc
0	string	MAGJ	Text/J;Charset=A c d
4	leshort	0x4142	image/\x
4	string	a\ b\x41\101	video/v
`

func pad(s string) string { return s + strings.Repeat("z", 100) }

func zip(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.String()
}

func archive() string {
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	t.WriteHeader(&tar.Header{Name: "f", Size: 1, Format: tar.FormatUSTAR})
	t.Write([]byte("x"))
	t.Close()
	return b.String()
}

func TestFind(t *testing.T) {
	b := conftest.New(t, &Module)
	b.Tree.Root = t.TempDir()
	if err := os.WriteFile(filepath.Join(b.Tree.Root, "magic"), []byte(magic), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&conftest.Place{Host: b.Main}).Obey("MimeMagicFile magic"); err != nil {
		t.Fatal(err)
	}
	if err := conftest.Init(b); err != nil || conftest.Warnings(b) != "" {
		t.Fatal(err, conftest.Warnings(b))
	}
	tests := []struct{ text, want string }{
		{pad("MAGC\x00\x00\x00\x10"), "application/x-c [x-sixteen]"},
		{pad("MAGC\x00\x00\x00\x11"), "application/x-c [large]"},
		{pad("MAGC\x00\x00\x00\x01"), "application/x-c []"},
		{"MAGC\x00\x00\x00\x10", " []"},
		{pad("MAGD\x0b\x00.....INNER\n"), "application/d [x-inner]"},
		{pad("MAGD\xff\xff...."), "application/d []"},
		{pad("MAGE\x85"), "audio/e [enc-123]"},
		{pad("MAGE\x01"), "audio/e []"},
		{pad("MAGFname\nrest"), "text/name []"},
		{pad("MAGG\xff\xff\xff\xf0"), "application/g [neg]"},
		{pad("MAGH"), " []"},
		{pad("MAGJ"), "text/j;Charset=A [c]"},
		{pad("....BA"), `image/\x []`},
		{pad("....a bAA"), "video/v []"},
		{"", "text/plain []"},
		{"some <html> text", "text/html []"},
		{"This is the text", "text/plain []"},
		{"the \x1b[1m text", "text/plain [(with]"},
		{".TH X", "application/x-troff []"},
		{"c  comment", "text/plain []"},
		{"Received: from", "message/rfc822 []"},
		{"nothing known", " []"},
		{zip("<html> x y"), "text/html [x-gzip]"},
		{zip("???"), " [x-gzip]"},
		{"\x1f\x8bjunk", " []"},
		{"\x1f\x9d\x90the", " []"},
		{archive(), "application/x-tar []"},
	}
	for _, tt := range tests {
		name := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(name, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		r := conftest.Get(b.Main, "/f")
		r.Filename = name
		r.Info, _ = os.Stat(name)
		conftest.Run(r, compat.TypeCheck)
		if got := fmt.Sprint(r.ContentType, " ", r.Encodings); got != tt.want {
			t.Errorf("%.40q: got %s, want %s", tt.text, got, tt.want)
		}
	}
}

func TestLoad(t *testing.T) {
	b := conftest.New(t, &Module)
	v := conftest.VirtualHost(b, "v")
	if err := os.WriteFile(filepath.Join(b.Tree.Root, "bad"), []byte("x string a b/c\n0 foo\n>0(.q) byte 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&conftest.Place{Host: b.Main}).Obey("MimeMagicFile bad"); err != nil {
		t.Fatal(err)
	}
	if err := conftest.Init(b); err != nil {
		t.Fatal(err)
	}
	want := "[mime_magic:error] AH01521: mod_mime_magic: offset x string a b/c invalid\n" +
		"[mime_magic:error] AH01524: mod_mime_magic: type x string a b/c invalid\n" +
		"[mime_magic:error] AH01524: mod_mime_magic: type foo invalid\n" +
		"[mime_magic:error] AH01524: mod_mime_magic: type (.q) byte 1 invalid\n"
	if got := conftest.Warnings(b); got != want {
		t.Errorf("got %s", got)
	}
	if len(slot.OfServer(b.Main).rules) != 3 || len(slot.OfServer(v).rules) != 0 {
		t.Error("a file with errors counts for its own host, and for no other")
	}
	b = conftest.New(t, &Module)
	if err := (&conftest.Place{Host: b.Main}).Obey("MimeMagicFile nosuch"); err != nil {
		t.Fatal(err)
	}
	conftest.Init(b)
	if got := conftest.Warnings(b); !strings.Contains(got, "(2)No such file or directory: AH01515: mod_mime_magic: can't read magic file ") {
		t.Errorf("got %s", got)
	}
}

func TestFormat(t *testing.T) {
	tests := []struct {
		format, text string
		n            uint64
		want         string
	}{
		{"plain", "x", 1, "plain"}, {"%s-%s", "x", 0, "x-x"}, {"%d", "", 1<<64 - 5, "-5"}, {"%lu", "", 5, "5"},
		{"%04lx", "", 255, "00ff"}, {"%c", "", 'a', "a"}, {"100%%", "", 0, "100%"}, {"%", "", 0, ""}, {"%q", "", 0, "%q"},
		{"%999999999d", "", 7, "7"}, {"%.3s", "abcdef", 0, "abc"},
	}
	for _, tt := range tests {
		if got := format(tt.format, tt.text, tt.n); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.format, got, tt.want)
		}
	}
}

func FuzzMagic(f *testing.F) {
	f.Add(magic, pad("MAGC"))
	f.Add("0 byte x %s\n>(0.l-8) long !5 \\b%d", "\x1f\x8b")
	b := conftest.New(f, &Module)
	if err := conftest.Init(b); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, rules, file string) {
		list, _ := parseFile(strings.NewReader(rules), func(string) {})
		var o outcome
		r := conftest.Get(b.Main, "/")
		g := guess{r: r, rules: list, outcome: &o}
		if file = file[:min(len(file), howMany)]; file != "" {
			g.plain([]byte(file + "\x00"))
			o.put("\n")
			o.apply(r)
		}
	})
}
