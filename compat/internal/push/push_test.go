package push

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestWriter(t *testing.T) {
	var lines []string
	w := NewWriter(func(r io.Reader) error {
		s := bufio.NewScanner(r)
		for s.Scan() {
			lines = append(lines, s.Text())
		}
		return s.Err()
	})
	for _, p := range []string{"", "a\nb", "", "c\n", "d"} {
		if _, err := io.WriteString(w, p); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(lines, "|"); got != "a|bc" {
		t.Errorf("got %q before the end", got)
	}
	if err := w.Close(); err != nil || strings.Join(lines, "|") != "a|bc|d" {
		t.Errorf("got %q, %v", lines, err)
	}
}

func TestWriterError(t *testing.T) {
	wrong := errors.New("wrong")
	w := NewWriter(func(r io.Reader) error {
		r.Read(make([]byte, 1))
		return wrong
	})
	if _, err := io.WriteString(w, "xyz"); err != wrong {
		t.Errorf("got %v", err)
	}
	if err := w.Close(); err != wrong {
		t.Errorf("got %v at the end", err)
	}
}

func TestAbandon(t *testing.T) {
	var got error
	w := NewWriter(func(r io.Reader) error {
		_, got = io.ReadAll(r)
		return got
	})
	io.WriteString(w, "x")
	w.Abandon()
	if got != errAbandoned {
		t.Errorf("got %v", got)
	}
	NewWriter(func(io.Reader) error { t.Error("ran"); return nil }).Abandon()
}
