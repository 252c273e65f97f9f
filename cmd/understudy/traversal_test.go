//go:build unix

package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestTraversal asks for paths that have led out of the tree of some server, or
// into what was closed there, and compares with what real Apache was recorded
// to answer: testdata/traversal/*.txtar have a configuration, files, and targets,
// in front of each the status with what tells one file from another. With
// -update it asks real Apache again. Whoever answers, a file that says SECRET is
// not to be had.
func TestTraversal(t *testing.T) {
	for _, f := range traversalFiles(t) {
		t.Run(f.name, func(t *testing.T) {
			if *update {
				f.record(t)
				return
			}
			f.compare(t, buildBinary(t), func(c traversalCase) string { return c.ours })
		})
	}
}

// TestTraversalLive asks real Apache the same, where it is installed.
func TestTraversalLive(t *testing.T) {
	if _, err := os.Stat(*apache); err != nil || testing.Short() {
		t.Skipf("no live comparison: %s is not installed, or -short", *apache)
	}
	for _, f := range traversalFiles(t) {
		t.Run(f.name, func(t *testing.T) {
			f.compare(t, *apache, func(c traversalCase) string { return c.apache })
		})
	}
}

// A traversalFile is a file of testdata/traversal.
type traversalFile struct {
	name    string
	archive *txtar.Archive
	lines   []string
	cases   []traversalCase
}

// A traversalCase is a target. What we answer stands behind it where that
// differs from Apache on purpose.
type traversalCase struct {
	line                 int
	quoted, apache, ours string
}

func traversalFiles(t *testing.T) []traversalFile {
	names, _ := filepath.Glob("../../testdata/traversal/*.txtar")
	var all []traversalFile
	n := 0
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f := traversalFile{name: filepath.Base(name), archive: a}
		f.read(string(a.Files[len(a.Files)-1].Data))
		n += len(f.cases)
		all = append(all, f)
	}
	if n < 1500 {
		t.Fatalf("only %d cases", n)
	}
	return all
}

func (f *traversalFile) read(targets string) {
	for line := range strings.Lines(targets) {
		line = strings.TrimSuffix(line, "\n")
		f.lines = append(f.lines, line)
		part := strings.Split(line, "\t")
		if len(part) < 2 {
			continue
		}
		c := traversalCase{len(f.lines), part[1], part[0], part[0]}
		if len(part) > 2 {
			c.ours = part[2]
		}
		f.cases = append(f.cases, c)
	}
}

func (f *traversalFile) compare(t *testing.T, binary string, want func(traversalCase) string) {
	s := startScenario(t, binary, f.archive)
	for _, c := range f.cases {
		if got := c.ask(t, s); got != want(c) {
			t.Errorf("line %d, %s: got %q, want %q", c.line, c.quoted, got, want(c))
		}
	}
}

// record asks real Apache. What deviates stays so.
func (f *traversalFile) record(t *testing.T) {
	s := startScenario(t, *apache, f.archive)
	for _, c := range f.cases {
		line := c.ask(t, s) + "\t" + c.quoted
		if c.ours != c.apache {
			line += "\t" + c.ours
		}
		f.lines[c.line-1] = line
	}
	f.archive.Files[len(f.archive.Files)-1].Data = []byte(strings.Join(f.lines, "\n") + "\n")
	if err := os.WriteFile("../../testdata/traversal/"+f.name, txtar.Format(f.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ask is the status of the answer, where it leads, and what a file says: its
// first line, or the title of a page.
func (c traversalCase) ask(t *testing.T, s *scenario) string {
	target, err := strconv.Unquote(repeated(c.quoted))
	if err != nil {
		t.Fatalf("%s: %v", c.quoted, err)
	}
	raw := converse(t, s.port, "GET "+s.fill(target)+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	r, err := http.ReadResponse(bufio.NewReader(strings.NewReader(raw)), nil)
	if err != nil {
		return "nothing"
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Errorf("%s: %v", c.quoted, err)
	}
	if strings.Contains(raw, "SECRET") {
		t.Errorf("%s: it leads to what is closed", c.quoted)
	}
	answer := strconv.Itoa(r.StatusCode)
	if location := r.Header.Get("Location"); location != "" {
		answer += " to " + strconv.Quote(s.mask(location))
	}
	if r.StatusCode == 200 {
		answer += " " + s.mask(firstOf(string(body)))
	}
	return answer
}

// firstOf is the first line of a text, or the title of a page.
func firstOf(body string) string {
	if _, title, found := strings.Cut(body, "<title>"); found {
		title, _, _ = strings.Cut(title, "</title>")
		return strconv.Quote(title)
	}
	line, _, _ := strings.Cut(body, "\n")
	return strconv.Quote(line)
}
