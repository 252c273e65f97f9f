package wire

import (
	"net"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"understudy/compat"
)

// Defaults of Timeout and KeepAliveTimeout.
const (
	defaultTimeout   = 60 * time.Second
	defaultKeepAlive = 5 * time.Second
)

// A conn is a connection. It is small, because most connections are idle.
type conn struct {
	srv  *Server
	nc   net.Conn
	raw  syscall.RawConn // nil: used by nc
	info compat.Conn
	host *compat.Host // whose limits count
	x    *exchange    // nil while the connection is idle

	mu   sync.Mutex // guards idle, the deadline that ends idling, session, and the change of nc
	idle bool       // waiting for the first byte of a request

	secured bool          // what is below HTTP is there
	grown   bool          // the goroutine has done more than wait, which its stack shows
	parked  bool          // it waits in another since, and for no longer than it was to
	since   time.Duration // when it began to wait, since epoch

	session *session // where HTTP/2 is spoken

	reads, writes patience

	// What onRead, the callback of raw, is to do and has found.
	onRead  func(uintptr) bool
	into    []byte
	readN   int
	readErr error

	first [1]byte // where there is no raw: what await waits for
}

func (s *Server) newConn(nc net.Conn) *conn {
	c := &conn{srv: s, nc: nc}
	c.info = compat.Conn{ID: s.ids.Add(1), Remote: addrPort(nc.RemoteAddr()), Local: addrPort(nc.LocalAddr()), Server: s.Handler}
	if sc, ok := nc.(syscall.Conn); ok && rawSockets {
		c.raw, _ = sc.SyscallConn()
		c.onRead = c.readReady
	}
	return c
}

// parkAfter is how long a goroutine that has served waits for the next request,
// until a fresh one with a small stack takes its place.
const parkAfter = time.Second

// serve is the life of the connection. It ends early, and reports so, where
// another goroutine is to go on with it.
func (c *conn) serve() (park bool) {
	defer func() {
		if v := recover(); v != nil && c.srv.Panicked != nil {
			c.srv.Panicked(v, debug.Stack())
		}
		if !park {
			c.cut()
		}
	}()
	if !c.secured && !c.secure() {
		return false
	}
	c.secured, c.grown = true, !c.secured && c.info.TLS != nil // Hands were shaken.
	for {
		c.host = c.srv.Handler.Limits(c.info.Local)
		c.info.Base = c.host
		if !c.await() {
			return c.parked
		}
		if c.beginsHTTP2() {
			c.serveHTTP2(nil)
			return false
		}
		c.grown = true
		if !c.serveOne() {
			return false
		}
	}
}

// serveOne has one request answered, and reports whether another may follow.
func (c *conn) serveOne() bool {
	c.srv.busy.Add(1)
	defer c.srv.busy.Add(-1)
	x := c.x
	keep := x.serve()
	if keep && !c.srv.stop.Load() {
		c.info.Keepalives++
		c.release()
		return true
	}
	x.out.flush()
	x.linger()
	c.release()
	return false
}

// secure makes what the host of the address has below HTTP, which has a name to
// tell before any request.
func (c *conn) secure() bool {
	base := c.srv.Handler.Limits(c.info.Local)
	c.info.Base = base
	if base.Build != nil && base.Build.Preamble != nil && !c.preamble(base) {
		return false
	}
	if base.Transport != nil && !c.handshake(base) {
		return false
	}
	for _, connected := range base.Connected {
		nc := connected(&c.info, c.nc)
		if nc == nil {
			return false
		}
		if nc != c.nc {
			c.replace(nc)
		}
	}
	return true
}

// handshake agrees on TLS, in the time that there is for it.
func (c *conn) handshake(base *compat.Host) bool {
	below, timeout := c.nc, timeoutOf(base)
	if t := base.ReadTimeouts; t != nil && t.Handshake != nil && t.Handshake.Timeout > 0 {
		h := newHandshake(c.nc, t.Handshake, timeout)
		defer h.over()
		below = h
	}
	nc, err := base.Transport.Secure(&c.info, below, timeout)
	if err != nil {
		return false
	}
	c.replace(nc)
	return true
}

// replace has nc read and written from now on.
func (c *conn) replace(nc net.Conn) {
	c.mu.Lock()
	c.nc, c.raw = nc, nil
	c.mu.Unlock()
}

// preamble reads what a module wants before everything else.
func (c *conn) preamble(base *compat.Host) bool {
	c.nc.SetReadDeadline(time.Now().Add(timeoutOf(base)))
	defer c.nc.SetReadDeadline(time.Time{})
	if base.Build.Preamble(&c.info, c.nc) == nil {
		return true
	}
	if half, ok := c.nc.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		waste(c.nc, time.Now().Add(lingerTime))
	}
	return false
}

// await waits for the first byte of a request.
func (c *conn) await() bool {
	if c.x != nil { // The client sends ahead.
		return true
	}
	if !c.parked {
		c.since = moment()
		c.reads.by = c.since + c.awaitTimeout()
	}
	c.parked = false
	c.mu.Lock()
	c.idle = !c.srv.stop.Load()
	idle := c.idle
	c.mu.Unlock()
	if !idle {
		return false
	}
	if c.raw != nil && !c.grown && c.reads.late() {
		c.armRead() // Later it would need more stack.
	}
	n, err := c.readInto(nil)
	c.mu.Lock()
	c.idle = false
	c.mu.Unlock()
	switch {
	case err == nil:
		c.x.end = n
	case err == errPark:
		c.parked = true
	case isTimeout(err) && c.info.Keepalives == 0 && !c.srv.stop.Load():
		c.logSilence()
	}
	return err == nil
}

// awaitTimeout is how long a request is waited for.
func (c *conn) awaitTimeout() time.Duration {
	if c.info.Keepalives > 0 {
		return keepAliveTimeout(c.host)
	}
	if rule := headerStage(c.host); rule != nil && rule.Timeout > 0 {
		return min(timeoutOf(c.host), rule.Timeout)
	}
	return timeoutOf(c.host)
}

// logSilence notes a client that connected and said nothing until Timeout, as
// Apache does.
func (c *conn) logSilence() {
	x := takeExchange(c)
	x.begin()
	x.refuse(408)
	x.req.Aborted = true
	c.srv.Handler.Serve(&x.req)
	x.giveBack()
}

// cut closes the connection.
func (c *conn) cut() {
	c.mu.Lock()
	nc := c.nc
	c.mu.Unlock()
	nc.Close()
}

func (c *conn) wakeIfIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle {
		c.nc.SetReadDeadline(time.Unix(1, 0))
	}
	if c.session != nil {
		go c.session.goAway() // It may have to wait for the client.
	}
}

// release gives the exchange back, unless the next request is in it.
func (c *conn) release() {
	if c.x.start < c.x.end {
		c.x.end = copy(c.x.in, c.x.in[c.x.start:c.x.end])
		c.x.start, c.x.headEnd = 0, 0
		return
	}
	c.x.giveBack()
	c.x = nil
}

func timeoutOf(h *compat.Host) time.Duration {
	if h.Timeout != nil && *h.Timeout > 0 {
		return *h.Timeout
	}
	return defaultTimeout
}
