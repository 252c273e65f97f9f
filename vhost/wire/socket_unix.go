//go:build unix

package wire

import (
	"io"
	"syscall"
)

// rawSockets tells that descriptors can be used as soon as they are ready.
const rawSockets = true

// readReady reads once from a descriptor that may be ready. The buffer is taken
// only now, so that a connection that waits has none.
func (c *conn) readReady(fd uintptr) bool {
	p, taken := c.into, false
	if p == nil {
		if taken = c.x == nil; taken {
			c.x = takeExchange(c)
		}
		p = c.x.in[c.x.end:]
	}
	n, errno := readNow(fd, p)
	if errno == 0 && n > 0 {
		c.readN = n
		return true
	}
	if taken {
		c.x.untake()
		c.x = nil
	}
	if errno == syscall.EAGAIN {
		if c.late() {
			c.armRead()
		}
		return false
	}
	if errno != 0 {
		c.readErr = errno
	}
	return true
}

// writeReady writes until all is sent or the client is to be waited for.
func (x *exchange) writeReady(fd uintptr) bool {
	s := &x.sending
	for since := s.sent; !s.done(); {
		send := s.writeNow
		if s.file != nil {
			send = s.sendfileNow
		}
		n, errno := send(fd)
		switch {
		case errno == syscall.EAGAIN:
			x.waits(since)
			return false
		case errno == syscall.EINTR:
		case errno != 0:
			s.err = errno
			return true
		case n == 0:
			s.err = io.ErrUnexpectedEOF // The file became shorter.
			return true
		default:
			s.took(n)
		}
	}
	return true
}
