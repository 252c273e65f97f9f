//go:build linux

package compat

import (
	"bytes"
	"os"
	"testing"
	"time"
)

// TestStalledProgram writes to a program that does not read until lines are
// lost, and once more when it reads again.
func TestStalledProgram(t *testing.T) {
	usual := patience
	patience = time.Millisecond
	defer func() { patience = usual }()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	w.Fd() // Makes it block, as the pipes of programs do.
	l := &LogFile{Command: []string{"program"}}
	l.Use(w)
	line := append(bytes.Repeat([]byte("x"), 6000), '\n')
	lost := false
	for range 1000 {
		if err := l.Line(line); err == errStalled {
			lost = true
			break
		}
	}
	if !lost {
		t.Fatal("six megabytes went into a pipe that nobody reads")
	}
	if _, err := l.Write(line); err != errStalled {
		t.Errorf("an error log: got %v, want %v", err, errStalled)
	}
	drained := make([]byte, 2<<20)
	if _, err := r.Read(drained); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Write([]byte("again\n")); err != nil {
		t.Errorf("when it reads again: %v", err)
	}
}
