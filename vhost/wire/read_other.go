//go:build !unix

package wire

// rawReads is false where a descriptor cannot be read without waiting.
const rawReads = false

func (c *conn) readReady(uintptr) bool { return true }
