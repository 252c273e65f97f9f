package wire

import (
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"understudy/compat"
)

// A streamOutput writes the response to a request of HTTP/2.
type streamOutput struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	st       *stream
	started  bool
	bodyless bool
	length   int64 // announced; -1: none
	sent     int64
	armed    time.Time // when the time to write was last extended
	err      error
}

// Head sets the header. HTTP/2 has no reason phrase, and nothing of the
// connection in it.
func (o *streamOutput) Head(r *compat.Request, length int64) error {
	if o.started {
		return o.err
	}
	o.started, o.length = true, length
	o.bodyless = r.HeaderOnly || headerOnly(r.Status)
	h := o.w.Header()
	h["Date"] = []string{dateField(r)}
	h["Server"] = []string{serverField(r)}
	o.fields(h, r, &r.ErrOut)
	o.fields(h, r, &r.Out)
	// A field that is there without a value keeps the library from finding one.
	h["Content-Type"], h["Content-Length"] = nil, nil
	o.content(h, r)
	o.w.WriteHeader(r.Status)
	for name, values := range h {
		for _, v := range values {
			r.BytesOut += int64(len(name) + len(v))
		}
	}
	return nil
}

func (o *streamOutput) fields(h http.Header, r *compat.Request, from *compat.Header) {
	for _, f := range from.Fields() {
		if ours(f.Name, r) || strings.EqualFold(f.Name, "Upgrade") {
			continue
		}
		name := http.CanonicalHeaderKey(f.Name)
		h[name] = append(h[name], string(appendValue(nil, f.Value)))
	}
}

// content adds what describes the body.
func (o *streamOutput) content(h http.Header, r *compat.Request) {
	bare := headerOnly(r.Status)
	if v := lengthField(r, o.length); v != "" && !bare {
		h["Content-Length"] = []string{v}
	}
	for i, name := range [...]string{"Content-Type", "Content-Encoding"} {
		if i == 0 && bare {
			continue
		}
		if v := contentField(r, name); v != "" {
			h[name] = []string{string(appendValue(nil, v))}
		}
	}
}

// Write sends a part of the body. More than was announced is cut.
func (o *streamOutput) Write(p []byte) (int, error) {
	whole := len(p)
	if o.length >= 0 {
		p = p[:min(int64(len(p)), o.length-o.sent)]
	}
	if o.err != nil {
		return 0, o.err
	}
	if len(p) == 0 || o.bodyless {
		return whole, nil
	}
	o.deadline()
	n, err := o.w.Write(p)
	o.sent += int64(n)
	o.st.req.BytesOut += int64(n)
	return whole, o.failed(err)
}

// deadline extends the time to write, not more often than it matters: a client
// may keep the windows of its streams closed.
func (o *streamOutput) deadline() {
	timeout := streamTimeout(&o.st.req)
	if now := time.Now(); now.Sub(o.armed) > timeout/4 {
		o.armed = now
		o.control.SetWriteDeadline(now.Add(timeout))
	}
}

func (o *streamOutput) failed(err error) error {
	if err != nil && o.err == nil {
		o.err = err
	}
	return o.err
}

var pieces = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// File sends n bytes of f from offset.
func (o *streamOutput) File(f *os.File, offset, n int64) error {
	if o.err != nil || o.bodyless {
		return o.err
	}
	piece := pieces.Get().(*[]byte)
	defer pieces.Put(piece)
	for n > 0 {
		got, err := f.ReadAt((*piece)[:min(n, int64(len(*piece)))], offset)
		if got == 0 {
			return o.failed(shortened(err))
		}
		if _, err := o.Write((*piece)[:got]); err != nil {
			return err
		}
		offset, n = offset+int64(got), n-int64(got)
	}
	return nil
}

// Flush sends what was gathered.
func (o *streamOutput) Flush() error {
	if o.err != nil || !o.started {
		return o.err
	}
	o.deadline()
	return o.failed(o.control.Flush())
}

// Interim sends a response before the response. 100 is the library's to send.
func (o *streamOutput) Interim(status int, h *compat.Header) error {
	if o.started || o.err != nil || status == 100 || status == 101 {
		return o.err
	}
	out := o.w.Header()
	if h != nil {
		for _, f := range h.Fields() {
			out.Add(f.Name, f.Value)
		}
	}
	o.w.WriteHeader(status)
	clear(out)
	return nil
}

// Finish ends the response; the library does the rest.
func (o *streamOutput) Finish(*compat.Request) error { return o.err }

// Started reports whether the header was made.
func (o *streamOutput) Started() bool { return o.started }

// whole reports whether the client has, or will have, all of the response.
func (o *streamOutput) whole(r *compat.Request) bool {
	return o.started && o.err == nil && !r.Aborted && (o.bodyless || o.length < 0 || o.sent == o.length)
}

var _ io.Writer = (*streamOutput)(nil)

func lengthField(r *compat.Request, length int64) string {
	if r.HeaderOnly && length <= 0 {
		if v := r.Out.Get("Content-Length"); v != "0" {
			return v
		}
		return ""
	}
	if length < 0 {
		return ""
	}
	return strconv.FormatInt(length, 10)
}
