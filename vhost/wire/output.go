package wire

import (
	"io"
	"os"
	"strconv"
	"sync"

	"understudy/compat"
)

const (
	outSize  = 16 << 10 // what is gathered before it is written
	sendfile = 64 << 10 // files from this size on are sent by the kernel
)

var outBuffers = sync.Pool{New: func() any { b := make([]byte, 0, outSize); return &b }}

// An output writes the response to the request under way. It gathers head and
// body, so that a small answer is one system call.
type output struct {
	x         *exchange
	buf       *[]byte
	started   bool
	ended     bool
	keep      bool // the connection stays open
	broken    bool // the body of the request cannot be read to its end
	expecting bool // the client waits for 100 Continue
	chunked   bool
	bodyless  bool
	measured  bool  // Content-Length stands in the header
	length    int64 // announced; -1: none
	sent      int64 // of the body
	counted   int   // bytes waiting that were counted for earlier responses
	err       error
}

func (o *output) begin() {
	x, buf, counted := o.x, o.buf, o.counted
	*o = output{x: x, buf: buf, counted: counted, length: -1}
}

// drop forgets what was not written.
func (o *output) drop() {
	if o.buf != nil {
		*o.buf = (*o.buf)[:0]
		outBuffers.Put(o.buf)
	}
	*o = output{}
}

// Started reports whether the head was made.
func (o *output) Started() bool { return o.started }

func (o *output) room() []byte {
	if o.buf == nil {
		o.buf = outBuffers.Get().(*[]byte)
	}
	return *o.buf
}

// Write sends a part of the body. More than was announced is cut.
func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	whole := len(p)
	if o.length >= 0 {
		p = p[:min(int64(len(p)), o.length-o.sent)]
	}
	if len(p) == 0 || o.bodyless {
		return whole, nil
	}
	o.sent += int64(len(p))
	b := o.room()
	tail := ""
	if o.chunked {
		b = append(strconv.AppendInt(b, int64(len(p)), 16), "\r\n"...)
		tail = "\r\n"
	}
	if len(b)+len(p)+len(tail) <= outSize {
		*o.buf = append(append(b, p...), tail...)
		return whole, nil
	}
	*o.buf = b
	return whole, o.writeWith(p, tail)
}

// writeWith writes what is gathered together with p, and keeps tail for later.
func (o *output) writeWith(p []byte, tail string) error {
	o.put(*o.buf, p)
	*o.buf = append((*o.buf)[:0], tail...)
	return o.err
}

// put writes a and b.
func (o *output) put(a, b []byte) {
	o.wrote(o.x.write(a, b, timeoutOf(o.x.req.Host)))
}

func (o *output) wrote(n int64, err error) {
	o.x.req.BytesOut += n - int64(o.counted)
	o.counted = 0
	if err != nil && o.err == nil {
		o.err = err
		o.keep = false
	}
}

// File sends n bytes of f from offset: small pieces with what else is waiting,
// large ones by the kernel.
func (o *output) File(f *os.File, offset, n int64) error {
	if o.err != nil || o.bodyless {
		return o.err
	}
	if o.length >= 0 {
		n = min(n, o.length-o.sent)
	}
	if n < sendfile || o.chunked || !kernelSends || o.x.c.raw == nil || !sendsFiles(&o.x.req) {
		return o.copyFile(f, offset, n)
	}
	if err := o.flush(); err != nil {
		return err
	}
	sent, err := o.x.sendFile(f, offset, n, timeoutOf(o.x.req.Host))
	o.sent += sent
	o.wrote(sent, err)
	return o.err
}

// sendsFiles reports whether EnableSendfile leaves it to us: it is for file
// systems where sendfile fails.
func sendsFiles(r *compat.Request) bool {
	return r.Scope == nil || r.Scope.Core.EnableSendfile == nil || *r.Scope.Core.EnableSendfile
}

func (o *output) copyFile(f *os.File, offset, n int64) error {
	if b := o.room(); !o.chunked && int64(cap(b)-len(b)) >= n {
		got, err := f.ReadAt(b[len(b):len(b)+int(n)], offset)
		*o.buf = b[:len(b)+got]
		o.sent += int64(got)
		if int64(got) < n {
			o.wrote(0, shortened(err))
		}
		return o.err
	}
	piece := make([]byte, min(n, 32<<10))
	for n > 0 {
		got, err := f.ReadAt(piece[:min(n, int64(len(piece)))], offset)
		if got == 0 {
			o.wrote(0, shortened(err))
			return o.err
		}
		if _, err := o.Write(piece[:got]); err != nil {
			return err
		}
		offset, n = offset+int64(got), n-int64(got)
	}
	return nil
}

// shortened is the error for a file that has less than it had.
func shortened(err error) error {
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Flush writes what was gathered.
func (o *output) Flush() error {
	if err := o.flush(); err != nil {
		return err
	}
	return nil
}

func (o *output) flush() error {
	if o.buf == nil {
		return o.err
	}
	if len(*o.buf) > 0 && o.err == nil {
		o.put(*o.buf, nil)
	}
	*o.buf = (*o.buf)[:0]
	outBuffers.Put(o.buf)
	o.buf = nil
	return o.err
}

// Interim sends a response before the response.
func (o *output) Interim(status int, h *compat.Header) error {
	if o.started || o.x.req.ProtoNum < 1001 || o.err != nil {
		return o.err
	}
	b := append(o.room(), "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(append(append(b, ' '), Reason(status)...), "\r\n"...)
	if h != nil {
		for _, f := range h.Fields() {
			b = appendField(b, f.Name, f.Value)
		}
	}
	*o.buf = append(b, "\r\n"...)
	return o.flush()
}

// Finish ends the body. What was gathered is written when the client has
// nothing more to ask already.
func (o *output) Finish(r *compat.Request) error {
	if o.ended {
		return o.err
	}
	o.ended = true
	if !o.started {
		return o.err // Nobody answered: the connection is closed.
	}
	if r.Aborted {
		o.keep = false // Nothing says that this was all.
	} else if o.chunked && !o.bodyless && o.err == nil {
		*o.buf = append(o.room(), "0\r\n\r\n"...)
	}
	if o.length >= 0 && o.sent < o.length && !o.bodyless {
		o.keep = false // The client waits for more, and must see that none comes.
	}
	return o.flushUnlessMore()
}

// flushUnlessMore keeps the end of a response back while another request is
// waiting in the buffer, so that pipelined answers share a write. Its bytes
// count for this response all the same.
func (o *output) flushUnlessMore() error {
	x := o.x
	if o.keep && x.body.ended && !x.skipBlankLines() {
		o.keep = false
	}
	if o.keep && x.start < x.end && x.body.ended && len(o.room()) < outSize/2 {
		x.req.BytesOut += int64(len(*o.buf) - o.counted)
		o.counted = len(*o.buf)
		return o.err
	}
	return o.flush()
}
