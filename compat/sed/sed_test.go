package sed

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// edit runs a script of several lines over text, fed in pieces of n bytes.
func edit(lines []string, text string, n int) (string, error) {
	s := &script{}
	for _, line := range lines {
		if err := s.compile(line); err != nil {
			return "", err
		}
	}
	if err := s.unfinished(); err != nil {
		return "", err
	}
	var out bytes.Buffer
	e, err := newEval(s, &out, func(string) {})
	if err != nil {
		return "", err
	}
	defer e.close()
	st := &stream{e: e}
	for text != "" {
		k := min(n, len(text))
		if err := st.feed([]byte(text[:k])); err != nil {
			return "", err
		}
		text = text[k:]
	}
	err = st.finish()
	return out.String(), err
}

func TestEdit(t *testing.T) {
	for _, c := range []struct{ script, in, want string }{
		{"s/a/b/", "aa\naa\n", "ba\nba\n"},
		{"s/a/b/g", "aa\naa", "bb\nbb\n"},
		{"s/x*/-/g", "abc\n", "-a-b-c-\n"},
		{"s/x*c/-/g", "cc\n", "-c\n"},
		{"s/a/b/2", "aaa\n", "aba\n"},
		{`s/\(a\)\(b\)/\2\1&/`, "ab\n", "baab\n"},
		{`s/\(.\)\1/<\1>/g`, "aabbc\n", "<a><b>c\n"},
		{`s/a\{2,3\}/x/g`, "aaaaa\n", "xx\n"},
		{"s/[^a-c]/_/g", "abcd\xe9\n", "abc__\n"},
		{"s/[]x]/_/g", "]x-\n", "__-\n"},
		{"2,3d", "1\n2\n3\n4\n", "1\n4\n"},
		{"3,2d", "1\n2\n3\n4\n", "1\n2\n4\n"},
		{"/a/,/b/!d", "x\na\nb\ny\n", "a\nb\n"},
		{"$d", "1\n2\n", "1\n"},
		{"$!N;s/\\n/+/", "1\n2\n3\n", "1+2\n3\n"},
		{"N;P;D", "1\n2\n3\n", "1\n2\n"},
		{"#n\n2p", "1\n2\n", "2\n"},
		{"1{;s/1/x/;p;}", "1\n2\n", "x\nx\n2\n"},
		{"1{;s/1/x/;p\n}", "1\n2\n", "x\nx\n2\n"},
		{"y/abc/xyz/", "aabbcc\n", "xxyyzz\n"},
		{"2q", "1\n2\n3\n", "1\n2\n"},
		{"1h;2G;3x", "1\n2\n3\n", "1\n2\n1\n1\n"},
		{":a\ns/^a*x/a/;ta", "axx\n", "a\n"},
		{"a\\\nfoo", "1\n", "1\nfoo\n"},
		{"i\\\n  foo", "1\n", "foo\n1\n"},
		{"1c\\\nfoo", "1\n2\n", "foo\n2\n"},
		{"=", "a\nb\n", "1\na\n2\nb\n"},
		{"l;d", "a\t\x7f\xe9\n", "a\\11\\177\\/51\n"},
		{"/x/s//y/", "x\n", "y\n"},
		{"s,/,|,g", "a/b\n", "a|b\n"},
		{"s/$/!/", "a\n", "a!\n"},
	} {
		for _, n := range []int{1, 2, 1000} {
			got, err := edit([]string{c.script}, c.in, n)
			if err != nil || got != c.want {
				t.Errorf("%q of %q in pieces of %d: got %q, %v, want %q", c.script, c.in, n, got, err, c.want)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{"s/a", "Illegal or missing delimiter: s/a"},
		{"s/a/b", "ending delimiter missing on substitution: s/a/b"},
		{`s/a/\1/`, "``\\digit'' out of range: s/a/\\1/"},
		{`s/\(a/b/`, `\( \) imbalance: s/\(a/b/`},
		{"s/[a/b/", "[ ] imbalance: s/[a/b/"},
		{"s//b/", "first RE may not be null"},
		{"k", "unrecognized command: k"},
		{"pp", "command garbled: pp"},
		{"}", "too many }'s"},
		{"1,2=", "only one address allowed: 1,2="},
		{"y/ab/c/", "transform strings not the same size: y/ab/c/"},
		{"{", "too many {'s"},
		{"bfoo", "undefined label: foo"},
		{"s/a/b/600", "suffix too large: s/a/b/600"},
		{":a\n:a", "duplicate labels: :a"},
		{":a23456789", "label too long: :a23456789"},
		{"s/" + strings.Repeat("a", 1000) + "/b/", "command line too long"},
	} {
		if _, err := edit([]string{c.script}, "x\n", 100); err == nil || err.Error() != c.want {
			t.Errorf("%q: got %v, want %s", c.script, err, c.want)
		}
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	read, written := filepath.Join(dir, "r"), filepath.Join(dir, "w")
	if err := os.WriteFile(read, []byte("file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := edit([]string{"1r " + read, "2w " + written, "1r " + dir}, "1\n2\n", 100)
	if want := "1\nfile\n2\n"; got != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if b, err := os.ReadFile(written); string(b) != "2\n" {
		t.Errorf("written: %q, %v", b, err)
	}
}

// A script that would not end is ended, and so is one whose line only grows.
func TestBounds(t *testing.T) {
	for _, script := range []string{":a\nba", ":a\nH;x;ba", ":a\ns/a/aa/;ta", `s/a*a*a*a*a*a*a*b//`, `s/\(\)/x/g`, ":a\np\nba"} {
		if _, err := edit([]string{script}, strings.Repeat("a", 2000)+"\n", 100); err == nil {
			t.Errorf("%s ends", script)
		}
	}
}

func FuzzEdit(f *testing.F) {
	f.Add(`s/\(a\)*[b-d]\{2,3\}$/\1&/gp`, "abcd\nab")
	f.Add("1,/x/{;y/ab/cd/;N;D;}", "a\nb\nx\n")
	f.Add(":a\nH;x;s/x//;ta", "xx\nx")
	f.Add("$!{h;G;l\n}", "\x00\xff\n1")
	f.Fuzz(func(t *testing.T, script, text string) {
		if strings.ContainsAny(script, "rw") || len(text) > 1000 {
			return // Files are not for a fuzzer.
		}
		whole, err := edit([]string{script}, text, 1<<20)
		pieces, err2 := edit([]string{script}, text, 3)
		if err == nil && err2 == nil && whole != pieces {
			t.Errorf("%q of %q: %q in one piece, %q in several", script, text, whole, pieces)
		}
	})
}
