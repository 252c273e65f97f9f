package wire

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"

	"understudy/compat"
)

// defaultBody is LimitRequestBody's default; 0 is without limit.
const defaultBody = 1 << 30

// maxChunkLine bounds a chunk's size line with its extensions, and maxTrailer
// the trailer as a whole.
const (
	maxChunkLine = 8190
	maxTrailer   = 64 << 10
)

type framing uint8

const (
	noBody framing = iota
	byLength
	chunked
)

// A requestBody reads the body of the request under way.
type requestBody struct {
	c         *conn
	framing   framing
	left      int64 // of the body, or of the chunk
	taken     int64 // in all
	inChunk   bool
	ended     bool
	begun     bool
	continued bool // 100 was sent
	err       error
}

// prepareBody decides how the body is framed (RFC 9112, section 6.3).
func (c *conn) prepareBody() int {
	r := &c.req
	c.body = requestBody{c: c}
	b := &c.body
	te, hasTE := r.In.Lookup("Transfer-Encoding")
	cl, hasCL := r.In.Lookup("Content-Length")
	if hasTE {
		last := te[strings.LastIndexByte(te, ',')+1:]
		if !strings.EqualFold(strings.Trim(last, " \t"), "chunked") {
			r.In.Del("Content-Length")
			return 400
		}
		if strings.Count(strings.ToLower(te), "chunked") > 1 {
			return 400
		}
		b.framing, r.BodyLength = chunked, -1
		if hasCL || r.ProtoNum < 1001 {
			r.In.Del("Content-Length")
			r.KeepAlive = false
		}
	} else if hasCL {
		n, ok := contentLength(cl)
		if !ok || count(&r.In, "Content-Length") > 1 {
			return 400
		}
		r.BodyLength = n
		if b.left = n; n > 0 {
			b.framing = byLength
		}
	}
	if b.framing == noBody {
		b.ended = true
		r.ExpectContinue = false
		return 0
	}
	r.Body = b
	return 0
}

func contentLength(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// done reports whether nothing of the body is left.
func (b *requestBody) done() bool { return b.framing == noBody || b.ended }

// Read reads of the body. A client that waits for 100 Continue gets it now. A
// body that is too large or badly framed is a compat.StatusError.
func (b *requestBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.read(p)
	if err != nil {
		b.err = err
	}
	return n, err
}

func (b *requestBody) read(p []byte) (int, error) {
	if b.ended {
		return 0, io.EOF
	}
	if !b.begun {
		b.begun = true
		if max := b.limit(); b.framing == byLength && max > 0 && b.left > max {
			b.c.out.keep = false
			b.c.req.KeepAlive = false
			return 0, compat.StatusError(413)
		}
		b.sendContinue()
	}
	if b.framing == chunked && b.left == 0 {
		if err := b.nextChunk(); err != nil {
			return 0, err
		}
	}
	if len(p) == 0 {
		return 0, nil
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.take(p)
	b.left -= int64(n)
	b.taken += int64(n)
	if b.left == 0 && b.framing == byLength {
		b.ended = true
	}
	return n, err
}

func (b *requestBody) limit() int64 {
	if l := b.c.req.Scope.Core.LimitBody; l != nil {
		return *l
	}
	return defaultBody
}

func (b *requestBody) sendContinue() {
	c := b.c
	if c.req.ExpectContinue && c.start == c.end && !c.out.started {
		c.out.Interim(100, nil)
	}
	b.continued = true
	c.req.ExpectContinue = false
}

// take copies what was read already, or reads.
func (b *requestBody) take(p []byte) (int, error) {
	c := b.c
	if c.start < c.end {
		n := copy(p, (*c.buf)[c.start:c.end])
		c.start += n
		return n, nil
	}
	c.nc.SetReadDeadline(time.Now().Add(timeoutOf(c.req.Host)))
	if len(p) < 512 {
		return b.takeBuffered(p)
	}
	n, err := c.nc.Read(p)
	c.req.BytesIn += int64(n)
	if n > 0 {
		return n, nil
	}
	return 0, b.broken(err)
}

// takeBuffered reads ahead, for the sake of small pieces. The head is in the
// buffer too, and stays.
func (b *requestBody) takeBuffered(p []byte) (int, error) {
	c := b.c
	if c.end == len(*c.buf) && c.end < 4*bufferSize || c.end < len(*c.buf) {
		if err := c.fill(); err != nil {
			return 0, b.broken(err)
		}
		return b.take(p)
	}
	// The buffer is large and full of what was read: use its end again.
	c.start, c.end = c.headEnd, c.headEnd
	if err := c.fill(); err != nil {
		return 0, b.broken(err)
	}
	return b.take(p)
}

// broken is the error for a body whose rest does not come.
func (b *requestBody) broken(err error) error {
	b.c.out.keep = false
	b.c.req.KeepAlive = false
	if err != nil && isTimeout(err) {
		return compat.StatusError(408)
	}
	return io.ErrUnexpectedEOF
}

func (b *requestBody) bad() error {
	b.c.req.KeepAlive = false
	b.c.out.keep = false
	return compat.StatusError(400)
}

// nextChunk reads the size of the next chunk; the last one ends the body.
func (b *requestBody) nextChunk() error {
	if b.inChunk {
		line, err := b.line(2)
		if err != nil {
			return err
		}
		if len(line) != 0 {
			return b.bad()
		}
	}
	line, err := b.line(maxChunkLine)
	if err != nil {
		return err
	}
	size, ok := chunkSize(line)
	if !ok {
		return b.bad()
	}
	if max := b.limit(); max > 0 && b.taken+size > max {
		b.c.req.KeepAlive, b.c.out.keep = false, false
		return compat.StatusError(413)
	}
	if size == 0 {
		if err := b.trailer(); err != nil {
			return err
		}
		b.ended = true
		return io.EOF
	}
	b.left, b.inChunk = size, true
	return nil
}

// chunkSize reads "1a" with extensions behind; they are ignored.
func chunkSize(line []byte) (int64, bool) {
	i := 0
	for i < len(line) && isHex(line[i]) {
		i++
	}
	if i == 0 || i > 15 {
		return 0, false
	}
	rest := bytes.TrimLeft(line[i:], " \t")
	if len(rest) > 0 && rest[0] != ';' {
		return 0, false
	}
	for _, c := range rest {
		if c < ' ' && c != '\t' || c == 0x7f {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(string(line[:i]), 16, 64)
	return n, err == nil
}

func isHex(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// trailer reads the fields behind the last chunk.
func (b *requestBody) trailer() error {
	for total := 0; ; {
		line, err := b.line(maxChunkLine)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return nil
		}
		if total += len(line); total > maxTrailer {
			return b.bad()
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !isToken(text(name)) || !validValue(value) {
			return b.bad()
		}
		b.c.req.Trailers.Add(string(name), string(bytes.Trim(value, " \t")))
	}
}

// line reads a line that ends in CRLF, a byte at a time out of the buffer.
func (b *requestBody) line(limit int) ([]byte, error) {
	var line []byte
	for {
		var one [1]byte
		n, err := b.take(one[:])
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		if one[0] == '\n' {
			if len(line) == 0 || line[len(line)-1] != '\r' {
				return nil, b.bad()
			}
			return line[:len(line)-1], nil
		}
		if line = append(line, one[0]); len(line) > limit {
			return nil, b.bad()
		}
	}
}

// discard reads what nobody read, so that the connection can go on. It is not
// worth it for much, nor for a client that was never told to send.
func (b *requestBody) discard() bool {
	if b.err != nil || b.c.req.ExpectContinue {
		return false
	}
	n, err := io.CopyN(io.Discard, b, maxDiscard)
	return err == io.EOF && n < maxDiscard
}
