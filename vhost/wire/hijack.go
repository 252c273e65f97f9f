package wire

import (
	"net"
	"time"

	"understudy/compat"
)

// Hijack sends what was gathered, and hands over the connection.
func (o *output) Hijack(r *compat.Request) (net.Conn, error) {
	o.started, o.ended, o.keep, o.expecting = true, true, false, false
	r.KeepAlive, r.Writer = false, nil
	if err := o.flush(); err != nil {
		return nil, err
	}
	o.x.c.nc.SetDeadline(time.Time{})
	return &hijacked{Conn: o.x.c.nc, x: o.x}, nil
}

// A hijacked is a connection that was taken over. What was read of it already
// comes first.
type hijacked struct {
	net.Conn
	x *exchange
}

func (h *hijacked) Read(p []byte) (int, error) {
	x := h.x
	if x.start < x.end {
		n := copy(p, x.in[x.start:x.end])
		x.start += n
		x.req.BytesIn += int64(n)
		return n, nil
	}
	n, err := h.Conn.Read(p)
	x.req.BytesIn += int64(n)
	return n, err
}

func (h *hijacked) Write(p []byte) (int, error) {
	n, err := h.Conn.Write(p)
	h.x.req.BytesOut += int64(n)
	return n, err
}

// CloseWrite tells the client that nothing more comes.
func (h *hijacked) CloseWrite() error {
	if half, ok := h.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Lend is the connection itself, for another process to go on with: it is closed
// here without a word to the client.
func (h *hijacked) Lend() net.Conn {
	h.x.start, h.x.body.ended, h.x.req.Rejected = h.x.end, true, false
	return h.Conn
}
