// Package wire speaks HTTP/1.x: it reads requests strictly (head.go, line.go,
// field.go), gives their bodies to who reads them (body.go, chunk.go), lets a
// [Handler] answer them, and writes the answers (output.go, response.go).
//
// A connection has one goroutine at a time: after a second without a request a
// fresh one, whose stack is small, goes on waiting. Meanwhile it holds no
// memory but that: an exchange, which has the buffers and the request, is taken
// from a pool when the first byte is there, and given back when no request is
// under way. The strings of a request point into those buffers, so nothing of a
// request may be kept after its response.
//
// Deviations: a body whose coding is chunked more than once is refused with 400,
// where Apache removes one layer only; the whole header must arrive within
// Timeout, not each part of it; a header is at most 8 MiB even where no limit
// of the configuration says so; the rest of a body is read for the sake of the
// connection up to 16 MiB only.
package wire

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"understudy/compat"
)

// A Handler answers requests.
type Handler interface {
	compat.ConnServer
	// Limits is the host whose limits and timeouts count on a connection to
	// local until a request says whom it is for.
	Limits(local netip.AddrPort) *compat.Host
	// Serve answers r, by r.Wire. A request that could not be read has
	// Rejected set and the status to answer with; if it is Aborted too nobody
	// waits for an answer, and it is only to be logged.
	Serve(r *compat.Request)
}

// A Server accepts connections and serves them. Its zero value with a Handler
// is ready.
type Server struct {
	Handler Handler
	// Panicked is told of a panic in a handler, which costs its connection.
	Panicked func(value any, stack []byte)

	mu    sync.Mutex // guards conns
	conns map[*conn]struct{}
	ended sync.WaitGroup
	stop  atomic.Bool
	ids   atomic.Int64
	busy  atomic.Int64

	parks   atomic.Int64 // connections that were parked since memory was given back
	freeing atomic.Bool  // that is about to happen
}

// Serve accepts connections from l until it is closed or Shutdown is called.
func (s *Server) Serve(l net.Listener) error {
	for {
		nc, err := l.Accept()
		if err == nil {
			s.ServeConn(nc)
			continue
		}
		if s.stop.Load() || errors.Is(err, net.ErrClosed) {
			return nil
		}
		var temporary interface{ Temporary() bool }
		if !errors.As(err, &temporary) || !temporary.Temporary() {
			return err
		}
		time.Sleep(50 * time.Millisecond) // Out of descriptors: others will close.
	}
}

// ServeConn serves one connection in a goroutine of its own.
func (s *Server) ServeConn(nc net.Conn) {
	c := s.newConn(nc)
	s.mu.Lock()
	if s.conns == nil {
		s.conns = map[*conn]struct{}{}
	}
	s.conns[c] = struct{}{}
	s.ended.Add(1)
	s.mu.Unlock()
	go s.attend(c)
}

// attend serves c, or hands it on.
func (s *Server) attend(c *conn) {
	if c.serve() {
		go s.attend(c)
		s.countPark()
		return
	}
	s.forget(c)
	s.ended.Done()
}

// After so many connections have become idle the memory that they needed goes
// back to the system, a little later: others may still be on their way to it.
const (
	parksToFree = 2048
	freeAfter   = 5 * time.Second
)

// countPark counts a connection that was parked.
func (s *Server) countPark() {
	if s.parks.Add(1) < parksToFree || !s.freeing.CompareAndSwap(false, true) {
		return
	}
	time.AfterFunc(freeAfter, func() {
		s.parks.Store(0)
		s.freeing.Store(false)
		debug.FreeOSMemory()
	})
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// Shutdown closes idle connections, and waits for the others to finish the
// request they are at until ctx ends, when they are closed too. Listeners are
// the caller's to close.
func (s *Server) Shutdown(ctx context.Context) {
	s.stop.Store(true)
	s.each((*conn).wakeIfIdle)
	done := make(chan struct{})
	go func() { s.ended.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		s.each((*conn).cut)
		<-done
	}
}

func (s *Server) each(f func(*conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		f(c)
	}
}

// Connections is the number of connections that are open.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Busy is the number of connections with a request under way.
func (s *Server) Busy() int { return int(s.busy.Load()) }

func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		ap := t.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
}
