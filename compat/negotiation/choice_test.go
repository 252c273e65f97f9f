package negotiation

import (
	"strings"
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

// variants makes variants of lines "name type language encoding length".
func variants(lines ...string) (list []variant) {
	for _, line := range lines {
		f := strings.Fields(line)
		v := newVariant()
		v.name = f[0]
		v.describe(f[1])
		if f[2] != "-" {
			v.languages = strings.Split(f[2], ",")
		}
		if f[3] != "-" {
			v.encoding, v.hasEncoding = f[3], true
		}
		v.bytes = int64(len(f[4]))
		list = append(list, v)
	}
	return list
}

func TestChoose(t *testing.T) {
	langs := []string{"de text/html de - xxx", "en text/html en - x", "gb text/html en-gb - xx"}
	types := []string{"html text/html - - xx", "png image/png - - x", "gz text/html - x-gzip x"}
	charsets := []string{"l1 text/html;charset=iso-8859-1 - - x", "u8 text/html;charset=utf-8 - - xx"}
	levels := []string{"two text/html;level=2 - - x", "three text/html;level=3 - - x"}
	tests := []struct {
		from   []string
		header string
		lines  []string
		want   string // "-": nothing
	}{
		{langs, "", nil, "en"},
		{langs, "Accept-Language: de", nil, "de"},
		{langs, "Accept-Language: en-US", nil, "en"},
		{langs, "Accept-Language: es", nil, "-"},
		{langs, "Accept-Language: es", []string{"LanguagePriority de en", "ForceLanguagePriority Fallback"}, "de"},
		{langs, "", []string{"LanguagePriority de en"}, "de"},
		{langs, "", []string{"LanguagePriority de en", "ForceLanguagePriority None"}, "en"},
		{langs, "Accept-Language: en;q=0.5, en-GB", nil, "gb"},
		{langs, "Accept-Language: *, en;q=0", nil, "de"},
		{langs, "Accept-Language: en, de;q=0.1 | env prefer-language=de", nil, "de"},
		{langs, "Accept-Language: en | env prefer-language=xx", nil, "en"},
		{types, "", nil, "png"},
		{types, "Accept: text/*, */*", nil, "html"},
		{types, "Accept: text/html;q=0.5, image/*;q=0.6", nil, "png"},
		{types, "Accept: text/html | Accept-Encoding: gzip", nil, "gz"},
		{types, "Accept: text/html | Accept-Encoding: gzip | env no-gzip=1", nil, "html"},
		{types, "Accept: application/pdf", nil, "-"},
		{charsets, "", nil, "u8"},
		{charsets, "Accept-Charset: utf-8;q=0.5", nil, "l1"},
		{charsets, "Accept-Charset: koi8-r, iso-8859-1;q=0", nil, "-"},
		{levels, "", nil, "two"},
		{levels, "Accept: text/html;level=3", nil, "three"},
	}
	for _, tt := range tests {
		b := conftest.New(t, &Module)
		if err := (&conftest.Place{Host: b.Main}).Obey(tt.lines...); err != nil {
			t.Fatal(err)
		}
		if err := conftest.Init(b); err != nil {
			t.Fatal(err)
		}
		r := conftest.Get(b.Main, "/x")
		for h := range strings.SplitSeq(tt.header, "|") {
			if name, value, ok := strings.Cut(strings.TrimSpace(h), ": "); ok {
				r.In.Add(name, value)
			} else if v, ok := strings.CutPrefix(strings.TrimSpace(h), "env "); ok {
				name, value, _ := strings.Cut(v, "=")
				r.Env.Set(name, value)
			}
		}
		conf := slot.Of(r)
		if conf == nil {
			conf = &config{}
		}
		n := begin(r, conf)
		n.variants = variants(tt.from...)
		n.settleTerms()
		n.acceptScripts(false)
		got := "-"
		if best, ok := n.choose(); ok {
			got = best.name
		}
		if got != tt.want {
			t.Errorf("%s %v: got %s, want %s", tt.header, tt.lines, got, tt.want)
		}
	}
}

func TestErrors(t *testing.T) {
	tests := []struct{ line, want string }{
		{"ForceLanguagePriority Prefer None", "Cannot combine ForceLanguagePriority options with None"},
		{"ForceLanguagePriority None Prefer", "Cannot combine ForceLanguagePriority options None and Prefer"},
		{"ForceLanguagePriority x", "Invalid ForceLanguagePriority option x"},
		{"CacheNegotiatedDocs 1", "CacheNegotiatedDocs must be On or Off"},
		{"ForceLanguagePriority prefer FALLBACK", ""},
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

func TestFixEncoding(t *testing.T) {
	tests := []struct{ has, accepts, want string }{
		{"x-gzip", "gzip", "gzip"}, {"x-gzip", "x-gzip, gzip", "gzip"}, {"gzip", "x-gzip", "x-gzip"},
		{"x-gzip", "br", "x-gzip"}, {"x-gzip", "", "x-gzip"},
	}
	for _, tt := range tests {
		r := &compat.Request{Encodings: []string{tt.has}}
		if tt.accepts != "" {
			r.In.Add("Accept-Encoding", tt.accepts)
		}
		if fixEncoding(r); r.Encodings[0] != tt.want {
			t.Errorf("%s for %s: got %s, want %s", tt.has, tt.accepts, r.Encodings[0], tt.want)
		}
	}
}
