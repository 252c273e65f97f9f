package wire

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// A tcpConn is a connection that was accepted. The poller hears of it when there
// is something to wait for, which a connection for one request never has: its
// request was there before it was accepted. One goroutine reads, and one writes.
type tcpConn struct {
	remote, local netip.AddrPort
	in, out       *transfer // of Read and Write; nil until then

	mu              sync.Mutex // guards the rest
	fd              int
	calls           int             // under way, that the poller knows nothing of
	closed          bool            // and fd too, once there are none
	file            *os.File        // nil: the poller does not know fd
	raw             syscall.RawConn // of file
	readBy, writeBy time.Time       // what file is to be told
}

// addresses are those of nc.
func addresses(nc net.Conn) (remote, local netip.AddrPort) {
	if c, ok := nc.(*tcpConn); ok {
		return c.remote, c.local
	}
	return addrPort(nc.RemoteAddr()), addrPort(nc.LocalAddr())
}

func (c *tcpConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }
func (c *tcpConn) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(c.local) }

// SyscallConn implements syscall.Conn.
func (c *tcpConn) SyscallConn() (syscall.RawConn, error) { return rawTCP{c}, nil }

// A rawTCP is a tcpConn by its descriptor.
type rawTCP struct{ *tcpConn }

func (c rawTCP) Read(f func(fd uintptr) bool) error  { return c.do(f, syscall.RawConn.Read) }
func (c rawTCP) Write(f func(fd uintptr) bool) error { return c.do(f, syscall.RawConn.Write) }

func (c rawTCP) Control(f func(fd uintptr)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	f(uintptr(c.fd))
	return nil
}

// do has f called until it has done what it is for; wait is how its turns are
// waited for.
func (c *tcpConn) do(f func(fd uintptr) bool, wait func(syscall.RawConn, func(uintptr) bool) error) error {
	raw, err := c.enter()
	if raw == nil && err == nil {
		raw, err = c.leave(f(uintptr(c.fd)))
	}
	if raw == nil {
		return err
	}
	if err = wait(raw, f); err == nil || isTimeout(err) {
		return err
	}
	return errors.Join(err, net.ErrClosed) // Nothing else ends waiting.
}

// enter begins a call, where the poller is not the one to ask.
func (c *tcpConn) enter() (syscall.RawConn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, net.ErrClosed
	}
	if c.raw == nil {
		c.calls++
	}
	return c.raw, nil
}

// leave ends a call. If that has not done what it is for the poller is the one
// to ask from now on.
func (c *tcpConn) leave(done bool) (raw syscall.RawConn, err error) {
	c.mu.Lock()
	c.calls--
	last := c.closed && c.calls == 0
	switch {
	case c.closed:
		err = net.ErrClosed
	case !done && c.raw == nil:
		err = c.register()
	}
	raw = c.raw
	c.mu.Unlock()
	if last {
		c.finish()
	}
	if done {
		return nil, nil
	}
	return raw, err
}

// register tells the poller.
func (c *tcpConn) register() (err error) {
	c.file = os.NewFile(uintptr(c.fd), "connection")
	if err = c.file.SetReadDeadline(c.readBy); err == nil {
		err = c.file.SetWriteDeadline(c.writeBy)
	}
	if err == nil {
		c.raw, err = c.file.SyscallConn()
	}
	return err
}

// Close implements net.Conn.
func (c *tcpConn) Close() error {
	c.mu.Lock()
	was, busy := c.closed, c.calls > 0
	c.closed = true
	c.mu.Unlock()
	switch {
	case was:
		return net.ErrClosed
	case busy: // But not for long: they do not wait.
		return nil
	}
	return c.finish()
}

// finish closes fd, and waits for those that the poller wakes.
func (c *tcpConn) finish() error {
	if c.file != nil {
		return c.file.Close()
	}
	return closeNow(c.fd)
}

// CloseWrite tells the client that nothing more comes.
func (c *tcpConn) CloseWrite() (err error) {
	closed := rawTCP{c}.Control(func(fd uintptr) { err = syscall.Shutdown(int(fd), syscall.SHUT_WR) })
	return errors.Join(closed, os.NewSyscallError("shutdown", err))
}

// SetDeadline implements net.Conn.
func (c *tcpConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline implements net.Conn.
func (c *tcpConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file != nil {
		return c.file.SetReadDeadline(t)
	}
	c.readBy = t
	return nil
}

// SetWriteDeadline implements net.Conn.
func (c *tcpConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file != nil {
		return c.file.SetWriteDeadline(t)
	}
	c.writeBy = t
	return nil
}

// A transfer is what is read or written, and what came of it.
type transfer struct {
	p     []byte // the rest of it
	n     int
	errno syscall.Errno
	try   func(fd uintptr) bool
}

// Read implements net.Conn.
func (c *tcpConn) Read(p []byte) (int, error) {
	if c.in == nil {
		c.in = &transfer{}
		c.in.try = c.in.read
	}
	t := c.in
	t.p = p
	err := c.do(t.try, syscall.RawConn.Read)
	t.p = nil
	switch {
	case err != nil:
		return 0, err
	case t.errno != 0:
		return 0, os.NewSyscallError("read", t.errno)
	case t.n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return t.n, nil
}

func (t *transfer) read(fd uintptr) bool {
	t.n, t.errno = readNow(fd, t.p)
	return t.errno != syscall.EAGAIN
}

// Write implements net.Conn.
func (c *tcpConn) Write(p []byte) (int, error) {
	if c.out == nil {
		c.out = &transfer{}
		c.out.try = c.out.write
	}
	t := c.out
	t.p, t.n, t.errno = p, 0, 0
	err := c.do(t.try, syscall.RawConn.Write)
	t.p = nil
	if err == nil && t.errno != 0 {
		err = os.NewSyscallError("write", t.errno)
	}
	return t.n, err
}

func (t *transfer) write(fd uintptr) bool {
	for len(t.p) > 0 {
		n, errno := writeNow(fd, t.p)
		switch {
		case errno == syscall.EAGAIN:
			return false
		case errno == syscall.EINTR:
		case errno != 0:
			t.errno = errno
			return true
		default:
			t.p, t.n = t.p[n:], t.n+n
		}
	}
	return true
}
