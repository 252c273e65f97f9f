//go:build unix

package wsgi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const troubled = `import os, signal, time

def die():
    os.kill(os.getpid(), signal.SIGKILL)

class Body(object):
    def __init__(self, where):
        self.where = where

    def __iter__(self):
        yield b"a" * 1000
        if self.where == "iterating":
            die()
        yield b"b" * 500000
        yield b"c"

    def close(self):
        if self.where == "closing":
            die()

def application(environ, start_response):
    where = environ["PATH_INFO"][1:]
    if where == "called":
        die()
    if where.startswith("sleep"):
        time.sleep(float(where[5:]))
    if where == "read":
        environ["wsgi.input"].read(1)
        die()
    if where == "large":
        start_response("200 OK", [])
        return [b"x" * 100000]
    if where == "echo":
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]
    if where == "lines":
        start_response("200 OK", [])
        return [("%d:%d" % (len(line), len(environ["wsgi.input"].read(70000)))).encode("ascii") for line in environ["wsgi.input"]]
    write = start_response("200 OK", [("X-Pid", str(os.getpid()))])
    if where == "started":
        die()
    if where == "written":
        write(b"some")
        die()
    if where == "logged":
        environ["wsgi.errors"].write("a line\n")
        die()
    if where in ("iterating", "closing"):
        return Body(where)
    return [b"well"]
`

// TestKilled ends a worker at every point of a request: that request fails, and
// says how the process ended; the next one is answered by another.
func TestKilled(t *testing.T) {
	p := startPool(t, troubled, nil)
	if a := p.ask("/"); a.err != nil || string(a.body) != "well" {
		t.Fatalf("got %q, %v", a.body, a.err)
	}
	for _, where := range []string{"called", "read", "started", "written", "logged", "iterating", "closing"} {
		a := &taken{}
		c := p.call("/"+where, a)
		if where == "read" {
			c.body, c.length = strings.NewReader(strings.Repeat("x", 200000)), 200000
			c.hold = true
		}
		a.err = c.do()
		c.release()
		var died *DiedError
		if !errors.As(a.err, &died) || !strings.Contains(died.Reason, "killed") {
			t.Errorf("%s: got %v, want how it was killed", where, a.err)
		}
		if a := p.ask("/"); a.err != nil || string(a.body) != "well" {
			t.Errorf("after %s: got %q, %v", where, a.body, a.err)
		}
	}
	n := int64(0)
	p.target.mu.Lock()
	for _, times := range p.target.counts.restarts {
		n += times
	}
	p.target.mu.Unlock()
	if n != 7 {
		t.Errorf("got %d restarts, want 7", n)
	}
}

// TestSlowBefore lets quick requests come behind slow ones: they do not wait for
// those.
func TestSlowBefore(t *testing.T) {
	p := startPool(t, troubled, nil)
	p.ask("/")
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() { p.ask("/sleep2") })
	}
	time.Sleep(50 * time.Millisecond)
	start := time.Now()
	for range 20 {
		if a := p.ask("/"); a.err != nil {
			t.Error(a.err)
		}
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("20 requests took %v behind slow ones", took)
	}
	group.Wait()
}

// A stuck reply takes no data until it may.
type stuck struct {
	taken
	may chan struct{}
}

func (s *stuck) data(p []byte) error { <-s.may; return s.taken.data(p) }

// TestSlowReader has one thread, whose first client reads nothing: the answer
// waits here, and the thread is free.
func TestSlowReader(t *testing.T) {
	p := startPool(t, troubled, func(g *Group) { g.Threads = 1 })
	s := &stuck{may: make(chan struct{})}
	c := p.call("/large", s)
	done := make(chan error, 1)
	go func() { done <- c.do() }()
	for range 5 {
		if a := p.ask("/"); a.err != nil || string(a.body) != "well" {
			t.Errorf("got %q, %v", a.body, a.err)
		}
	}
	close(s.may)
	if err := <-done; err != nil || len(s.body) != 100000 {
		t.Errorf("got %d bytes, %v", len(s.body), err)
	}
}

// TestQueue fills the one thread there is.
func TestQueue(t *testing.T) {
	p := startPool(t, troubled, func(g *Group) {
		g.Threads, g.QueueTimeout, g.ListenBacklog = 1, time.Second, 1
	})
	p.ask("/")
	var group sync.WaitGroup
	group.Go(func() { p.ask("/sleep2") })
	time.Sleep(100 * time.Millisecond)
	for range 2 {
		group.Go(func() {
			if a := p.ask("/"); !errors.Is(a.err, ErrQueueTimeout) {
				t.Errorf("in the queue: got %v", a.err)
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	p.target.mu.Lock()
	queued := len(p.target.queue)
	p.target.mu.Unlock()
	if queued != 2 {
		t.Errorf("got %d in the queue, want 2", queued)
	}
	a := &taken{}
	c := p.call("/", a)
	c.connect = 200 * time.Millisecond
	if err := c.do(); !errors.Is(err, ErrBusy) {
		t.Errorf("queue full: got %v", err)
	}
	c.release()
	group.Wait()
	if a := p.ask("/"); a.err != nil {
		t.Errorf("after all: %v", a.err)
	}
}

// TestSocketTimeout gives up on one request alone.
func TestSocketTimeout(t *testing.T) {
	p := startPool(t, troubled, nil)
	p.ask("/")
	a := &taken{}
	c := p.call("/sleep1", a)
	c.socket = 200 * time.Millisecond
	if err := c.do(); !errors.Is(err, ErrTimeout) {
		t.Errorf("got %v", err)
	}
	c.release()
	if a := p.ask("/"); a.err != nil {
		t.Error(a.err)
	}
}

// TestBodies sends bodies of sizes about every limit, held and not.
func TestBodies(t *testing.T) {
	p := startPool(t, troubled, nil)
	for _, n := range []int{1, maxInline - 1, maxInline, maxInline + 1, maxBodyMemory - 1, maxBodyMemory, maxBodyMemory + 1, 3 << 20} {
		for _, hold := range []bool{true, false} {
			body := bytes.Repeat([]byte("0123456789abcdef!"), n/17+1)[:n]
			a := &taken{}
			c := p.call("/echo", a)
			c.body, c.length, c.hold = io.MultiReader(bytes.NewReader(body[:n/2]), bytes.NewReader(body[n/2:])), int64(n), hold
			if err := c.do(); err != nil || !bytes.Equal(a.body, body) {
				t.Errorf("%d bytes, held %v: got %d, %v", n, hold, len(a.body), err)
			}
			c.release()
		}
	}
	if n := bodiesInMemory.Load(); n != 0 {
		t.Errorf("%d bytes are still counted", n)
	}
}

// TestBodyError: what came of a body before an error is read.
func TestBodyError(t *testing.T) {
	p := startPool(t, troubled, nil)
	a := &taken{}
	c := p.call("/echo", a)
	bad := errors.New("the client is gone")
	c.body, c.length, c.hold = io.MultiReader(strings.NewReader("some"), &failing{bad}), 100, true
	err := c.do()
	if !errors.Is(err, errFailed) || !errors.Is(c.bodyError, bad) {
		t.Errorf("got %v, body %v", err, c.bodyError)
	}
	c.release()
	if a := p.ask("/"); a.err != nil {
		t.Error(a.err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// TestTouched touches the script while requests come: none fails, and each that
// begins after a touch meets the new code.
func TestTouched(t *testing.T) {
	p := startPool(t, troubled, nil)
	script := filepath.Join(p.dir, "app.wsgi")
	var stop atomic.Bool
	var asked atomic.Int64
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for !stop.Load() {
				asked.Add(1)
				if a := p.ask("/"); a.err != nil || string(a.body) != "well" {
					t.Errorf("got %q, %v", a.body, a.err)
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	for i := range 5 {
		text := strings.ReplaceAll(troubled, `[b"well"]`, fmt.Sprintf(`[b"well"] if where != "generation" else [b"%d"]`, i))
		os.WriteFile(script, []byte(text), 0o644)
		when := time.Now().Add(time.Duration(i+1) * 10 * time.Second)
		os.Chtimes(script, when, when)
		if a := p.ask("/generation"); a.err != nil || string(a.body) != fmt.Sprint(i) {
			t.Errorf("touch %d: got %q, %v", i, a.body, a.err)
		}
	}
	stop.Store(true)
	group.Wait()
	if asked.Load() < 8 {
		t.Errorf("only %d requests came", asked.Load())
	}
}

// FuzzWorker has a worker say anything: no call hangs, and nothing breaks.
func FuzzWorker(f *testing.F) {
	hello := appendFrame(nil, frameHello, 0, []byte(`{"pid":1,"python":[3,11,2],"bytes":false}`))
	say := func(frames ...[]byte) []byte { return append(bytes.Clone(hello), bytes.Join(frames, nil)...) }
	status := appendFrame(nil, frameStatus, 1, statusFrame("200 OK", [2]string{"A", "b"}))
	f.Add(say(status, appendFrame(nil, frameData, 1, []byte("body")), appendFrame(nil, frameEnd, 1, []byte{0})))
	f.Add(say(appendFrame(nil, frameWhole, 1, append([]byte{0, 0, 0, 6}, "200 OKbody"...))))
	f.Add(say(appendFrame(nil, frameWant, 1, []byte{0, 1, 0, 0}), appendFrame(nil, frameTaken, 1, nil)))
	f.Add(say(appendFrame(nil, frameLog, 1, []byte("\x03line")), appendFrame(nil, frameLeaving, 0, []byte("why"))))
	f.Add(say(status, appendFrame(nil, frameFile, 1, make([]byte, 16))))
	f.Add(say(appendFrame(nil, frameEnd, 2, []byte{0}), appendFrame(nil, frameAnswer, 1, []byte("N"))))
	pace := func(number uint32, what ...byte) []byte { return appendFrame(nil, framePace, number, what) }
	f.Add(say(pace(0, 1), status, pace(0, 0), appendFrame(nil, frameEnd, 1, []byte{0})))
	f.Add(say(pace(1, 1), pace(0), pace(0, 7)))
	provider = &testWorker{dir: f.TempDir()}
	f.Fuzz(func(t *testing.T, says []byte) {
		tg := newTarget(&Group{Name: "test", Processes: 1, Threads: 2, ConnectTimeout: time.Millisecond}, "")
		ours, theirs := socketPair(t)
		go func() {
			theirs.Write(says)
			theirs.CloseWrite()
			io.Copy(io.Discard, theirs)
			theirs.Close()
		}()
		ch, err := talk(tg, ours)
		if err != nil {
			return
		}
		tg.known, tg.dialing = true, 1
		tg.attach(ch)
		a := &taken{}
		c := newCall()
		c.target, c.reply, c.connect, c.socket = tg, a, 10*time.Millisecond, 100*time.Millisecond
		c.environ = func(e *Environ, _ int) { e.Common() }
		c.body, c.length, c.hold = strings.NewReader("the body"), 8, true
		done := make(chan error, 1)
		go func() { done <- c.do(); c.release() }()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("the call hangs")
		}
	})
}

func socketPair(t testing.TB) (a, b *net.UnixConn) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	var conns [2]*net.UnixConn
	for i, fd := range pair {
		file := os.NewFile(uintptr(fd), "pair")
		c, err := net.FileConn(file)
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		conns[i] = c.(*net.UnixConn)
	}
	return conns[0], conns[1]
}

const ordered = `import time
calls = []

def application(environ, start_response):
    path = environ["PATH_INFO"]
    start_response("200 OK", [])
    if path == "/order":
        return [" ".join(calls).encode("ascii")]
    if path == "/hold":
        time.sleep(0.5)
    calls.append(path)
    return []
`

// TestQueueIsFair has more requests wait than the queue has places: none of them
// is overtaken by one that came later.
func TestQueueIsFair(t *testing.T) {
	p := startPool(t, ordered, func(g *Group) { g.Threads, g.ListenBacklog = 1, 1 })
	var group sync.WaitGroup
	ask := func(path string, came func() bool) {
		group.Go(func() {
			if a := p.ask(path); a.err != nil {
				t.Error(a.err)
			}
		})
		p.target.mu.Lock()
		for !came() {
			p.target.mu.Unlock()
			time.Sleep(time.Millisecond)
			p.target.mu.Lock()
		}
		p.target.mu.Unlock()
	}
	p.ask("/first")
	ask("/hold", func() bool { return len(p.target.channels[0].calls) == 1 })
	want := "/first /hold"
	for i := range 6 {
		path := fmt.Sprintf("/%d", i)
		ask(path, func() bool { return len(p.target.queue) > i || len(p.target.channels[0].calls) == 0 })
		want += " " + path
	}
	group.Wait()
	if a := p.ask("/order"); string(a.body) != want {
		t.Errorf("got %q, want %q; %v", a.body, want, a.err)
	}
}
