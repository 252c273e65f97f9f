package upstream

import (
	"net"
	"sync/atomic"
	"time"

	"understudy/compat"
)

// Tunnel passes bytes both ways between r's client and the worker until both
// have ended, or nothing has moved for the time that is allowed
// (ap_proxy_tunnel_run). hello is sent to the client first.
func (c *Call) Tunnel(hello []byte) compat.Status {
	r := c.R
	h, ok := r.Wire.(compat.Hijacker)
	if !ok {
		r.Logf("proxy", compat.LevelError, nil, "AH10208: can't create tunnel for %s", c.URL)
		return 500
	}
	client, err := h.Hijack(r)
	if err != nil {
		r.Aborted = true
		return compat.Done
	}
	c.Conn.Spent, c.Conn.Waiting = true, nil
	_, each := c.Timeouts()
	if t := r.Host.Timeout; t != nil && *t > each {
		each = *t
	}
	tunnel := &tunnel{limit: each}
	tunnel.moved()
	if len(hello) > 0 {
		if _, err := client.Write(hello); err != nil {
			r.Aborted = true
			return compat.Done
		}
	}
	worker := &tunnelEnd{Conn: c.Conn.nc, c: c.Conn}
	done := make(chan struct{})
	go func() {
		defer close(done)
		tunnel.pass(worker, client)
	}()
	tunnel.pass(client, worker)
	<-done
	return compat.Done
}

// A tunnel is two connections whose ends are joined.
type tunnel struct {
	limit time.Duration
	last  atomic.Int64 // when something moved, in either direction
	over  atomic.Bool
}

func (t *tunnel) moved() { t.last.Store(time.Now().UnixNano()) }

const tunnelBuffer = 16 << 10

// pass copies from one end to the other. A direction that ends leaves the
// other open; one that fails ends both.
func (t *tunnel) pass(to, from net.Conn) {
	buf := make([]byte, tunnelBuffer)
	for !t.over.Load() {
		from.SetReadDeadline(time.Now().Add(t.limit))
		n, err := from.Read(buf)
		if n > 0 {
			t.moved()
			to.SetWriteDeadline(time.Now().Add(t.limit))
			if _, err := to.Write(buf[:n]); err != nil {
				break
			}
			t.moved()
		}
		if err == nil || IsTimeout(err) && time.Since(time.Unix(0, t.last.Load())) < t.limit {
			continue
		}
		if half, ok := to.(interface{ CloseWrite() error }); ok && !IsTimeout(err) && half.CloseWrite() == nil {
			return
		}
		break
	}
	t.over.Store(true)
	past := time.Unix(1, 0)
	to.SetDeadline(past)
	from.SetDeadline(past)
}

// A tunnelEnd is the worker's connection, with what was read ahead of it.
type tunnelEnd struct {
	net.Conn
	c *Conn
}

func (e *tunnelEnd) Read(p []byte) (int, error) {
	if e.c.start < e.c.end {
		n := copy(p, e.c.buf[e.c.start:e.c.end])
		e.c.start += n
		return n, nil
	}
	n, err := e.Conn.Read(p)
	e.c.worker.read.Add(int64(n))
	return n, err
}

func (e *tunnelEnd) Write(p []byte) (int, error) {
	n, err := e.Conn.Write(p)
	e.c.worker.sent.Add(int64(n))
	return n, err
}

// CloseWrite tells the worker that nothing more comes.
func (e *tunnelEnd) CloseWrite() error {
	if half, ok := e.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return net.ErrClosed
}
