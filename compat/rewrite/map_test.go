package rewrite

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

func TestMapEntry(t *testing.T) {
	tests := []struct{ line, key, value string }{
		{"a b\n", "a", "b"}, {"a\tb c\n", "a", "b"}, {"a\n", "", ""}, {"# x y\n", "", ""}, {" a b\n", "", ""},
		{"a b", "a", "b"}, {"", "", ""}, {"a  \r\n", "", ""},
	}
	for _, tt := range tests {
		if key, value, ok := mapEntry([]byte(tt.line)); key != tt.key || value != tt.value || ok != (tt.key != "") {
			t.Errorf("mapEntry(%q) = %q, %q, %v", tt.line, key, value, ok)
		}
	}
}

func FuzzMapEntry(f *testing.F) {
	f.Add([]byte("key value rest\n"))
	f.Fuzz(func(t *testing.T, line []byte) {
		if key, value, ok := mapEntry(line); ok && (key == "" || value == "") {
			t.Errorf("mapEntry(%q) = %q, %q", line, key, value)
		}
	})
}

func TestTextMap(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	write := func(text string, at int64) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		os.Chtimes(path, time.Unix(at, 0), time.Unix(at, 0))
	}
	m := &textMap{path: path}
	expect := func(key, want string, wantFresh bool) {
		t.Helper()
		if value, fresh, err := m.find(key); value != want || fresh != wantFresh || err != nil {
			t.Errorf("%s: got %q, %v, %v", key, value, fresh, err)
		}
	}
	if _, _, err := m.find("a"); err == nil || !strings.Contains(problem(err), "AH00661") {
		t.Errorf("a map without a file: %v", err)
	}
	write("a 1\na 2\nb\nb 3\n"+strings.Repeat("x", 2000)+" long\n", 1)
	expect("a", "1", true)
	expect("a", "1", false)
	expect("b", "3", true)
	expect("c", "", true)
	write("a 5\n", 2)
	expect("a", "5", true)
	m.all = nil // As for a file that is too large to be kept.
	expect("a", "5", false)
	expect("b", "", true)
}

func TestUnescape(t *testing.T) {
	for s, want := range map[string]string{"a%20b": "a b", "%zz%4": "%zz%4", "a%00b": "a", "%2F%c3%A9": "/é"} {
		if got := compat.Unescape(s); got != want {
			t.Errorf("unescape(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestProgram(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	script := filepath.Join(t.TempDir(), "p")
	text := "#!/bin/sh\nwhile read l; do case $l in\nend) exit;;\nno) echo null;;\n" +
		"long) head -c 70000 /dev/zero | tr '\\0' x; echo;;\n*) echo \"$l $1\";; esac; done\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	r := conftest.Get(rewriting(t), "/")
	p := &program{argv: []string{script, "arg"}}
	expect := func(key, want string) {
		t.Helper()
		if value, ok := p.ask(r, key); value != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", key, value, ok, want)
		}
	}
	again := func() { p.run.began = p.run.began.Add(-restartAfter) }
	if err := p.check(); err != nil {
		t.Error(err)
	}
	expect("a", "a arg")
	first := p.run
	expect("b", "b arg")
	if p.run != first {
		t.Error("the program was started twice")
	}
	expect("no", "")
	expect("a\nb", "")
	expect("end", "")
	expect("a", "") // Not started again at once.
	again()
	expect("c", "c arg")
	expect("long", "")
	again()
	expect("d", "d arg")
	p.run.end()
	p.argv[0] += "-none"
	if err := p.check(); err == nil {
		t.Error("a program that is not there can be started")
	}
}
