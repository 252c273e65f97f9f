package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
)

// mutations is how many requests TestFramingMutations makes up for each file.
var mutations = 1500

// TestFramingMutations changes the requests of testdata/wire at random, the
// same way every time, and compares where we see their ends with where real
// Apache does.
func TestFramingMutations(t *testing.T) {
	if _, err := os.Stat(*apache); err != nil || testing.Short() {
		t.Skipf("no live comparison: %s is not installed, or -short", *apache)
	}
	for _, f := range framingFiles(t) {
		t.Run(f.name, func(t *testing.T) {
			theirs, ours := f.serve(t, *apache), f.serve(t, buildBinary(t))
			requests := make(chan string)
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					for request := range requests {
						c := framingCase{request: request}
						want, got := c.ask(t, theirs.port), c.ask(t, ours.port)
						if got != want && !deviates(request) {
							t.Errorf("got %q, want %q of %q", got, want, request)
						}
					}
				})
			}
			m := mutator{rand.New(rand.NewPCG(uint64(len(f.name)), 7)), f.cases}
			for range mutations {
				requests <- m.request()
			}
			close(requests)
			all.Wait()
		})
	}
}

// deviates reports whether package wire says that it reads request otherwise.
func deviates(request string) bool {
	return strings.Count(strings.ToLower(request), "chunked") > 1
}

// A mutator makes requests out of others.
type mutator struct {
	*rand.Rand
	seeds []framingCase
}

func (m mutator) request() string {
	seed := m.seed()
	for range 1 + m.IntN(3) {
		seed = m.change(seed)
	}
	return seed
}

func (m mutator) seed() string {
	for {
		if s := m.seeds[m.IntN(len(m.seeds))].request; len(s) < 1000 {
			return s
		}
	}
}

// change does one of the things that readers of requests have stumbled over.
func (m mutator) change(s string) string {
	if s == "" {
		return "\r\n"
	}
	i := m.IntN(len(s))
	switch m.IntN(7) {
	case 0:
		return s[:i] + m.piece() + s[i:]
	case 1:
		return s[:i] + m.piece() + s[i+1:]
	case 2:
		return s[:i] + s[i+1:]
	case 3: // A line from elsewhere.
		lines := strings.SplitAfter(m.seed(), "\n")
		at := strings.IndexByte(s[i:], '\n') + 1 + i
		return s[:at] + lines[m.IntN(len(lines))] + s[at:]
	case 4: // Twice the same line.
		lines := strings.SplitAfter(s, "\n")
		n := m.IntN(len(lines))
		return strings.Join(lines[:n+1], "") + strings.Join(lines[n:], "")
	case 5:
		at := strings.IndexByte(s[i:], ':') + i + 1
		return s[:at] + m.piece() + s[at:]
	}
	at := strings.Index(s, "\r\n") // A field more.
	if at < 0 {
		return s + m.piece()
	}
	return s[:at+2] + m.field() + s[at+2:]
}

func (m mutator) piece() string { return pieces[m.IntN(len(pieces))] }

func (m mutator) field() string {
	return fmt.Sprintf("%s:%s%s\r\n", names[m.IntN(len(names))], []string{" ", "", "\t", "\r\n ", "  "}[m.IntN(5)], values[m.IntN(len(values))])
}

var (
	pieces = []string{"\r", "\n", "\r\n", " ", "\t", "\v", "\f", "\x00", "\x01", "\x7f", "\x80", "\xff", ":", ";", ",", "\"", "0", "a", "x", "+", "-", "%", "#",
		"/", "\\", "@", "[", "]", "?", "*", "(", "_", ".", "..", "\r\n ", "\r\n\r\n", "\n\n", " \r\n", "\n ", "HTTP/1.1", "HTTP/1.0", "0\r\n\r\n"}
	names  = []string{"Content-Length", "Transfer-Encoding", "Connection", "Expect", "Host", "X", "TE", "Upgrade", "content-length", "TRANSFER-ENCODING", "Content-Length ", "Trailer"}
	values = []string{"3", "0", "03", "+3", "3, 3", "3,4", "", "chunked", "gzip, chunked", "chunked, gzip", "identity", "xchunked", "close", "keep-alive", "100-continue",
		"a", "a:80", "b", "[::1]", "h2c", "\"3\"", "3\x00", "3\t", "1e1", "٣"}
)
