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
		{"/a/../b", "/b", true}, {"/a/..", "/", true}, {"/..", "/..", false}, {"/a/../../b", "/a/../../b", false},
		{"/%2e%2e/a", "/%2e%2e/a", false}, {"/%41%2fb", "/A%2fb", true}, {"/a/b/../..", "/", true},
		{"/...", "/...", true}, {"/.a", "/.a", true}, {"*", "*", true}, {"a", "a", false}, {"/", "/", true},
		{"/a/%2E%2e/%2e/b", "/b", true}, {"//", "/", true},
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
		status            int
	}{
		{"/a%20b", "off", "/a b", 0}, {"/a%2fb", "on", "/a/b", 0}, {"/a%2fb", "nodecode", "/a%2fb", 0},
		{"/a%2fb", "off", "", 404}, {"/a%00", "on", "", 404}, {"/a%zz", "on", "", 400}, {"/a%2", "on", "", 400},
	} {
		got, status := decode(c.in, c.slashes)
		if status != c.status || status == 0 && got != c.want {
			t.Errorf("decode(%q, %s): got %q, %d, want %q, %d", c.in, c.slashes, got, status, c.want, c.status)
		}
	}
}

func FuzzPath(f *testing.F) {
	f.Add("/a/../%2e%2e//b/./%41")
	f.Fuzz(func(t *testing.T, path string) {
		clean, ok := normalize(path, true)
		if !ok || clean == "*" {
			return
		}
		for _, segment := range strings.Split(clean, "/") {
			if segment == ".." || segment == "." {
				t.Fatalf("normalize(%q) leaves %q", path, clean)
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
		name, port, err := parseHost(c.in, true)
		if (err == nil) != c.ok || c.ok && (name != c.name || port != c.port) {
			t.Errorf("parseHost(%q): got %q, %d, %v", c.in, name, port, err)
		}
	}
}
