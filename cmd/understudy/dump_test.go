//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestDumps compares the dumps of the trees in testdata/dump with what real
// Apache printed for them (-update records it anew). A file called "apache2 ARGS"
// is what it prints on standard output; $ROOT stands for the tree's place. Apache
// prints its mutexes in no order, so that they are compared sorted.
func TestDumps(t *testing.T) {
	cases, _ := filepath.Glob("../../testdata/dump/*.txtar")
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			root := t.TempDir()
			for i, f := range archive.Files {
				args, isDump := strings.CutPrefix(f.Name, "apache2 ")
				if !isDump {
					path := filepath.Join(root, f.Name)
					os.MkdirAll(filepath.Dir(path), 0o755)
					os.WriteFile(path, []byte(strings.ReplaceAll(string(f.Data), "$ROOT", root)), 0o644)
					continue
				}
				binary := buildBinary(t)
				if *update {
					binary = *apache
				}
				got := dumpOf(binary, root, strings.Fields(args))
				if *update {
					archive.Files[i].Data = []byte(got)
				} else if want := string(f.Data); got != want {
					t.Errorf("%s: got\n%s\nwant\n%s", f.Name, got, want)
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// dumpOf is what binary prints of the tree in root, with the lines of mutexes
// sorted.
func dumpOf(binary, root string, args []string) string {
	out, _ := exec.Command(binary, append([]string{"-d", root, "-f", "httpd.conf"}, args...)...).Output()
	lines := strings.Split(strings.ReplaceAll(string(out), root, "$ROOT"), "\n")
	isMutex := func(l string) bool { return strings.HasPrefix(l, "Mutex ") }
	if first := slices.IndexFunc(lines, isMutex); first >= 0 {
		end := first
		for end < len(lines) && isMutex(lines[end]) {
			end++
		}
		slices.Sort(lines[first:end])
	}
	return strings.Join(lines, "\n")
}
