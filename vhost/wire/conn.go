package wire

import (
	"errors"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"understudy/compat"
)

// Defaults of Timeout and KeepAliveTimeout, and the bounds on what is read for
// nothing.
const (
	defaultTimeout   = 60 * time.Second
	defaultKeepAlive = 5 * time.Second
	lingerTime       = 2 * time.Second
	maxDiscard       = 16 << 20 // of a body nobody read, to keep the connection
	bufferSize       = 8 << 10
)

var buffers = sync.Pool{New: func() any { b := make([]byte, bufferSize); return &b }}

// A conn is a connection and the request under way on it.
type conn struct {
	srv  *Server
	nc   net.Conn
	raw  syscall.RawConn // nil: read by nc
	info compat.Conn
	host *compat.Host // of the limits

	// buf holds what was read and not yet used: buf[start:end]. It is nil
	// while the connection is idle.
	buf        *[]byte
	start, end int
	headEnd    int // where the head of the request under way ends

	req  compat.Request
	head header
	body requestBody
	out  output

	idle   atomic.Bool // waiting for the first byte of a request
	readN  int         // results of the callback of raw
	readE  error
	onRead func(uintptr) bool
}

func (s *Server) newConn(nc net.Conn) *conn {
	c := &conn{srv: s, nc: nc}
	c.info = compat.Conn{ID: s.ids.Add(1), Remote: addrPort(nc.RemoteAddr()), Local: addrPort(nc.LocalAddr())}
	c.out.c = c
	c.body.c = c
	c.onRead = c.readReady
	if sc, ok := nc.(syscall.Conn); ok && rawReads {
		c.raw, _ = sc.SyscallConn()
	}
	return c
}

// serve is the life of the connection.
func (c *conn) serve() {
	defer c.nc.Close()
	defer func() {
		if v := recover(); v != nil && c.srv.Panicked != nil {
			c.srv.Panicked(v, debug.Stack())
		}
	}()
	for {
		c.host = c.srv.Handler.Limits(c.info.Local)
		if !c.await() {
			return
		}
		c.req.Reset()
		c.info.Base = c.host
		keep := c.request()
		c.info.Keepalives++
		if !keep || c.srv.stop.Load() {
			c.linger()
			return
		}
		c.release()
	}
}

// await waits for the first byte of a request.
func (c *conn) await() bool {
	if c.end > c.start {
		return true
	}
	timeout := timeoutOf(c.host)
	if c.info.Keepalives > 0 {
		timeout = defaultKeepAlive
		if c.host.KeepAliveTimeout != nil {
			timeout = *c.host.KeepAliveTimeout
		}
	}
	c.nc.SetReadDeadline(time.Now().Add(timeout))
	c.idle.Store(true)
	if c.srv.stop.Load() {
		return false
	}
	err := c.fill()
	c.idle.Store(false)
	return err == nil
}

func (c *conn) wakeIfIdle() {
	if c.idle.Load() {
		c.nc.SetReadDeadline(time.Unix(1, 0))
	}
}

func timeoutOf(h *compat.Host) time.Duration {
	if h.Timeout != nil && *h.Timeout > 0 {
		return *h.Timeout
	}
	return defaultTimeout
}

// release gives the buffer back if nothing is in it, and else moves what is
// left to its front.
func (c *conn) release() {
	if c.start == c.end {
		c.start, c.end = 0, 0
		if c.buf != nil && len(*c.buf) == bufferSize {
			buffers.Put(c.buf)
		}
		c.buf = nil
		return
	}
	c.end = copy(*c.buf, (*c.buf)[c.start:c.end])
	c.start = 0
}

// fill reads more behind buf[:end], which grows if it is full.
func (c *conn) fill() error {
	if c.buf != nil && c.end == len(*c.buf) {
		grown := make([]byte, 2*len(*c.buf))
		copy(grown, (*c.buf)[:c.end])
		// What points into the old one keeps it.
		c.buf = &grown
	}
	if c.raw == nil {
		if c.buf == nil {
			c.buf = buffers.Get().(*[]byte)
		}
		n, err := c.nc.Read((*c.buf)[c.end:])
		c.end += n
		c.req.BytesIn += int64(n)
		if n > 0 {
			return nil
		}
		return err
	}
	c.readN, c.readE = 0, nil
	if err := c.raw.Read(c.onRead); err != nil {
		return err
	}
	if c.readE != nil {
		return c.readE
	}
	if c.readN == 0 {
		return errEOF
	}
	c.end += c.readN
	c.req.BytesIn += int64(c.readN)
	return nil
}

var errEOF = errors.New("connection closed by the client")

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// request reads one request and has it answered. keep tells whether another
// may follow.
func (c *conn) request() (keep bool) {
	r := &c.req
	r.Conn, r.Wire, r.Host = &c.info, &c.out, c.host
	r.Start = time.Now()
	r.Status = 200
	c.out.begin()
	c.nc.SetDeadline(r.Start.Add(timeoutOf(c.host)))
	first := int64(c.end - c.start)
	status := c.readHead()
	if status == silent {
		return false
	}
	r.BytesIn += first
	c.headEnd = c.start
	r.KeepAlive = status == 0
	if status == 0 {
		status = c.prepareBody()
	}
	if status != 0 {
		r.Rejected, r.Status, r.KeepAlive = true, status, false
		r.Body = nil
	}
	c.srv.Handler.Serve(r)
	if c.out.err != nil {
		return false
	}
	if !c.body.done() && c.out.keep && !c.body.discard() {
		c.out.keep = false
	}
	if c.start == c.end || !c.out.keep {
		c.out.flush()
	}
	return c.out.keep && c.out.err == nil
}

// linger closes so that the client can read the answer: what it still sends is
// read for a while, or the kernel would reset the connection.
func (c *conn) linger() {
	if c.start == c.end && c.body.done() {
		return
	}
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	end := time.Now().Add(lingerTime)
	c.nc.SetReadDeadline(end)
	var waste [4096]byte
	for total := 0; total < maxDiscard && time.Now().Before(end); {
		n, err := c.nc.Read(waste[:])
		if err != nil {
			return
		}
		total += n
	}
}
