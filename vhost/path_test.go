package vhost

import (
	"strings"
	"testing"
)

func TestNormalize(t *testing.T) {
	for _, c := range []struct {
		in, want string
		ok       bool
	}{
		{"/a/b", "/a/b", true}, {"//a///b/", "/a/b/", true}, {"/./a/.", "/a/", true},
		{"/a/../b", "/b", true}, {"/a/..", "/", true}, {"/..", "/", false}, {"/a/../../b", "/b", false},
		{"/%2e%2e/a", "/a", false}, {"/%41%2fb", "/A%2fb", true}, {"/a/b/../..", "/", true},
		{"/...", "/...", true}, {"/.a", "/.a", true}, {"*", "*", true}, {"a", "a", false}, {"/", "/", true},
		{"/a/%2E%2e/%2e/b", "/b", true}, {"//", "/", true},
		{"/%%32%65", "/%%32%65", false}, {"/%2%65", "/%2%65", false}, {"/%", "/%", false}, {"/%252e", "/%252e", true},
	} {
		if got, ok := normalize(c.in, true); got != c.want || ok != c.ok {
			t.Errorf("normalize(%q): got %q, %v, want %q, %v", c.in, got, ok, c.want, c.ok)
		}
	}
	if got, _ := normalize("/a//b", false); got != "/a//b" {
		t.Errorf("without merging: got %q", got)
	}
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		in, slashes, want string
		ok                bool
	}{
		{"/a%20b", "off", "/a b", true}, {"/a%2fb", "on", "/a/b", true}, {"/a%2fb", "nodecode", "/a%2fb", true},
		{"/a%2Fb%20c", "", "/a/b c", false}, {"/a%00b", "on", "/a", false}, {"/a%25zz", "on", "/a%zz", true},
		{"/%ff", "", "/\xff", true},
	} {
		if got, ok := decode(c.in, c.slashes); got != c.want || ok != c.ok {
			t.Errorf("decode(%q, %s): got %q, %v, want %q, %v", c.in, c.slashes, got, ok, c.want, c.ok)
		}
	}
}

func TestValidEscapes(t *testing.T) {
	for in, want := range map[string]bool{"/": true, "/%20": true, "/%2": false, "/%": false, "/%zz": false, "/%%20": false} {
		if got := validEscapes(in); got != want {
			t.Errorf("validEscapes(%q): got %v", in, got)
		}
	}
}

func FuzzPath(f *testing.F) {
	f.Add("/a/../%2e%2e//b/./%41")
	f.Add("/a/.%%32%65/b/%252e%2f")
	f.Fuzz(func(t *testing.T, path string) {
		clean, ok := normalize(path, true)
		if !ok || clean == "*" {
			return
		}
		for _, slashes := range []string{"off", "nodecode"} {
			decoded, ok := decode(clean, slashes)
			for segment := range strings.SplitSeq(decoded, "/") {
				if ok && (segment == ".." || segment == ".") {
					t.Fatalf("%q becomes %q, and that %q", path, clean, decoded)
				}
			}
		}
	})
}

func TestParseHost(t *testing.T) {
	for _, c := range []struct {
		in, name string
		port     int
		ok       bool
	}{
		{"Example.COM", "example.com", 0, true}, {"a.b.:80", "a.b", 80, true}, {"[::1]:8080", "[::1]", 8080, true},
		{"a..b", "", 0, false}, {"a b", "", 0, false}, {"a/b", "", 0, false}, {"a:0", "", 0, false}, {"a:", "", 0, false},
		{"a:99999", "", 0, false}, {"[zz]", "", 0, false}, {"[::1", "", 0, false}, {"a@b", "", 0, false}, {"\x80", "", 0, false},
	} {
		name, port, ok := parseHost(c.in, true)
		if ok != c.ok || c.ok && (name != c.name || port != c.port) {
			t.Errorf("parseHost(%q): got %q, %d, %v", c.in, name, port, ok)
		}
	}
}
