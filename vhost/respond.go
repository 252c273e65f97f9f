package vhost

import (
	"os"
	"strconv"
	"strings"

	"understudy/compat"
)

// bufferSize is how much of a body is kept back, so that one that ends before
// has a Content-Length (the old write filter's buffer).
const bufferSize = 8000

// A body is the bottom of a response: it sends the header before the first
// byte, and then the bytes.
type body struct {
	e       *engine
	r       *compat.Request
	buf     []byte
	started bool
	closed  bool
	failed  bool // an error page: the other table of headers
	length  int64
	ranges  *ranges // of a response cut to ranges
	err     error
}

// respond begins the response to r.
func (e *engine) respond(r *compat.Request) compat.BodyWriter { return &body{e: e, r: r, length: -1} }

// respondError begins a response that is a page of the server's own.
func (e *engine) respondError(r *compat.Request) compat.BodyWriter {
	return &body{e: e, r: r, length: -1, failed: true}
}

func (b *body) Write(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if !b.started && len(b.buf)+len(p) <= bufferSize {
		b.buf = append(b.buf, p...)
		return len(p), nil
	}
	if err := b.start(-1); err != nil {
		return 0, err
	}
	return b.send(p)
}

// send passes bytes on, as far as the response has a body.
func (b *body) send(p []byte) (int, error) {
	if b.noBody() || len(p) == 0 {
		return len(p), nil
	}
	if b.ranges != nil {
		return b.ranges.write(b, p)
	}
	n, err := b.r.Wire.Write(p)
	b.r.Sent += int64(n)
	b.fail(err)
	return n, err
}

func (b *body) fail(err error) {
	if err != nil && b.err == nil {
		b.err = err
		b.r.Aborted = true
	}
}

// noBody reports whether the response ends with its header.
func (b *body) noBody() bool {
	return b.r.HeaderOnly || b.r.Status == 304 || b.r.Status == 204 || b.r.Status/100 == 1
}

// File sends a part of a file, all of the body if nothing was written before.
func (b *body) File(f *os.File, offset, n int64) error {
	if b.err != nil {
		return b.err
	}
	if !b.started && len(b.buf) == 0 {
		if b.length < 0 {
			b.length = n
		}
		if err := b.start(b.length); err != nil {
			return err
		}
	}
	if err := b.start(-1); err != nil {
		return err
	}
	if b.noBody() {
		return nil
	}
	if b.ranges != nil {
		return b.ranges.file(b, f, offset, n)
	}
	err := b.r.Wire.File(f, offset, n)
	if err == nil {
		b.r.Sent += n
	}
	b.fail(err)
	return err
}

func (b *body) Flush() error {
	if b.err != nil {
		return b.err
	}
	if err := b.start(-1); err != nil {
		return err
	}
	err := b.r.Wire.Flush()
	b.fail(err)
	return err
}

// Close ends the body. One that was kept back whole has a known length.
func (b *body) Close() error {
	if b.closed {
		return b.err
	}
	b.closed = true
	if !b.started {
		length := int64(len(b.buf))
		if b.r.Notes.Has("unknown-length") {
			length = -1
		}
		if err := b.start(length); err != nil {
			return err
		}
	}
	if b.ranges != nil && !b.noBody() {
		b.fail(b.ranges.close(b))
	}
	if b.err == nil {
		b.fail(b.r.Wire.Finish(b.r))
	}
	return b.err
}

// start sends the header. length is that of the body; -1 is not known.
func (b *body) start(length int64) error {
	if b.started {
		return nil
	}
	b.started = true
	r := b.r
	phase := compat.Headers
	if b.failed {
		phase = compat.ErrorHeaders
	}
	setContentFields(r)
	for _, step := range r.Scope.Pipeline[phase] {
		step.Run(r)
	}
	if length < 0 && !r.HeaderOnly || b.length >= 0 {
		length = b.length
	}
	if r.HeaderOnly && length == 0 && b.length < 0 {
		length = -1 // What GET would have is not known.
	}
	if length >= 0 && !b.failed {
		length = b.cut(length)
	}
	if length >= 0 && r.Status != 304 && r.Status != 204 {
		r.Out.Set("Content-Length", decimal(length))
	}
	if err := r.Wire.Head(r, length); err != nil {
		b.fail(err)
		return err
	}
	kept := b.buf
	b.buf = nil
	if len(kept) > 0 {
		_, err := b.send(kept)
		return err
	}
	return nil
}

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

// setContentFields makes the fields that describe the body of what handlers
// and mod_mime said of it (ap_http_header_filter, ap_make_content_type).
func setContentFields(r *compat.Request) {
	if r.Status == 304 || r.Status == 204 {
		return
	}
	if ct := contentType(r); ct != "" {
		r.Out.Set("Content-Type", ct)
	}
	if len(r.Encodings) > 0 {
		r.Out.Set("Content-Encoding", strings.Join(r.Encodings, ", "))
	}
	if len(r.Languages) > 0 && !r.Out.Has("Content-Language") {
		r.Out.Set("Content-Language", strings.Join(r.Languages, ","))
	}
}

// contentType is the media type with its charset: one that mod_mime found, or
// AddDefaultCharset for text/html and text/plain.
func contentType(r *compat.Request) string {
	ct := r.ContentType
	if ct == "" {
		return ""
	}
	if strings.Contains(ct, ";") && hasCharset(ct) {
		return ct
	}
	if r.Charset != "" {
		return ct + "; charset=" + r.Charset
	}
	if add := r.Scope.Core.DefaultCharset; add != nil && *add != "" {
		if t := mediaType(ct); strings.EqualFold(t, "text/html") || strings.EqualFold(t, "text/plain") {
			return ct + "; charset=" + *add
		}
	}
	return ct
}

func hasCharset(ct string) bool {
	_, params, _ := strings.Cut(ct, ";")
	return strings.Contains(strings.ToLower(params), "charset=")
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

// included is the body of a sub-request: part of that of the main one.
type included struct{ compat.BodyWriter }

// Close leaves the main body open.
func (included) Close() error { return nil }
