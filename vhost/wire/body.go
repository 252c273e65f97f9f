package wire

import (
	"io"
	"strconv"

	"understudy/compat"
)

// defaultBody is LimitRequestBody's default; 0 is without limit.
const defaultBody = 1 << 30

// unknownLength is a note on requests whose body was refused while it was
// read: Apache sends the page for that without Content-Length.
const unknownLength = "unknown-length"

// A requestBody reads the body of the request under way.
type requestBody struct {
	x       *exchange
	chunked bool
	begun   bool  // somebody reads it
	ended   bool  // there is nothing more, or there was nothing
	left    int64 // of the body, or of the chunk
	taken   int64 // in all
	inChunk bool  // behind the data of a chunk
	timed   bool  // its stage has begun
	err     error
}

// prepare makes a body readable. How it is framed was checked before.
func (b *requestBody) prepare() {
	r := &b.x.req
	cl, hasLength := r.In.Lookup("Content-Length")
	if r.In.Has("Transfer-Encoding") {
		b.chunked, b.ended = true, false
		r.BodyLength = -1
		if hasLength { // Others may have believed that one.
			r.In.Del("Content-Length")
			r.KeepAlive = false
		}
	} else if hasLength {
		b.left, _ = parseLength(cl)
		b.ended = b.left == 0
		r.BodyLength = b.left
	}
	if !b.ended {
		r.Body = b
	}
}

// parseLength reads a Content-Length (ap_parse_strict_length).
func parseLength(s string) (int64, bool) {
	if s == "" || !allDigits(s) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// Read reads of the body. A client that waits for 100 Continue gets it now. A
// body that is too large or badly framed is a compat.StatusError.
func (b *requestBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.ended {
		return 0, io.EOF
	}
	if !b.begun {
		if err := b.begin(); err != nil {
			return 0, b.fail(err)
		}
	}
	n, err := b.read(p)
	if err != nil && err != io.EOF {
		b.fail(err)
	}
	return n, err
}

// begin runs before the first read.
func (b *requestBody) begin() error {
	b.begun = true
	if max := b.limit(); max > 0 && !b.chunked && b.left > max {
		return b.refused(413)
	}
	if o := &b.x.out; o.expecting && b.x.req.ProtoNum >= 1001 && !o.started {
		o.expecting = false
		b.x.req.ExpectContinue = false
		return o.Interim(100, nil)
	}
	return nil
}

func (b *requestBody) limit() int64 { return bodyLimit(&b.x.req) }

func bodyLimit(r *compat.Request) int64 {
	if r.Scope != nil && r.Scope.Core.LimitBody != nil {
		return *r.Scope.Core.LimitBody
	}
	return defaultBody
}

// fail ends the reading. Where the next request begins is not known then.
func (b *requestBody) fail(err error) error {
	b.err = err
	b.x.req.KeepAlive = false
	b.x.out.broken = true
	return err
}

// refused is the error for a body that is not read to its end.
func (b *requestBody) refused(status int) error {
	b.x.req.Notes.Set(unknownLength, "1")
	return compat.StatusError(status)
}

func (b *requestBody) read(p []byte) (int, error) {
	if b.chunked && b.left == 0 {
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
	if b.left == 0 && !b.chunked {
		b.ended = true
	}
	if max := b.limit(); max > 0 && b.taken > max {
		return 0, b.refused(413)
	}
	return n, err
}

// take copies what was read already, or reads: large pieces past the buffer.
func (b *requestBody) take(p []byte) (int, error) {
	x := b.x
	if x.start == x.end {
		b.deadline()
		if len(p) >= inSize/2 {
			x.c.reads.by = x.stage.bound(x.whole)
			n, err := x.c.readInto(p)
			x.stage.extend(n)
			x.req.BytesIn += int64(n)
			if err != nil {
				err = b.missing(err)
			}
			return n, err
		}
		if err := x.fill(); err != nil {
			return 0, b.missing(err)
		}
	}
	n := copy(p, x.in[x.start:x.end])
	x.start += n
	x.req.BytesIn += int64(n)
	return n, nil
}

func (b *requestBody) deadline() {
	now := moment()
	b.x.whole = now + timeoutOf(b.x.req.Host)
	if !b.timed {
		b.timed = true
		b.x.stage = newStage(bodyStage(&b.x.req), now)
	}
}

// missing is the error for a body whose rest does not come.
func (b *requestBody) missing(err error) error {
	if isTimeout(err) {
		return compat.StatusError(408)
	}
	return io.ErrUnexpectedEOF
}

// discard reads what nobody read, so that the connection can go on, and
// reports whether it can. It is not worth it for much.
func (b *requestBody) discard() bool {
	if b.ended {
		return b.err == nil
	}
	if b.err != nil || b.tooMuch() {
		return false
	}
	n, err := io.CopyN(io.Discard, b, maxDiscard)
	return err == io.EOF && n < maxDiscard
}

func (b *requestBody) tooMuch() bool { return !b.ended && !b.chunked && b.left > maxDiscard }
