package authform

import (
	"fmt"
	"strings"
	"testing"

	"understudy/compat"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"a=1&b=2":              "[{a 1} {b 2}]",
		"a=1&a=2":              "[{a 1} {a 2}]",
		"%61%3d1=+%2b%26":      "[{a 1= +&}]", // The sign ends a name, however it is written.
		"a&b=":                 "[{b }]",
		"=x&&":                 "[{ x}]",
		"a=x%00y":              "[{a x}]",
		"a=%zz":                "[{a S}]",
		"a=%":                  "[{a }]",
		strings.Repeat("x", 9): "[]",
		"":                     "[]",
	} {
		p := parser{left: 100}
		p.write([]byte(text))
		if got := fmt.Sprint(p.end()); got != want || p.tooLarge {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"a=" + strings.Repeat("x", 100), strings.Repeat("x", 101)} {
		p := parser{left: 100}
		if p.write([]byte(text)); !p.tooLarge {
			t.Errorf("%d bytes are not too many", len(text))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a=1&%61%3d1=+%2b%26")
	f.Fuzz(func(t *testing.T, text string) {
		p := parser{left: 64}
		p.write([]byte(text))
		n := 0
		for _, pair := range p.end() {
			n += len(pair.Name) + len(pair.Value)
		}
		if n > 65 {
			t.Errorf("%d bytes of names and values", n)
		}
	})
}

func TestMerge(t *testing.T) {
	outer, inner := config{}, config{}
	outer.fields[username], outer.fields[body] = "u", "b"
	inner.fields[username] = "v"
	inner.providers = []compat.AuthnProvider{{Name: "file"}}
	got := outer.Merge(inner)
	if got.fields[username] != "v" || got.name(body) != "b" || got.name(password) != "httpd_password" || len(got.providers) != 1 {
		t.Errorf("got %+v", got)
	}
}
