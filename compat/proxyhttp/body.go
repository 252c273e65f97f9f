package proxyhttp

import (
	"errors"
	"io"
	"math"
	"strings"
	"sync"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// pass sends the answer to the client.
func (e *exchange) pass(p *reply) compat.Status {
	c, r := e.c, e.r
	if p.closes || e.sendError != nil {
		c.Conn.Spent = true
	}
	c.Conn.Uses++
	original := r.Status
	reason := r.Reason
	e.fill(p)
	if c.Dir.Overrides(p.status) {
		return e.override(p)
	}
	if p.upgrade != "" && e.mayUpgrade(p.upgrade) {
		r.Out.Set("Connection", "Upgrade")
		r.Out.Set("Upgrade", p.upgrade)
	}
	if c.Dir.Overrides(original) {
		r.Status, r.Reason = original, reason
	}
	if p.bodyless {
		c.Release()
		return compat.OK
	}
	if p.length < 0 {
		r.Notes.Set("unknown-length", "1")
	}
	return e.copy(p)
}

func (e *exchange) mayUpgrade(protocol string) bool {
	fallback := ""
	if e.scheme[0] == 'w' {
		fallback = "WebSocket"
	}
	return e.c.Worker.CanUpgrade(protocol, fallback)
}

// override has our own page sent instead of the worker's.
func (e *exchange) override(p *reply) compat.Status {
	r := e.r
	if p.status == 401 {
		if v, ok := r.Out.Lookup("WWW-Authenticate"); ok {
			r.ErrOut.Set("WWW-Authenticate", v)
		}
	}
	r.ReasonStatus = p.status
	r.Status = 200 // Else the page would be taken for that of a second error.
	if !p.bodyless {
		if _, err := io.CopyN(io.Discard, e.reader(p), maxDiscard); err != io.EOF {
			e.c.Conn.Spent = true
		}
	}
	r.Notes.Set("proxy-error-override", "1")
	e.c.Release()
	return compat.Status(p.status)
}

// maxDiscard bounds what is read of a body nobody wants, to keep the
// connection.
const maxDiscard = 1 << 20

// tunnel passes bytes both ways, in the protocol that both agreed on.
func (e *exchange) tunnel(p *reply) compat.Status {
	r := e.r
	r.Status = 101
	b := append([]byte(nil), "HTTP/1.1 101 Switching Protocols\r\n"...)
	for _, f := range p.fields.Fields() {
		b = upstream.AppendField(b, f.Name, f.Value)
	}
	b = upstream.AppendField(b, "Upgrade", p.upgrade)
	b = append(b, "Connection: Upgrade\r\n\r\n"...)
	return e.c.Tunnel(b)
}

// reader is the body of the answer, without its framing.
func (e *exchange) reader(p *reply) io.Reader {
	k := e.c.Conn
	switch {
	case p.isOld || p.preread:
		k.Spent = true
		return k
	case p.hasTE && strings.EqualFold(strings.TrimSpace(p.te), "chunked"):
		return &chunks{k: k, limit: e.fieldSize()}
	case p.hasTE:
		e.r.Logf("http", compat.LevelInfo, nil, "AH01586: Unknown Transfer-Encoding: %s; using read-until-close", p.te)
		k.Spent = true
		return k
	case p.length >= 0:
		e.limited = limited{k, p.length}
		return &e.limited
	}
	k.Spent = true
	return k
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 64<<10); return &b }}

// copy passes the body on while it comes. What was gathered for the client is
// sent whenever the worker lets us wait.
func (e *exchange) copy(p *reply) compat.Status {
	r, k := e.r, e.c.Conn
	if len(p.old) > 0 {
		r.Writer.Write(p.old)
	}
	from := e.reader(p)
	k.Waiting = e.onWait
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	for {
		n, err := from.Read(*buf)
		over := err == io.EOF
		if over || err == nil && e.finished(from) {
			// Others can use the connection while a slow client takes the rest.
			e.c.Release()
			over = true
		}
		if n > 0 {
			if _, err := r.Writer.Write((*buf)[:n]); err != nil || e.unsent || r.Aborted {
				e.abandon()
				r.Aborted = true
				return compat.OK
			}
		}
		if over {
			return compat.OK
		}
		if err != nil {
			return e.broken(err)
		}
	}
}

// finished reports whether a body is known to have ended.
func (e *exchange) finished(from io.Reader) bool {
	l, ok := from.(*limited)
	return ok && l.left == 0
}

func (e *exchange) abandon() {
	if e.c.Conn != nil {
		e.c.Conn.Spent = true
	}
}

// broken ends an answer whose worker did not send it to its end: the client must
// see that something is missing.
func (e *exchange) broken(err error) compat.Status {
	r := e.r
	said := upstream.LogError(err)
	if said == upstream.ErrEOF {
		said = upstream.ErrIncomplete
	}
	e.c.Errorf("proxy_http", said, "AH01110: error reading response")
	if upstream.IsTimeout(err) {
		r.Notes.Set("proxy_timedout", "1")
	}
	e.abandon()
	r.Writer.Flush()
	r.NoCache = true
	r.KeepAlive, r.Aborted = false, true
	return compat.OK
}

// A limited is a body of known length.
type limited struct {
	k    *upstream.Conn
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.k.Read(p)
	l.left -= int64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// A chunks is a body in chunks. Trailers are read and dropped.
type chunks struct {
	k       *upstream.Conn
	limit   int
	left    int64
	inChunk bool
	over    bool
}

var errChunk = errors.New("(22)Invalid argument")

// maxTrailer bounds the lines behind the last chunk.
const maxTrailer = 100

func (c *chunks) Read(p []byte) (int, error) {
	if c.over {
		return 0, io.EOF
	}
	if c.left == 0 {
		if err := c.next(); err != nil {
			if err == io.EOF && !c.over {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
	}
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.k.Read(p)
	c.left -= int64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// next reads the size of the next chunk.
func (c *chunks) next() error {
	if c.inChunk {
		line, err := c.k.ReadLine(2)
		if err != nil {
			return err
		}
		if len(line) != 0 {
			return errChunk
		}
		c.inChunk = false
	}
	line, err := c.k.ReadLine(c.limit)
	if err != nil {
		return err
	}
	size, ok := chunkSize(line)
	if !ok {
		return errChunk
	}
	if size > 0 {
		c.left, c.inChunk = size, true
		return nil
	}
	for range maxTrailer {
		line, err := c.k.ReadLine(c.limit)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			c.over = true
			return io.EOF
		}
	}
	return errChunk
}

// chunkSize reads "1a ;name=value"; extensions mean nothing.
func chunkSize(line []byte) (size int64, ok bool) {
	i := 0
	for ; i < len(line); i++ {
		d := strings.IndexByte("0123456789abcdef", line[i]|0x20)
		if line[i] >= '0' && line[i] <= '9' {
			d = int(line[i] - '0')
		}
		if d < 0 || d < 10 && (line[i] < '0' || line[i] > '9') {
			break
		}
		if size > math.MaxInt64>>5 {
			return 0, false
		}
		size = size<<4 | int64(d)
	}
	rest := strings.TrimLeft(string(line[i:]), " \t")
	return size, i > 0 && (rest == "" || rest[0] == ';')
}
