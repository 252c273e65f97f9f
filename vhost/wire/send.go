package wire

import (
	"os"
	"time"
)

// plainPiece is written at once where a write cannot be taken up again: that
// much must go out within Timeout.
const plainPiece = 64 << 10

// A sending is what is on its way to the client: two parts of memory, or a part
// of a file. The client may take any time, if it takes something within each
// Timeout.
type sending struct {
	parts   [2][]byte
	file    *os.File
	offset  int64
	left    int64 // of the file
	sent    int64 // in all
	timeout time.Duration
	err     error
}

func (s *sending) done() bool {
	return s.left == 0 && len(s.parts[0]) == 0 && len(s.parts[1]) == 0
}

// took counts n bytes that the kernel took.
func (s *sending) took(n int) {
	s.sent += int64(n)
	if s.file != nil {
		s.offset += int64(n)
		s.left -= int64(n)
		return
	}
	for i := range s.parts {
		m := min(n, len(s.parts[i]))
		s.parts[i] = s.parts[i][m:]
		n -= m
	}
}

// write sends a and b, and returns how much of them went out.
func (x *exchange) write(a, b []byte, timeout time.Duration) (int64, error) {
	if x.c.raw == nil {
		return x.writePlain(a, b, timeout)
	}
	return x.sendAll(sending{parts: [2][]byte{a, b}, timeout: timeout})
}

// sendFile sends n bytes of f from offset, by the kernel. That is for raw
// sockets.
func (x *exchange) sendFile(f *os.File, offset, n int64, timeout time.Duration) (int64, error) {
	return x.sendAll(sending{file: f, offset: offset, left: n, timeout: timeout})
}

func (x *exchange) sendAll(s sending) (int64, error) {
	c := x.c
	x.sending = s
	err := c.raw.Write(x.onWrite)
	for err != nil && c.writes.left(err) {
		c.nc.SetWriteDeadline(c.writes.until())
		err = c.raw.Write(x.onWrite)
	}
	sent := x.sending.sent
	if err == nil {
		err = x.sending.err
	}
	x.sending = sending{}
	return sent, err
}

// waits prepares to wait for the client.
func (x *exchange) waits(since int64) {
	c, s := x.c, &x.sending
	if s.sent > since || c.writes.by == 0 {
		c.writes.by = moment() + s.timeout
	}
	if c.writes.late() {
		c.nc.SetWriteDeadline(c.writes.until())
	}
}

func (x *exchange) writePlain(a, b []byte, timeout time.Duration) (sent int64, err error) {
	for _, p := range [...][]byte{a, b} {
		for len(p) > 0 && err == nil {
			x.c.nc.SetWriteDeadline(time.Now().Add(timeout))
			var n int
			n, err = x.c.nc.Write(p[:min(len(p), plainPiece)])
			p, sent = p[n:], sent+int64(n)
		}
	}
	return sent, err
}
