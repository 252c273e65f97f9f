package proxyajp

import (
	"encoding/binary"
	"io"
	"strconv"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

func itoa(n int) string     { return strconv.Itoa(n) }
func itoa64(n int64) string { return strconv.FormatInt(n, 10) }

// An exchange is a request to a worker and its answer.
type exchange struct {
	c       *upstream.Call
	r       *compat.Request
	body    io.Reader
	left    int64 // of a body of known length
	answers bool  // the header went out, or is to be replaced
	instead compat.Status
	length  int64 // of the answer that is left; -1: not said
}

// run sends the request and passes the answer on (ap_proxy_ajp_request). nothing
// tells that the connection ended before anything came.
func (e *exchange) run(first packet) (status compat.Status, nothing bool) {
	c := e.c
	e.body, e.left = nil, c.Body.Length
	if _, err := c.Conn.Write(first); err != nil {
		c.Errorf("proxy_ajp", err, "AH00868: request failed to %s (%s:%d)", c.Conn.Remote(), c.Host, c.Port)
		return 503, true
	}
	if c.Body.Has && c.Body.Length > 0 {
		if status := e.sendBody(maxData); status != compat.OK {
			return status, false
		}
	}
	for begun := false; ; begun = true {
		m, err := e.read()
		if err != nil {
			return e.broken(err), !begun && err == io.EOF
		}
		over, status := e.obey(m)
		if status != compat.OK {
			return status, false
		}
		if over {
			return e.finish(m), false
		}
	}
}

// sendBody sends the next part of the body, of at most limit bytes.
func (e *exchange) sendBody(limit int) compat.Status {
	if e.body == nil {
		e.body = e.c.Body.Reader()
	}
	var buf [maxPacket]byte
	limit = min(max(limit, 0), maxData)
	if e.c.Body.Length >= 0 {
		limit = int(min(int64(limit), e.left))
	}
	n, err := io.ReadFull(e.body, buf[6:6+limit])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return compat.StatusOf(err)
	}
	if e.left -= int64(n); e.c.Body.Length >= 0 && n < limit {
		return 400 // The client did not send what it announced.
	}
	binary.BigEndian.PutUint16(buf[0:], 0x1234)
	binary.BigEndian.PutUint16(buf[2:], uint16(n+2))
	binary.BigEndian.PutUint16(buf[4:], uint16(n))
	p := buf[:6+n]
	if n == 0 {
		binary.BigEndian.PutUint16(buf[2:], 0) // There is no more.
		p = buf[:4]
	}
	if _, err := e.c.Conn.Write(p); err != nil {
		e.c.Errorf("proxy_ajp", err, "AH00876: send failed to %s (%s:%d)", e.c.Conn.Remote(), e.c.Host, e.c.Port)
		return 503
	}
	return compat.OK
}

// read reads a message. It is valid until the next one.
func (e *exchange) read() ([]byte, error) {
	k := e.c.Conn
	for {
		b := k.Buffered()
		if len(b) >= 4 {
			if b[0] != 'A' || b[1] != 'B' {
				return nil, errMessage
			}
			n := int(binary.BigEndian.Uint16(b[2:]))
			if n == 0 || n > maxPacket {
				return nil, errMessage
			}
			if len(b) >= 4+n {
				k.Skip(4 + n)
				return b[4 : 4+n], nil
			}
		}
		if err := k.Fill(); err != nil {
			if err == io.EOF && len(b) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
}

// obey does what a message says; over: the answer is complete.
func (e *exchange) obey(m []byte) (over bool, status compat.Status) {
	switch d := (&reader{b: m[1:]}); m[0] {
	case messageGetBody:
		return false, e.sendBody(d.number())
	case messageHeaders:
		if e.answers {
			return false, e.bad("Backend sent headers twice.")
		}
		return false, e.header(d)
	case messageBody:
		return false, e.pass(d)
	case messageEnd:
		return true, compat.OK
	}
	return false, e.bad("unknown message")
}

func (e *exchange) bad(why string) compat.Status {
	e.c.Errorf("proxy_ajp", nil, "AH00890: Processing of request failed: %s", why)
	if e.answers {
		e.abort()
		return compat.Done
	}
	return 502
}

func (e *exchange) abort() {
	e.r.Writer.Flush()
	e.r.KeepAlive, e.r.Aborted = false, true
}

// header makes the answer of r what the worker says.
func (e *exchange) header(d *reader) compat.Status {
	r, c := e.r, e.c
	status, reason, fields := d.headers()
	if d.err != nil {
		return e.bad("malformed header")
	}
	e.answers, e.length = true, -1
	r.Status, r.Reason = status, reason
	upstream.DropHopByHop(&fields)
	fields.Del("Transfer-Encoding")
	if list := fields.Values("Content-Length"); len(list) > 0 {
		n, err := strconv.ParseUint(list[0], 10, 62)
		if err != nil || len(list) > 1 {
			e.answers = false
			return e.bad("Content-Length of no length")
		}
		e.length = int64(n)
	}
	for _, f := range fields.Fields() {
		switch strings.ToLower(f.Name) {
		case "location", "content-location", "uri", "destination":
			f.Value = upstream.ReverseLocation(r, c.Dir, f.Value)
		case "set-cookie":
			f.Value = upstream.ReverseCookie(r, c.Dir, f.Value)
		case "content-type":
			r.ContentType = f.Value
		}
		r.Out.Add(f.Name, f.Value)
	}
	if c.Dir.Overrides(status) {
		e.instead = compat.Status(status)
		return compat.OK
	}
	if e.length < 0 {
		r.Notes.Set("unknown-length", "1")
	}
	return compat.OK
}

// pass passes a part of the body on. An empty one asks to send what there is.
func (e *exchange) pass(d *reader) compat.Status {
	n := d.number()
	if d.err != nil || n > len(d.b) {
		return e.bad("malformed body")
	}
	if !e.answers {
		if n == 0 {
			return compat.OK
		}
		return e.bad("body before header")
	}
	if e.instead != 0 {
		return compat.OK
	}
	if n == 0 {
		e.r.Writer.Flush()
		return compat.OK
	}
	if e.length >= 0 && int64(n) > e.length {
		n = int(e.length) // More than it announced.
	}
	if e.length >= 0 {
		e.length -= int64(n)
	}
	if _, err := e.r.Writer.Write(d.b[:n]); err != nil {
		e.r.Aborted = true
		return compat.Done
	}
	return compat.OK
}

// finish ends an answer that is complete.
func (e *exchange) finish(m []byte) compat.Status {
	if !e.answers {
		return e.bad("no answer")
	}
	e.c.Conn.Spent = len(m) < 2 || m[1] == 0
	if e.instead != 0 {
		r := e.r
		r.ReasonStatus, r.Status = int(e.instead), 200
		r.Notes.Set("proxy-error-override", "1")
		return e.instead
	}
	if e.length > 0 && !e.r.HeaderOnly && e.r.Status != 304 {
		e.abort() // Less than it announced.
	}
	return compat.OK
}

// broken answers for a worker that does not answer to the end.
func (e *exchange) broken(err error) compat.Status {
	c := e.c
	c.Errorf("proxy_ajp", err, "AH00893: dialog to %s (%s:%d) failed", c.Conn.Remote(), c.Host, c.Port)
	if e.answers {
		e.abort()
		return compat.OK
	}
	if upstream.IsTimeout(err) {
		e.r.Notes.Set("proxy_timedout", "1")
		return 504
	}
	return 503
}
