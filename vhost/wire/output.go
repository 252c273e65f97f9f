package wire

import (
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"understudy/compat"
)

const (
	outSize   = 16 << 10 // what is gathered before it is written
	sendfile  = 64 << 10 // files from this size on are sent by the kernel
	maxPooled = 64 << 10
)

var outBuffers = sync.Pool{New: func() any { b := make([]byte, 0, outSize); return &b }}

// An output writes the response to the request under way. It gathers head and
// body, so that a small answer is one system call.
type output struct {
	c        *conn
	buf      *[]byte
	started  bool
	keep     bool // the connection stays open
	chunked  bool
	bodyless bool
	length   int64 // announced; -1: none
	sent     int64 // of the body
	ended    bool
	counted  int // bytes waiting that were counted for earlier responses
	err      error
}

func (o *output) begin() {
	c, buf, counted := o.c, o.buf, o.counted
	*o = output{c: c, buf: buf, counted: counted, length: -1}
}

// Started reports whether the head was made.
func (o *output) Started() bool { return o.started }

func (o *output) room() []byte {
	if o.buf == nil {
		o.buf = outBuffers.Get().(*[]byte)
	}
	return *o.buf
}

// Head makes the status line and the header (ap_http_header_filter).
func (o *output) Head(r *compat.Request, length int64) error {
	if o.started {
		return o.err
	}
	o.started = true
	o.length = length
	o.bodyless = r.HeaderOnly || r.Status == 304 || r.Status == 204 || r.Status/100 == 1
	if r.AssBackwards {
		o.keep = false
		return nil
	}
	o.decide(r, length)
	b := o.room()
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(r.Status), 10)
	b = append(b, ' ')
	b = append(b, reason(r)...)
	b = append(b, "\r\nDate: "...)
	b = append(b, date()...)
	b = append(b, "\r\nServer: "...)
	b = append(b, r.Host.Build.Core.Banner...)
	b = append(b, "\r\n"...)
	for _, f := range r.ErrOut.Fields() {
		b = appendField(b, r, f)
	}
	for _, f := range r.Out.Fields() {
		if !r.ErrOut.Has(f.Name) {
			b = appendField(b, r, f)
		}
	}
	b = o.framing(b, r, length)
	b = append(b, "\r\n"...)
	*o.buf = b
	return nil
}

// appendField adds a field unless the server decides it itself.
func appendField(b []byte, r *compat.Request, f compat.Field) []byte {
	switch len(f.Name) {
	case 4:
		if strings.EqualFold(f.Name, "Date") {
			return b
		}
	case 6:
		if strings.EqualFold(f.Name, "Server") {
			return b
		}
	case 10:
		if strings.EqualFold(f.Name, "Connection") {
			return b // Joined with ours.
		}
	case 12:
		if (r.Status == 304 || r.Status == 204) && strings.EqualFold(f.Name, "Content-Type") {
			return b
		}
	case 14:
		if strings.EqualFold(f.Name, "Content-Length") {
			return b
		}
	case 16:
		if r.Status == 304 && strings.EqualFold(f.Name, "Content-Encoding") {
			return b
		}
	case 17:
		if strings.EqualFold(f.Name, "Transfer-Encoding") {
			return b
		}
	}
	b = append(b, f.Name...)
	b = append(b, ": "...)
	b = appendValue(b, f.Value)
	return append(b, "\r\n"...)
}

// appendValue adds a value; what would end the line becomes a space.
func appendValue(b []byte, v string) []byte {
	if strings.IndexByte(v, '\n') < 0 && strings.IndexByte(v, '\r') < 0 {
		return append(b, v...)
	}
	return append(b, strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(v)...)
}

// framing adds what tells the client where the body ends, and whether the
// connection stays.
func (o *output) framing(b []byte, r *compat.Request, length int64) []byte {
	if length >= 0 && r.Status != 304 && r.Status != 204 {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, length, 10)
		b = append(b, "\r\n"...)
	} else if v, ok := r.Out.Lookup("Content-Length"); ok && r.HeaderOnly {
		b = append(append(append(b, "Content-Length: "...), v...), "\r\n"...)
	}
	app := connectionField(r)
	switch {
	case !o.keep:
		b = append(b, "Connection: "...)
		if app != "" && !strings.EqualFold(app, "close") {
			b = append(append(b, app...), ", "...)
		}
		b = append(b, "close\r\n"...)
	case hasToken(r.In.Get("Connection"), "keep-alive"):
		b = append(b, "Keep-Alive: timeout="...)
		b = strconv.AppendInt(b, int64(keepAliveTimeout(r.Host)/time.Second), 10)
		if max := maxKeepAlive(r.Host); max > 0 {
			b = append(b, ", max="...)
			b = strconv.AppendInt(b, int64(max-r.Conn.Keepalives), 10)
		}
		b = append(b, "\r\nConnection: "...)
		if app != "" {
			b = append(append(b, app...), ", "...)
		}
		b = append(b, "Keep-Alive\r\n"...)
	case app != "":
		b = append(append(append(b, "Connection: "...), app...), "\r\n"...)
	}
	if o.chunked {
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	}
	return b
}

func connectionField(r *compat.Request) string {
	if v := r.ErrOut.Get("Connection"); v != "" {
		return v
	}
	return r.Out.Get("Connection")
}

// decide decides on chunks and on keeping the connection (ap_set_keepalive).
func (o *output) decide(r *compat.Request, length int64) {
	delimited := length >= 0 || o.bodyless
	if !delimited && r.ProtoNum >= 1001 && !r.Env.Has("downgrade-1.0") {
		o.chunked, delimited = true, true
	}
	o.keep = r.KeepAlive && delimited && mayKeep(r)
	if o.c.body.framing != noBody && !o.c.body.begun && r.ExpectContinue && r.Status >= 300 {
		o.keep = false // The client may or may not send its body now.
	}
	r.KeepAlive = o.keep
}

func mayKeep(r *compat.Request) bool {
	h := r.Host
	if h.KeepAlive != nil && !*h.KeepAlive || keepAliveTimeout(h) <= 0 {
		return false
	}
	if max := maxKeepAlive(h); max > 0 && max-r.Conn.Keepalives <= 0 {
		return false
	}
	if r.Env.Has("nokeepalive") || hasToken(connectionField(r), "close") {
		return false
	}
	asked, ok := r.In.Lookup("Connection")
	if ok && hasToken(asked, "close") {
		return false
	}
	return r.ProtoNum >= 1001 || ok && hasToken(asked, "keep-alive")
}

func keepAliveTimeout(h *compat.Host) time.Duration {
	if h.KeepAliveTimeout != nil {
		return *h.KeepAliveTimeout
	}
	return defaultKeepAlive
}

func maxKeepAlive(h *compat.Host) int {
	if h.MaxKeepAlive != nil {
		return *h.MaxKeepAlive
	}
	return 100
}

func hasToken(list, token string) bool {
	for list != "" {
		var part string
		part, list, _ = strings.Cut(list, ",")
		if strings.EqualFold(strings.Trim(part, " \t"), token) {
			return true
		}
	}
	return false
}

func reason(r *compat.Request) string {
	if r.Reason != "" {
		return r.Reason
	}
	return Reason(r.Status)
}

// Write sends a part of the body.
func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	if len(p) == 0 || o.bodyless {
		return len(p), nil
	}
	if o.length >= 0 && o.sent+int64(len(p)) > o.length {
		p = p[:o.length-o.sent] // More than was announced is cut.
		if len(p) == 0 {
			return 0, nil
		}
	}
	o.sent += int64(len(p))
	b := o.room()
	if o.chunked {
		b = strconv.AppendInt(b, int64(len(p)), 16)
		b = append(b, "\r\n"...)
	}
	if len(b)+len(p) <= outSize {
		b = append(b, p...)
		if o.chunked {
			b = append(b, "\r\n"...)
		}
		*o.buf = b
		return len(p), nil
	}
	*o.buf = b
	parts := net.Buffers{b, p}
	if o.chunked {
		parts = append(parts, []byte("\r\n"))
	}
	o.deadline()
	n, err := parts.WriteTo(o.c.nc)
	o.wrote(n, err)
	*o.buf = (*o.buf)[:0]
	return len(p), o.err
}

func (o *output) deadline() {
	o.c.nc.SetWriteDeadline(time.Now().Add(timeoutOf(o.c.req.Host)))
}

func (o *output) wrote(n int64, err error) {
	o.c.req.BytesOut += n - int64(o.counted)
	o.counted = 0
	if err != nil && o.err == nil {
		o.err = err
		o.keep = false
	}
}

// File sends n bytes of f from offset: small ones with what else is waiting,
// large ones by sendfile.
func (o *output) File(f *os.File, offset, n int64) error {
	if o.err != nil || o.bodyless {
		return o.err
	}
	if n < sendfile || o.chunked {
		return o.copyFile(f, offset, n)
	}
	if err := o.flush(); err != nil {
		return err
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		o.wrote(0, err)
		return err
	}
	for n > 0 {
		o.deadline()
		part := min(n, 4<<20) // A deadline each, so that a slow client is none too slow.
		sent, err := io.Copy(o.c.nc, &io.LimitedReader{R: f, N: part})
		o.sent += sent
		o.wrote(sent, err)
		if o.err != nil {
			return o.err
		}
		if sent < part {
			o.wrote(0, io.ErrUnexpectedEOF) // The file became shorter.
			return o.err
		}
		n -= sent
	}
	return nil
}

func (o *output) copyFile(f *os.File, offset, n int64) error {
	b := o.room()
	if !o.chunked && len(b)+int(n) <= cap(b) {
		got, err := f.ReadAt(b[len(b):len(b)+int(n)], offset)
		if int64(got) < n {
			o.wrote(0, firstError(err, io.ErrUnexpectedEOF))
			return o.err
		}
		*o.buf = b[:len(b)+got]
		o.sent += n
		return nil
	}
	piece := make([]byte, min(n, 32<<10))
	for n > 0 {
		got, err := f.ReadAt(piece[:min(n, int64(len(piece)))], offset)
		if got == 0 {
			o.wrote(0, firstError(err, io.ErrUnexpectedEOF))
			return o.err
		}
		if _, err := o.Write(piece[:got]); err != nil {
			return err
		}
		offset, n = offset+int64(got), n-int64(got)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Flush writes what was gathered.
func (o *output) Flush() error { return o.flush() }

func (o *output) flush() error {
	if o.buf == nil {
		return o.err
	}
	if len(*o.buf) > 0 && o.err == nil {
		o.deadline()
		n, err := o.c.nc.Write(*o.buf)
		o.wrote(int64(n), err)
	}
	if cap(*o.buf) <= maxPooled {
		*o.buf = (*o.buf)[:0]
		outBuffers.Put(o.buf)
	}
	o.buf = nil
	return o.err
}

// Interim sends a response before the response.
func (o *output) Interim(status int, h *compat.Header) error {
	if o.started || o.c.req.ProtoNum < 1001 || o.err != nil {
		return o.err
	}
	b := append(o.room(), "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(append(append(b, ' '), Reason(status)...), "\r\n"...)
	if h != nil {
		for _, f := range h.Fields() {
			b = append(append(append(append(b, f.Name...), ": "...), f.Value...), "\r\n"...)
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
	if o.chunked && !o.bodyless {
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
	if o.keep && o.c.start < o.c.end && o.c.body.done() && len(o.room()) < outSize/2 {
		o.c.req.BytesOut += int64(len(*o.buf) - o.counted)
		o.counted = len(*o.buf)
		return o.err
	}
	return o.flush()
}

// The Date field's value changes once a second.
type stamp struct {
	unix int64
	text string
}

var now atomic.Pointer[stamp]

func date() string {
	t := time.Now()
	if s := now.Load(); s != nil && s.unix == t.Unix() {
		return s.text
	}
	s := &stamp{t.Unix(), t.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}
	now.Store(s)
	return s.text
}
