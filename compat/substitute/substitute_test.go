package substitute

import (
	"strings"
	"testing"
)

func TestApply(t *testing.T) {
	for _, c := range []struct {
		rules, in, want string
		max             int64
	}{
		{"s/a/b/", "aaa", "bbb", 10},
		{"s/a/bb/n", "aaa", "too long", 5},
		{"s/x*/y/", "aaa", "too long", 100},
		{"s/ab/c/i s/c/ab/n", "aBAb", "abab", 100},
		{"s/a/<b/nq s/<b>/c/n", "a>", "<b>", 100},
		{"s/a/<b/n s/<b>/c/n", "a>", "c", 100},
		{`s/(a)(b)?/\$$2$1/`, "aab", "$a$ba", 100},
		{"s/É/e/in", "éÉ", "ée", 100}, // Only ASCII has two cases.
	} {
		var rules []rule
		for _, line := range strings.Fields(c.rules) {
			r, err := parse(line)
			if err != nil {
				t.Fatal(line, err)
			}
			rules = append(rules, r)
		}
		pieces, err := apply(rules, c.in, c.max)
		got := strings.Join(pieces, "")
		if err == errLong {
			got = "too long"
		}
		if got != c.want {
			t.Errorf("%s of %q: got %q, want %q", c.rules, c.in, got, c.want)
		}
	}
}

func FuzzApply(f *testing.F) {
	f.Add("s/a(b)?/$1x/q", "abab")
	f.Add("S|a|b|nfi", "AA")
	f.Fuzz(func(t *testing.T, line, text string) {
		r, err := parse(line)
		if err != nil {
			return
		}
		pieces, err := apply([]rule{r, r}, text, 1000)
		if n := len(strings.Join(pieces, "")); err == nil && n > max(1000, len(text)) {
			t.Errorf("%q on %q came to %d bytes", line, text, n)
		}
	})
}
