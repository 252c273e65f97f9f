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

// askReady writes, and reads when it is called again. What the kernel does not
// take at once is left to others.
func (c *Conn) askReady(fd uintptr) bool {
	if !c.asking {
		return c.readReady(fd)
	}
	c.asking = false
	if c.unseen && !c.quiet(fd) {
		c.writeErr = ErrDead
		return true
	}
	for len(c.from) > 0 {
		n, errno := writeNow(fd, c.from)
		if errno != 0 {
			if errno != syscall.EAGAIN {
				c.writeErr = errno
			}
			return true
		}
		c.from = c.from[n:]
	}
	return false
}

// alive reports whether an idle connection is still open and quiet: a worker
// that said something unasked is not to be trusted.
func (c *Conn) alive() bool {
	if c.raw == nil {
		return true
	}
	quiet := false
	err := c.raw.Control(func(fd uintptr) { quiet = c.quiet(fd) })
	return err == nil && quiet
}

func (c *Conn) quiet(fd uintptr) bool {
	_, errno := peekNow(fd, c.peeked[:])
	return errno == syscall.EAGAIN
}
