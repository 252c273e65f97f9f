package upstream

import (
	"errors"
	"io"

	"understudy/compat"
)

// Script sends head and the body of c.R, and passes on an answer that is like
// that of a CGI script and ends with the connection, as SCGI and uwsgi have it.
// instead, if not nil, may answer otherwise once the header is known. module is
// whose log is written to.
func (c *Call) Script(module string, head []byte, instead func(*compat.Request) (compat.Status, bool)) compat.Status {
	r := c.R
	err := c.Body.Send(head, func(p []byte) error { _, err := c.Conn.Write(p); return err })
	var lost *SendError
	switch {
	case err != nil && !errors.As(err, &lost):
		c.Errorf(module, nil, "receiving request body failed")
		return compat.StatusOf(err)
	case err != nil:
		c.Errorf(module, lost.Err, "sending data to %s:%d failed", c.Host, c.Port)
		return 503
	}
	var h ScriptHeader
	var rest []byte
	for !h.Done() {
		if err := c.Conn.Fill(); err != nil {
			c.Errorf(module, nil, "error reading response headers from %s:%d", c.Host, c.Port)
			if IsTimeout(err) {
				r.Notes.Set("proxy_timedout", "1")
			}
			return h.Ended(r, module)
		}
		p := c.Conn.Buffered()
		body, _, tooLong := h.Add(p)
		c.Conn.Skip(len(p))
		if tooLong {
			return malformed(r, module, string(h.Bytes()[:30]))
		}
		rest = body
	}
	rest = append([]byte(nil), rest...)
	status := h.Apply(r, module)
	ScriptFraming(r)
	if status != compat.OK {
		return status
	}
	if instead != nil {
		if status, over := instead(r); over {
			return status
		}
	}
	if c.Dir.Overrides(r.Status) && r.IsInitial() {
		status, r.ReasonStatus = compat.Status(r.Status), r.Status
		r.Status = 200
		r.Notes.Set("proxy-error-override", "1")
		return status
	}
	return c.passBody(module, rest)
}

// passBody sends first and then all that comes, until the connection ends.
func (c *Call) passBody(module string, first []byte) compat.Status {
	r := c.R
	failed := false
	if len(first) > 0 {
		if _, err := r.Writer.Write(first); err != nil {
			r.Aborted = true
			return compat.OK
		}
	}
	c.Conn.Waiting = func() { failed = r.Writer.Flush() != nil || failed }
	buf := make([]byte, 32<<10)
	for {
		n, err := c.Conn.Read(buf)
		if n > 0 {
			if _, err := r.Writer.Write(buf[:n]); err != nil || failed {
				r.Aborted = true
				return compat.OK
			}
		}
		if err == io.EOF {
			return compat.OK
		}
		if err != nil {
			c.Errorf(module, err, "error reading response body from %s:%d", c.Host, c.Port)
			r.Writer.Flush()
			r.KeepAlive, r.Aborted = false, true
			return compat.OK
		}
	}
}
