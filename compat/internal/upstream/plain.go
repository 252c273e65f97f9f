package upstream

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"understudy/compat"
)

// maxFields bounds the header of a plain answer.
const maxFields = 500

// Plain sends head and the body of c.R, and passes on an answer in HTTP that ends
// with the connection, as uWSGI has it (uwsgi_response).
func (c *Call) Plain(module string, head []byte) compat.Status {
	r := c.R
	err := c.Body.Send(head, func(p []byte) error { _, err := c.Conn.Write(p); return err })
	var lost *SendError
	switch {
	case err != nil && !errors.As(err, &lost):
		c.Errorf(module, nil, "AH10099: receiving request body failed")
		return compat.StatusOf(err)
	case err != nil:
		return 503
	}
	line, err := c.Conn.ReadLine(maxScriptLine)
	if err != nil || len(line) == 0 {
		if IsTimeout(err) {
			r.Notes.Set("proxy_timedout", "1")
		}
		return 500
	}
	status, reason, ok := plainStatus(line)
	if !ok {
		return 502
	}
	r.Status, r.Reason = status, reason
	if !c.plainFields() {
		r.Out.Reset()
		r.Status, r.Reason = 200, ""
		return 502
	}
	if c.Dir.Overrides(status) {
		r.Status, r.Reason, r.ReasonStatus = 200, "", 0
		r.Notes.Set("proxy-error-override", "1")
		return compat.Status(status)
	}
	length := int64(-1)
	if v, ok := r.Out.Lookup("Content-Length"); ok {
		n, err := strconv.ParseUint(v, 10, 62)
		if err != nil || len(r.Out.Values("Content-Length")) > 1 {
			r.Out.Reset()
			r.Status, r.Reason = 200, ""
			return 502
		}
		length = int64(n)
	} else {
		r.Notes.Set("unknown-length", "1")
	}
	return c.plainBody(module, length)
}

// plainStatus takes "HTTP/1.1 200 OK" apart.
func plainStatus(line []byte) (status int, reason string, ok bool) {
	version, rest, ok := strings.Cut(string(line), " ")
	if !ok || !strings.HasPrefix(version, "HTTP/") || len(rest) < 3 {
		return 0, "", false
	}
	status, err := strconv.Atoi(rest[:3])
	if err != nil || status < 100 || status > 999 || len(rest) > 3 && rest[3] != ' ' {
		return 0, "", false
	}
	return status, strings.TrimSpace(rest[3:]), true
}

// plainFields reads the header; false: it is a bad one.
func (c *Call) plainFields() bool {
	r := c.R
	for range maxFields {
		line, err := c.Conn.ReadLine(maxScriptLine)
		if err != nil {
			return false
		}
		if len(line) == 0 {
			if DropHopByHop(&r.Out); r.Out.Has("Transfer-Encoding") {
				return false
			}
			if kind := r.Out.Get("Content-Type"); kind != "" {
				r.ContentType = kind
			}
			return true
		}
		name, value, ok := bytes.Cut(line, []byte{':'})
		value = bytes.TrimSpace(value)
		if !ok || !isToken(name) || bytes.ContainsAny(value, "\x00\r\n") {
			return false
		}
		if strings.EqualFold(string(name), "Transfer-Encoding") {
			return false
		}
		r.Out.Add(string(name), string(value))
	}
	return false
}

func isToken(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("()<>@,;:\\\"/[]?={}", c) >= 0 {
			return false
		}
	}
	return len(b) > 0
}

// plainBody passes the body on: as much of it as was announced, and less only
// so that the client notices.
func (c *Call) plainBody(module string, length int64) compat.Status {
	r, k := c.R, c.Conn
	failed := false
	k.Waiting = func() { failed = r.Writer.Flush() != nil || failed }
	buf := make([]byte, 32<<10)
	for length != 0 {
		b := buf
		if length > 0 {
			b = buf[:min(length, int64(len(buf)))]
		}
		n, err := k.Read(b)
		if n > 0 {
			if length > 0 {
				length -= int64(n)
			}
			if _, err := r.Writer.Write(b[:n]); err != nil || failed {
				r.Aborted = true
				return compat.OK
			}
		}
		if err == io.EOF && length < 0 || r.HeaderOnly && err != nil {
			return compat.OK
		}
		if err != nil {
			c.Errorf(module, err, "the answer of %s:%d breaks off", c.Host, c.Port)
			r.Writer.Flush()
			r.KeepAlive, r.Aborted = false, true
			return compat.OK
		}
	}
	return compat.OK
}
