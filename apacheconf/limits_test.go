package apacheconf

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/apacheconf/pattern"
)

// A few lines that come to very many are refused before they take the memory of
// the machine.
func TestLinesThatMultiply(t *testing.T) {
	doubled := func(first, line string) string {
		var b strings.Builder
		b.WriteString(first)
		for i := range 40 {
			fmt.Fprintf(&b, line, i+1, i)
		}
		return b.String()
	}
	archives := map[string]string{
		"definitions": "-- m --\n" + doubled("Define v0 aaaaaaaaaa\n", "Define v%[1]d ${v%[2]d}${v%[2]d}\n"),
		"macros": "-- m --\nLoadModule macro_module x\n" + doubled("<Macro m0>\nX y\n</Macro>\n",
			"<Macro m%[1]d>\nUse m%[2]d\nUse m%[2]d\n</Macro>\n") + "Use m40\n",
	}
	if !testing.Short() {
		archives["files"] = "-- m --\nInclude i40\n" + doubled("-- i0 --\nX y\n", "-- i%[1]d --\nInclude i%[2]d\nInclude i%[2]d\n")
	}
	for name, archive := range archives {
		t.Run(name, func(t *testing.T) {
			tree, _, err := load(t, archive)
			if err == nil {
				t.Fatal("no error")
			}
			if text := err.Error(); !strings.HasSuffix(text, "it comes to too much, there appears to be a recursion") &&
				!strings.HasSuffix(text, ": Line too long") {
				t.Errorf("got %q", text[max(0, len(text)-200):])
			}
			if n := countNodes(tree.Nodes); n > 2_000_000 {
				t.Errorf("%d lines were kept", n)
			}
		})
	}
}

func countNodes(nodes []*Node) int {
	n := len(nodes)
	for _, c := range nodes {
		n += countNodes(c.Children)
	}
	return n
}

// Many hosts may include the same lines.
func TestManyInclude(t *testing.T) {
	tree, _, err := load(t, "-- m --\n"+strings.Repeat("Include i\n", 10_000)+"-- i --\n"+strings.Repeat("X y\n", 20))
	if err != nil || countNodes(tree.Nodes) != 200_000 {
		t.Errorf("%d lines, %v", countNodes(tree.Nodes), err)
	}
}

// FuzzInclude includes by a pattern: what it brings in lies where it says.
func FuzzInclude(f *testing.F) {
	for _, seed := range []string{"*", "d/*.conf", "[a-", "**/*", "d/../a*", "?[^a]*", "\\*", "d", "[[:alpha:]]*", "[!a]*[", "*/*/*"} {
		f.Add(seed)
	}
	dir := f.TempDir()
	for _, name := range []string{"a.conf", "b", "[x]", "*", "d/a.conf", "d/b.conf", "d/e/c.conf", ".hidden"} {
		path := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(path), 0o755)
		os.WriteFile(path, []byte("X y\n"), 0o644)
	}
	f.Fuzz(func(t *testing.T, glob string) {
		if strings.ContainsAny(glob, "\x00/") && !strings.HasPrefix(glob, "d/") || strings.Contains(glob, "..") || filepath.IsAbs(glob) {
			return // It would lead out.
		}
		l := &loader{Options: Options{Root: dir, Cache: NewCache(), Modules: fakeModules{}, Program: "apache2"}, tree: &Tree{Root: dir},
			seen: map[string]bool{}, read: map[string]bool{}}
		err := l.include(&block{}, l.path(glob), false)
		if err == nil && len(l.tree.Includes) == 0 && strings.ContainsAny(glob, "*?[") {
			t.Errorf("%q: nothing is included, and nothing is wrong", glob)
		}
		for _, in := range l.tree.Includes {
			if !strings.HasPrefix(in.File, dir+"/") {
				t.Errorf("%q: included %s", glob, in.File)
			}
		}
	})
}

// FuzzFnmatch has names match the patterns that say them letter for letter, and
// those that say less.
func FuzzFnmatch(f *testing.F) {
	f.Add("a*b", "axxb")
	f.Add("[a-c]?", "b1")
	f.Add("*[", "x[")
	f.Add("****a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, p, name string) {
		pattern.Fnmatch(p, name, true)
		if strings.HasPrefix(name, ".") {
			return
		}
		var quoted strings.Builder
		for i := range len(name) {
			quoted.WriteByte('\\')
			quoted.WriteByte(name[i])
		}
		if !pattern.Fnmatch(quoted.String(), name, true) || !pattern.Fnmatch("*", name, true) ||
			!pattern.Fnmatch("*"+quoted.String()+"*", name, true) {
			t.Errorf("%q does not match itself", name)
		}
	})
}
