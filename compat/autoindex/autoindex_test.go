package autoindex

import (
	"strings"
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

// obey is what lines in sections, one around the other, come to.
func obey(t *testing.T, sections ...[]string) (config, error) {
	t.Helper()
	b := conftest.New(t, &Module)
	merged := config{}
	for i, lines := range sections {
		p := conftest.In(b.Main, "<Directory", "/d")
		if err := p.Obey(lines...); err != nil {
			return config{}, err
		}
		if here := slot.Make(p.Section.Vector); i == 0 {
			merged = *here
		} else {
			merged = merged.Merge(*here)
		}
	}
	return merged, nil
}

func TestOptions(t *testing.T) {
	none := []string(nil)
	tests := []struct {
		outer, inner []string
		want         optionSet
		err          string
	}{
		{[]string{"IndexOptions FancyIndexing", "IndexOptions XHTML"}, none, fancy | xhtml, ""},
		{[]string{"IndexOptions FancyIndexing"}, []string{"IndexOptions +XHTML"}, fancy | xhtml, ""},
		{[]string{"IndexOptions FancyIndexing XHTML"}, []string{"IndexOptions -XHTML"}, fancy, ""},
		{[]string{"IndexOptions FancyIndexing"}, []string{"IndexOptions XHTML"}, xhtml, ""},
		{[]string{"IndexOptions FancyIndexing"}, []string{"IndexOptions +HTMLTable XHTML"}, xhtml, ""},
		{[]string{"IndexOptions FancyIndexing"}, []string{"IndexOptions None"}, optNone, ""},
		{[]string{"IndexOptions None"}, []string{"IndexOptions +XHTML"}, xhtml, ""},
		{[]string{"IndexOptions None XHTML"}, none, 0, "Cannot combine other IndexOptions keywords with 'None'"},
		{[]string{"IndexOptions +None"}, none, 0, "Cannot combine '+' or '-' with 'None' keyword"},
		{[]string{"IndexOptions Foo"}, none, 0, "Invalid directory indexing option"},
		{[]string{"IndexOptions Type"}, none, 0, "Invalid directory indexing option"},
		{[]string{"IndexOptions -IconWidth=3"}, none, 0, "Cannot combine '-' with IconWidth=n"},
		{[]string{"IndexOptions NameWidth"}, none, 0, "NameWidth with no value may only appear as '-NameWidth'"},
		{[]string{"IndexOptions NameWidth=4"}, none, 0, "NameWidth value must be greater than 5"},
		{[]string{"IndexOptions DescriptionWidth=11"}, none, 0, "DescriptionWidth value must be greater than 12"},
		{[]string{"IndexOptions -DescriptionWidth=*"}, none, 0, "Cannot combine '-' with DescriptionWidth=n"},
		{[]string{"AddIcon (TXT,/x .txt"}, none, 0, "missing closing paren"},
		{[]string{"FancyIndexing On"}, none, 0, noFancyIndexing},
		{[]string{"IndexOrderDefault Up Name"}, none, 0, "First keyword must be 'Ascending' or 'Descending'"},
		{[]string{"IndexOrderDefault ascending foo"}, none, 0, "Second keyword must be 'Name', 'Date', 'Size', or 'Description'"},
	}
	for _, tt := range tests {
		sections := [][]string{tt.outer}
		if tt.inner != nil {
			sections = append(sections, tt.inner)
		}
		c, err := obey(t, sections...)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if text != tt.err || c.options != tt.want {
			t.Errorf("%v %v: got %x, %q, want %x, %q", tt.outer, tt.inner, c.options, text, tt.want, tt.err)
		}
	}
}

func TestRules(t *testing.T) {
	c, err := obey(t, []string{"AddIcon (TXT,/t.gif) .txt", "AddIconByType /img.gif image/*",
		"AddIconByEncoding /z.gif X-Gzip", "AddIcon /dir.gif **DIRECTORY**", "IndexIgnore .??* *~ a/RCS",
		"AddDescription one alpha", "AddDescription two *.c", "AddDescription three sub/x"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		s    subject
		want string
	}{
		{subject{path: "/d/a.txt"}, "/t.gif"},
		{subject{path: "/elsewhere/a.txt"}, ""},
		{subject{path: "/d/a.png", media: "image/png"}, "/img.gif"},
		{subject{path: "/d/a.png", media: "image/png", pathOnly: true}, ""},
		{subject{path: "/d/a.png.gz", media: "image/png", encoding: "x-gzip"}, "/z.gif"},
		{subject{path: directoryMark, pathOnly: true}, "/dir.gif"},
	} {
		if got, _ := tt.s.of(c.icons); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.s, got, tt.want)
		}
	}
	if alt, _ := (subject{path: "/d/a.txt"}).of(c.alts); alt != "TXT" {
		t.Errorf("alt is %q", alt)
	}
	for path, want := range map[string]bool{"/d/.htaccess": true, "/d/..": false, "/d/x~": true, "/d/RCS": true,
		"/e/x~": false, "/d/a": false} {
		if got := c.ignores(path); got != want {
			t.Errorf("ignores(%s) = %v", path, got)
		}
	}
	for path, want := range map[string]string{"/d/xalphay": "one", "/d/a.cc": "two", "/d/sub/xy": "three", "/d/x": ""} {
		if got, _ := c.describe(path); got != want {
			t.Errorf("describe(%s) = %q, want %q", path, got, want)
		}
	}
	inner, _ := obey(t, []string{"IndexIgnore a"}, []string{"IndexIgnoreReset On", "IndexIgnore b"})
	if inner.ignores("/d/a") || !inner.ignores("/d/b") {
		t.Error("IndexIgnoreReset keeps what is further out")
	}
}

func TestArrange(t *testing.T) {
	tests := []struct{ query, want string }{
		{"", "N A  "}, {"C=S;O=D", "S D  "}, {"C=M&O=A", "M A  "}, {"O=D;C=X;C=M", "N D  "},
		{"F=2;V=1;P=*.png", "N A *.png ;F=2;V=1;P=*.png"}, {"P=a%20b;F=0", "N A a b ;F=0;P=a%20b"},
		{"P=%2f", "N A  "}, {"P=%zz", "N A  "}, {"P=", "N A  "}, {"C=NO=D", "N A  "}, {"F=3;C=S", "N A  "}, {"x", "N A  "},
	}
	for _, tt := range tests {
		a := arrange(&config{}, tt.query)
		if got := string(a.key) + " " + string(a.direction) + " " + a.pattern + " " + a.carried; got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.query, got, tt.want)
		}
	}
	if a := arrange(&config{options: fancy | ignoreClient, key: 'D', direction: 'D'}, "C=N;F=0"); a.key != 'D' ||
		a.options != fancy|ignoreClient|suppressSorting {
		t.Errorf("IgnoreClient: %+v", a)
	}
}

func FuzzArrange(f *testing.F) {
	f.Add("C=N;O=D;P=%41*&F=1")
	f.Fuzz(func(t *testing.T, query string) {
		if a := arrange(&config{}, query); strings.ContainsAny(a.carried, "<>\"") {
			t.Errorf("%q carries %q", query, a.carried)
		}
	})
}

func TestNatural(t *testing.T) {
	ordered := []string{"", "a", "a1", "a2", "a10", "a10b", "b-0.3", "b0.05", "b0.5", "c 7", "c 8", "\xff"}
	for i := 1; i < len(ordered)-1; i++ {
		if natural(ordered[i-1], ordered[i], false) >= 0 || natural(ordered[i], ordered[i-1], false) <= 0 {
			t.Errorf("%q is not before %q", ordered[i-1], ordered[i])
		}
	}
	if natural("A1", "a1", true) != 0 || natural("A1", "a1", false) >= 0 || natural("\xff", "a", false) >= 0 {
		t.Error("letters")
	}
}

func TestShorten(t *testing.T) {
	l := &listing{conf: &config{}}
	tests := []struct {
		text  string
		width int
		want  string
	}{
		{"twelve chars", 12, "twelve chars"}, {"twelve chars.", 12, "twelve char>"},
		{"<b>bold</b> &amp; long", 8, "<b>bold</b> &amp; >"}, {"<b", 1, "<b"}, {"&amp", 1, "&amp"}, {"x", 0, ">"},
	}
	for _, tt := range tests {
		if got := l.shorten(tt.text, tt.width); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestTitleIn(t *testing.T) {
	for text, want := range map[string]string{"<html><TITLE>\r\na\nb</title>": "a b", "<title>": "", "<ti<title>x": "", "": "",
		"<title>x <b>": "x "} {
		if got, _ := titleIn(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestFormatSize(t *testing.T) {
	for n, want := range map[int64]string{-1: "  - ", 0: "  0 ", 972: "972 ", 973: "1.0K", 10188: "9.9K", 10189: " 10K",
		996147: "973K", 1 << 20: "1.0M", 1 << 62: "4.0E"} {
		if got := compat.FormatSize(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}
