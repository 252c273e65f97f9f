package wire

import (
	"io"
	"os"

	"understudy/compat"
)

// A streamOutput writes the response to a request of HTTP/2. It gathers header and
// body, so that a small answer is sent at once.
type streamOutput struct {
	st       *stream
	buf      *[]byte
	status   int
	started  bool
	begun    bool // the header was sent
	ended    bool
	bodyless bool
	length   int64 // announced; -1: none
	sent     int64
	err      error
}

// Head makes the header. HTTP/2 has no reason phrase, and nothing of the
// connection in it.
func (o *streamOutput) Head(r *compat.Request, length int64) error {
	if !o.started {
		o.started, o.length, o.status = true, length, r.Status
		o.bodyless = r.HeaderOnly || headerOnly(r.Status)
		r.KeepAlive = false
	}
	return o.err
}

// Write sends a part of the body. More than was announced is cut.
func (o *streamOutput) Write(p []byte) (int, error) {
	whole := len(p)
	if o.err != nil {
		return 0, o.err
	}
	if o.length >= 0 {
		p = p[:min(int64(len(p)), o.length-o.sent)]
	}
	if len(p) == 0 || o.bodyless {
		return whole, nil
	}
	o.sent += int64(len(p))
	o.st.req.BytesOut += int64(len(p))
	if b := o.room(); len(b)+len(p) <= outSize {
		*o.buf = append(b, p...)
		return whole, nil
	}
	if err := o.flush(); err != nil {
		return 0, err
	}
	return whole, o.failed(o.st.send(p, false))
}

func (o *streamOutput) room() []byte {
	if o.buf == nil {
		o.buf = outBuffers.Get().(*[]byte)
	}
	return *o.buf
}

// flush sends what was gathered.
func (o *streamOutput) flush() error {
	if o.buf == nil || len(*o.buf) == 0 {
		return o.err
	}
	err := o.st.send(*o.buf, false)
	*o.buf = (*o.buf)[:0]
	return o.failed(err)
}

func (o *streamOutput) failed(err error) error {
	if err != nil && o.err == nil {
		o.err = err
	}
	return o.err
}

// File sends n bytes of f from offset.
func (o *streamOutput) File(f *os.File, offset, n int64) error {
	if o.length >= 0 {
		n = min(n, o.length-o.sent)
	}
	for n > 0 && o.err == nil && !o.bodyless {
		b := o.room()
		if len(b) == outSize {
			o.flush()
			continue
		}
		got, err := f.ReadAt(b[len(b):len(b)+int(min(n, int64(outSize-len(b))))], offset)
		*o.buf = b[:len(b)+got]
		if got == 0 {
			return o.failed(shortened(err))
		}
		o.sent += int64(got)
		o.st.req.BytesOut += int64(got)
		offset, n = offset+int64(got), n-int64(got)
	}
	return o.err
}

// Flush sends what was gathered, the header at least.
func (o *streamOutput) Flush() error {
	if o.started && !o.begun && o.err == nil {
		return o.failed(o.st.send(o.takeBuffer(), false))
	}
	return o.flush()
}

func (o *streamOutput) takeBuffer() []byte {
	if o.buf == nil {
		return nil
	}
	b := *o.buf
	*o.buf = b[:0]
	return b
}

// Interim sends a response before the response.
func (o *streamOutput) Interim(status int, h *compat.Header) error {
	if o.started || o.err != nil || status == 101 {
		return o.err
	}
	s := o.st.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := o.st.ok(); err != nil {
		return o.failed(err)
	}
	s.sendInterim(o.st, status, h)
	return nil
}

// Finish ends the response, unless it is not whole.
func (o *streamOutput) Finish(r *compat.Request) error {
	if o.ended {
		return o.err
	}
	o.ended = true
	if !o.whole(r) {
		return o.err
	}
	return o.failed(o.st.send(o.takeBuffer(), true))
}

// Started reports whether the header was made.
func (o *streamOutput) Started() bool { return o.started }

// whole reports whether the client has, or will have, all of the response.
func (o *streamOutput) whole(r *compat.Request) bool {
	return o.started && o.err == nil && !r.Aborted && (o.bodyless || o.length < 0 || o.sent == o.length)
}

// drop gives the buffer back.
func (o *streamOutput) drop() {
	if o.buf != nil {
		*o.buf = (*o.buf)[:0]
		outBuffers.Put(o.buf)
		o.buf = nil
	}
}

var _ io.Writer = (*streamOutput)(nil)
