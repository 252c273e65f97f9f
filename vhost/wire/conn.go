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

// serve is the life of the connection.
func (c *conn) serve() {
	defer c.cut()
	defer func() {
		if v := recover(); v != nil && c.srv.Panicked != nil {
			c.srv.Panicked(v, debug.Stack())
		}
	}()
	if !c.secure() {
		return
	}
	for {
		c.host = c.srv.Handler.Limits(c.info.Local)
		c.info.Base = c.host
		if !c.await() {
			return
		}
		if c.beginsHTTP2() {
			c.serveHTTP2(nil)
			return
		}
		if !c.serveOne() {
			return
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
	if base.Transport != nil {
		nc, err := base.Transport.Secure(&c.info, c.nc, timeoutOf(base))
		if err != nil {
			return false
		}
		c.replace(nc)
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
	return base.Build.Preamble(&c.info, c.nc) == nil
}

// await waits for the first byte of a request.
func (c *conn) await() bool {
	if c.x != nil { // The client sends ahead.
		return true
	}
	timeout := timeoutOf(c.host)
	if c.info.Keepalives > 0 {
		timeout = keepAliveTimeout(c.host)
	} else if rule := headerStage(c.host); rule != nil && rule.Timeout > 0 {
		timeout = min(timeout, rule.Timeout)
	}
	c.readBy(time.Now().Add(timeout))
	c.mu.Lock()
	c.idle = !c.srv.stop.Load()
	idle := c.idle
	c.mu.Unlock()
	if !idle {
		return false
	}
	n, err := c.readInto(nil)
	c.mu.Lock()
	c.idle = false
	c.mu.Unlock()
	if err != nil && isTimeout(err) && c.info.Keepalives == 0 && !c.srv.stop.Load() {
		c.logSilence()
	}
	if err == nil {
		c.x.end = n
	}
	return err == nil
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
