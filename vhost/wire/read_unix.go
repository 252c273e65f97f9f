//go:build unix

package wire

import "syscall"

// rawReads tells that descriptors can be read as soon as they are ready.
const rawReads = true

// readReady reads once from a descriptor that may be ready. The buffer is taken
// only now, so that a connection that waits has none.
func (c *conn) readReady(fd uintptr) bool {
	taken := c.buf == nil
	if taken {
		c.buf = buffers.Get().(*[]byte)
	}
	for {
		n, err := syscall.Read(int(fd), (*c.buf)[c.end:])
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			if taken {
				buffers.Put(c.buf)
				c.buf = nil
			}
			return false
		case err != nil:
			c.readE = err
		default:
			c.readN = n
		}
		return true
	}
}
