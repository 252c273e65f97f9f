package autoindex

import (
	"slices"
	"strings"
	"testing"

	"understudy/compat/internal/conftest"
)

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{-1: "  - ", 0: "  0 ", 972: "972 ", 973: "1.0K", 1024: "1.0K", 1536: "1.5K", 10000: "9.8K",
		10240: " 10K", 996000: "973K", 996352: "1.0M", 1 << 30: "1.0G", 5 << 40: "5.0T"} {
		if got := size(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func TestNatural(t *testing.T) {
	names := []string{"a10", "a9", "a1", "b1.10", "b1.9", "x 1", "x2", "1.010", "1.02"}
	slices.SortFunc(names, natural)
	if got := strings.Join(names, ","); got != "1.010,1.02,a1,a9,a10,b1.9,b1.10,x 1,x2" {
		t.Errorf("got %s", got)
	}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		s, p string
		want bool
	}{{"a.txt", "*.txt", true}, {"a.txt", "*.tx", false}, {"/x/y/z", "*y*", true}, {"abc", "a?c", true}, {"", "*", true}, {"ab", "a", false}} {
		if got := match(tt.s, tt.p); got != tt.want {
			t.Errorf("%q, %q: got %v", tt.s, tt.p, got)
		}
	}
}

func TestErrors(t *testing.T) {
	for line, want := range map[string]string{
		"IndexOptions Bogus":                   "Invalid directory indexing option",
		"IndexOptions -None":                   "Cannot combine '+' or '-' with 'None' keyword",
		"IndexOptions None FancyIndexing":      "Cannot combine other IndexOptions keywords with 'None'",
		"IndexOptions NameWidth":               "NameWidth with no value may only appear as '-NameWidth'",
		"IndexOptions NameWidth=3":             "NameWidth value must be greater than 5",
		"IndexOptions -IconWidth=3":            "Cannot combine '-' with IconWidth=n",
		"IndexOrderDefault Up Name":            "First keyword must be 'Ascending' or 'Descending'",
		"IndexOrderDefault Ascending Colour":   "Second keyword must be 'Name', 'Date', 'Size', or 'Description'",
		"AddIcon (x,/y .z":                     "missing closing paren",
		"FancyIndexing On":                     "The FancyIndexing directive is no longer supported. Use IndexOptions FancyIndexing.",
		"IndexOptions +FancyIndexing Charset=": "",
	} {
		b := conftest.New(t, &Module)
		got := ""
		if err := conftest.In(b.Main, "<Directory", "/x/").Obey(line); err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

func FuzzShorten(f *testing.F) {
	f.Add("<b>bold</b> &amp; more", 10)
	f.Fuzz(func(t *testing.T, s string, width int) {
		p := &page{c: &config{}}
		if got := p.shorten(s, width%1000); len(got) > len(s) {
			t.Errorf("%q grew to %q", s, got)
		}
		natural(s, "a1")
		match(s, "*a?b*")
	})
}
