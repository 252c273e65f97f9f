package compat

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func openTestLog(t *testing.T) (*LogFile, string) {
	path := filepath.Join(t.TempDir(), "log")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	l := &LogFile{Path: path}
	l.Use(f)
	return l, path
}

func linesOf(t *testing.T, path string) []string {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

// A log with little to say is written at once.
func TestLineAtOnce(t *testing.T) {
	l, path := openTestLog(t)
	for i := range quietLines {
		if err := l.Line(fmt.Appendf(nil, "line %d\n", i)); err != nil {
			t.Fatal(err)
		}
		if got := linesOf(t, path); len(got) != i+1 {
			t.Fatalf("after %d lines the log has %d", i+1, len(got))
		}
	}
}

// Many lines are written soon, all of them, and those of one writer in order.
func TestLinesSoon(t *testing.T) {
	l, path := openTestLog(t)
	const writers, each = 8, 5000
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				l.Line(fmt.Appendf(nil, "%d %d\n", w, i))
			}
		})
	}
	group.Wait()
	deadline := time.Now().Add(5 * time.Second)
	for len(linesOf(t, path)) < writers*each && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	var next [writers]int
	for _, line := range linesOf(t, path) {
		var w, i int
		if fmt.Sscanf(line, "%d %d", &w, &i); next[w] != i {
			t.Fatalf("got %q, want %d as the next line of that writer", line, next[w])
		}
		next[w]++
	}
	for w, n := range next {
		if n != each {
			t.Errorf("writer %d: got %d lines, want %d", w, n, each)
		}
	}
}

// What was gathered for a file goes there, although another is in use now.
func TestLinesBeforeReopening(t *testing.T) {
	l, path := openTestLog(t)
	_, otherPath := openTestLog(t)
	other, err := os.OpenFile(otherPath, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for range 100 {
		l.Line([]byte("before\n"))
	}
	l.Use(other)
	for range 100 {
		l.Line([]byte("after\n"))
	}
	l.Flush()
	if got := len(linesOf(t, path)); got != 100 {
		t.Errorf("got %d lines before, want 100", got)
	}
	if got := len(linesOf(t, otherPath)); got != 100 {
		t.Errorf("got %d lines after, want 100", got)
	}
}

func TestLinesDoNotAllocate(t *testing.T) {
	l, _ := openTestLog(t)
	line := []byte(strings.Repeat("x", 150) + "\n")
	for range 2000 {
		l.Line(line)
	}
	if n := testing.AllocsPerRun(5000, func() { l.Line(line) }); n != 0 {
		t.Errorf("a line costs %v allocations", n)
	}
}

func TestAtOnce(t *testing.T) {
	line := strings.Repeat("x", 1499) + "\n"
	long := strings.Repeat("y", 9999) + "\n"
	tests := []struct {
		lines string
		want  int
	}{
		{"a\n", 2},
		{line + line, 3000},
		{line + line + line, 3000},
		{long + line, 10000},
		{line + long, 1500},
	}
	for _, tt := range tests {
		if got := atOnce([]byte(tt.lines)); got != tt.want {
			t.Errorf("%d bytes: got %d, want %d", len(tt.lines), got, tt.want)
		}
	}
}
