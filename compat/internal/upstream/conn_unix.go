//go:build unix

package upstream

import (
	"io"
	"syscall"
)

// rawReads tells that reads can find out whether they have to wait.
const rawReads = true

// readReady reads what is there. If nothing is, what was gathered for the
// client is sent before waiting.
func (c *Conn) readReady(fd uintptr) bool {
	n, errno := readNow(fd, c.into)
	switch {
	case errno == syscall.EAGAIN:
		if c.Waiting != nil {
			c.Waiting()
		}
		return false
	case errno != 0:
		c.readErr = errno
	case n == 0:
		c.readErr = io.EOF
	}
	c.readN = max(n, 0)
	return true
}

// writeReady writes as much as the kernel takes, and has a deadline set where it
// does not take all.
func (c *Conn) writeReady(fd uintptr) bool {
	for len(c.from) > 0 {
		n, errno := writeNow(fd, c.from)
		switch {
		case errno == syscall.EAGAIN:
			if !c.armed {
				c.armed = true
				c.nc.SetWriteDeadline(deadline(c.timeout))
			}
			return false
		case errno != 0:
			c.writeErr = errno
			return true
		}
		c.from = c.from[n:]
	}
	return true
}

// alive reports whether an idle connection is still open and quiet: a worker
// that said something unasked is not to be trusted.
func (c *Conn) alive() bool {
	if c.raw == nil {
		return true
	}
	quiet := false
	err := c.raw.Control(func(fd uintptr) {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = err == syscall.EAGAIN
	})
	return err == nil && quiet
}
