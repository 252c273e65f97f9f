//go:build unix

package wire

import "syscall"

// rawReads tells that descriptors can be read as soon as they are ready.
const rawReads = true

// readReady reads once from a descriptor that may be ready. The buffer is taken
// only now, so that a connection that waits has none.
func (c *conn) readReady(fd uintptr) bool {
	taken := c.x == nil
	if taken {
		c.x = takeExchange(c)
	}
	n, err := syscall.Read(int(fd), c.x.in[c.x.end:])
	for err == syscall.EINTR {
		n, err = syscall.Read(int(fd), c.x.in[c.x.end:])
	}
	if err == nil && n > 0 {
		c.readN = n
		return true
	}
	if taken {
		c.x.giveBack()
		c.x = nil
	}
	if err == syscall.EAGAIN {
		return false
	}
	c.readErr = err
	return true
}
