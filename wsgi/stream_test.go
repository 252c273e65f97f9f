//go:build unix

package wsgi

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

const drip = `import os, time

def application(environ, start_response):
    start_response("200 OK", [])
    path = environ["PATH_INFO"]
    if not path.startswith("/drip"):
        return [b"quick"]
    return blocks(os.path.join(os.path.dirname(__file__), path[1:]))

def blocks(seen):
    yield b"a"
    patience = time.time() + 20
    while not os.path.exists(seen):
        if time.time() > patience:
            yield b" is late"
            return
        time.sleep(0.001)
    yield b"b"
`

// A seer tells the application that its first block has come.
type seer struct {
	taken
	path string
}

func (s *seer) data(p []byte) error {
	os.WriteFile(s.path, nil, 0o644)
	return s.taken.data(p)
}

// TestBlocksAreNotKeptBack streams beside many quick requests: each block comes
// at once, although the answers to those go together.
func TestBlocksAreNotKeptBack(t *testing.T) {
	p := startPool(t, drip, func(g *Group) { g.Threads = 4 })
	p.ask("/")
	var stop atomic.Bool
	var quick, slow sync.WaitGroup
	for range 6 {
		quick.Go(func() {
			for !stop.Load() {
				if a := p.ask("/"); a.err != nil || string(a.body) != "quick" {
					t.Errorf("got %q, %v", a.body, a.err)
					return
				}
			}
		})
	}
	for i := range 2 {
		slow.Go(func() {
			for j := range 20 {
				name := fmt.Sprintf("drip-%d-%d", i, j)
				s := &seer{path: filepath.Join(p.dir, name)}
				c := p.call("/"+name, s)
				err := c.do()
				c.release()
				if err != nil || string(s.body) != "ab" {
					t.Errorf("got %q, %v", s.body, err)
				}
			}
		})
	}
	slow.Wait()
	stop.Store(true)
	quick.Wait()
}
