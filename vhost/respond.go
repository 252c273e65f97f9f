package vhost

import (
	"os"
	"strconv"

	"understudy/compat"
)

// bufferSize is how much of a body is kept back, so that one that ends before
// has a Content-Length (the old write filter's buffer).
const bufferSize = 8000

// Notes by which others say how a body is to be sent.
const (
	unknownLength = "unknown-length" // not with Content-Length, though all of it is there
	noRanges      = "no-ranges"
	fixedLength   = "fixed-length" // as the handler announced it, be it wrong
)

// A body is the bottom of a response: it sends the header before the first
// byte, and then the bytes.
type body struct {
	e        *engine
	r        *compat.Request
	buf      []byte
	started  bool
	closed   bool
	failed   bool // an error page: the other table of headers
	bare     bool // an answer of before filters are inserted, by which modules add headers
	replaced bool // an error page is sent instead
	err      error
	// parts are what is sent of a body that is there as a whole; nil: all.
	parts *parts
}

// respond begins the response to r.
func (e *engine) respond(r *compat.Request) compat.BodyWriter { return e.newBody(r) }

// respondBare begins a response that modules do not touch.
func (e *engine) respondBare(r *compat.Request) compat.BodyWriter {
	b := e.newBody(r)
	b.bare = true
	return b
}

// respondError begins a response that is a page of the server's own.
func (e *engine) respondError(r *compat.Request) compat.BodyWriter {
	b := e.newBody(r)
	b.failed = true
	return b
}

func (e *engine) newBody(r *compat.Request) *body {
	b := &e.body
	if b.e != nil {
		b = new(body)
	}
	b.e, b.r = e, r
	return b
}

// Write sends p, or keeps it back while the body may end soon.
func (b *body) Write(p []byte) (int, error) {
	if b.err != nil || b.replaced {
		return len(p), b.err
	}
	if !b.started && len(b.buf) == 0 && len(p) > 0 && b.announced() == int64(len(p)) {
		return len(p), b.whole(p)
	}
	if !b.started && len(b.buf)+len(p) <= b.room() {
		b.buf = append(b.buf, p...)
		return len(p), nil
	}
	if err := b.begin(); err != nil || b.replaced {
		return len(p), err
	}
	return len(p), b.send(p)
}

// room is how much is kept back. Of a file that went through filters it is enough
// for most, if parts of it are asked for: Apache has it in one brigade.
func (b *body) room() int {
	if b.r.In.Has("Range") && b.r.Out.Get("Accept-Ranges") == "bytes" {
		return rangeRoom
	}
	return bufferSize
}

const rangeRoom = 1 << 20

// File sends a part of a file, by the kernel where it is large.
func (b *body) File(f *os.File, offset, n int64) error {
	if b.err != nil || b.replaced {
		return b.err
	}
	if !b.started && len(b.buf) == 0 && (b.announced() == n || b.announced() < 0 && !b.r.Notes.Has(unknownLength)) {
		if err := b.start(n, true); err != nil || b.replaced {
			return err
		}
		if b.parts != nil {
			return b.parts.file(b, f, offset)
		}
	}
	if err := b.begin(); err != nil || b.replaced || b.noBody() {
		return err
	}
	return b.sendFile(f, offset, n)
}

// Flush sends what is there.
func (b *body) Flush() error {
	if b.err != nil || b.replaced {
		return b.err
	}
	if err := b.begin(); err != nil || b.replaced {
		return err
	}
	b.fail(b.r.Wire.Flush())
	return b.err
}

// Close ends the body. One that was kept back whole has a known length.
func (b *body) Close() error {
	if b.closed || b.replaced {
		return b.err
	}
	b.closed = true
	if !b.started && b.err == nil {
		b.whole(b.buf)
	}
	if b.err == nil && !b.replaced {
		b.fail(b.r.Wire.Finish(b.r))
	}
	return b.err
}

// announced is the Content-Length a handler has set, or -1.
func (b *body) announced() int64 {
	v, ok := b.r.Out.Lookup("Content-Length")
	if !ok {
		return -1
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// whole sends a body that is there as a whole.
func (b *body) whole(p []byte) error {
	length := int64(len(p))
	switch {
	case b.failed && b.r.HeaderOnly:
		length = -1 // Apache does not write a page for that.
	case length == 0 && (b.r.HeaderOnly || b.emptied()):
		length = b.announced() // Of what is not sent.
	case b.r.Notes.Has(unknownLength):
		length = -1
	case b.r.Notes.Has(fixedLength):
		length = b.announced()
	}
	if err := b.start(length, length > 0); err != nil || b.replaced {
		return err
	}
	if b.parts != nil {
		return b.parts.bytes(b, p)
	}
	return b.send(p)
}

// emptied reports whether the status leaves nothing of the body.
func (b *body) emptied() bool { return b.r.Status == 304 || b.r.Status == 204 }

// begin starts a body of which only a part is there.
func (b *body) begin() error {
	if b.started {
		return nil
	}
	if err := b.start(b.announced(), false); err != nil || b.replaced {
		return err
	}
	return b.send(b.buf)
}

// start sends the header. length is that of the body; -1 is not known.
// complete tells that the body is there as a whole, and can be cut.
func (b *body) start(length int64, complete bool) error {
	b.started = true
	r := b.r
	phase := compat.Headers
	if b.failed {
		phase = compat.ErrorHeaders
	}
	switch {
	case b.bare:
		setContentFields(r)
	case b.failed || !r.HeadersDone:
		runHeaders(r, phase)
	}
	if complete && !b.failed {
		if length = b.cut(length); b.replaced {
			return b.err
		}
	}
	if length < 0 {
		r.Out.Del("Content-Length")
	} else if !b.emptied() && b.announced() != length {
		r.Out.Set("Content-Length", decimal(length))
	}
	finishFields(r)
	if !b.checkFields() {
		return b.err
	}
	b.fail(r.Wire.Head(r, length))
	return b.err
}

// Headers runs the Headers phase ahead of the header, or only what comes before.
func (e *engine) Headers(r *compat.Request, hooks bool) {
	switch {
	case r.HeadersDone:
	case hooks:
		r.HeadersDone = true
		runHeaders(r, compat.Headers)
	default:
		setContentFields(r)
	}
}

func runHeaders(r *compat.Request, phase compat.Phase) {
	setContentFields(r)
	for _, step := range r.Scope.Pipeline.In(phase) {
		step.Do(r)
	}
}

// replace answers with an error page instead of the body under way.
func (b *body) replace(status compat.Status) {
	b.replaced = true
	b.e.Die(b.r, status)
}

// send passes bytes on, as far as the response has a body.
func (b *body) send(p []byte) error {
	if b.noBody() || len(p) == 0 || b.err != nil {
		return b.err
	}
	n, err := b.r.Wire.Write(p)
	b.r.Sent += int64(n)
	b.fail(err)
	return err
}

func (b *body) sendFile(f *os.File, offset, n int64) error {
	err := b.r.Wire.File(f, offset, n)
	if err == nil {
		b.r.Sent += n
	}
	b.fail(err)
	return err
}

func (b *body) fail(err error) {
	if err != nil && b.err == nil {
		b.err = err
		b.r.Aborted = true
	}
}

// noBody reports whether the response ends with its header.
func (b *body) noBody() bool { return b.r.HeaderOnly || b.emptied() }

// decimals are the numbers most bodies have as their length, so that they cost
// no memory.
var decimals = func() (d [4096]string) {
	for i := range d {
		d[i] = strconv.Itoa(i)
	}
	return d
}()

func decimal(n int64) string {
	if n < int64(len(decimals)) {
		return decimals[n]
	}
	return strconv.FormatInt(n, 10)
}

// finishBody sees that the response to a main request ended, whatever its
// handler did.
func finishBody(r *compat.Request) {
	last := r
	for last.Next != nil {
		last = last.Next
	}
	if last.Writer != nil && !r.Aborted {
		last.Writer.Close()
	}
	r.Aborted = r.Aborted || last.Aborted
	if last != r {
		r.KeepAlive = r.KeepAlive && last.KeepAlive
	}
}

// included is the body of a sub-request: part of that of the main one, whose
// length nobody knows then.
type included struct {
	compat.BodyWriter
	main *compat.Request
}

// Write passes p on.
func (w included) Write(p []byte) (int, error) {
	w.main.Notes.Set(unknownLength, "1")
	return w.BodyWriter.Write(p)
}

// File passes a part of a file on.
func (w included) File(f *os.File, offset, n int64) error {
	w.main.Notes.Set(unknownLength, "1")
	return w.BodyWriter.File(f, offset, n)
}

// Close leaves the main body open.
func (included) Close() error { return nil }
