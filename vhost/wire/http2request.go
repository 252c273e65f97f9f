package wire

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"understudy/compat"
)

// A stream is a request of HTTP/2 under way and its answer.
type stream struct {
	req  compat.Request
	conn compat.Conn // what is known of the connection, for this request alone
	body streamBody
	out  streamOutput
}

var streams = sync.Pool{New: func() any { return new(stream) }}

func takeStream(s *session, w http.ResponseWriter, in *http.Request) *stream {
	st := streams.Get().(*stream)
	st.req.Reset()
	st.conn = s.c.info
	st.conn.Base = s.c.host
	st.out = streamOutput{w: w, control: http.NewResponseController(w), st: st, length: -1}
	st.body = streamBody{st: st, from: in}
	r := &st.req
	r.Conn, r.Wire, r.Host = &st.conn, &st.out, s.c.host
	r.Start = time.Now()
	r.Status, r.Stream = 200, s.next()
	return st
}

func (st *stream) giveBack() {
	st.req.Reset()
	st.conn, st.body, st.out = compat.Conn{}, streamBody{}, streamOutput{}
	streams.Put(st)
}

// fill makes the request of what the library read, and answers the status of
// one that cannot be served, or 0. Names of fields are written as in HTTP/1.1,
// as Apache does.
func (st *stream) fill(in *http.Request) int {
	r := &st.req
	r.Method, r.Target, r.Protocol, r.ProtoNum = in.Method, in.RequestURI, "HTTP/2.0", 2000
	r.HeaderOnly = r.Method == "HEAD"
	r.Line = joined(r)
	limits := limitsOf(r.Host)
	if in.Host != "" {
		r.In.Add("Host", in.Host)
	}
	n := 0
	for _, name := range slices.Sorted(maps.Keys(in.Header)) {
		values := in.Header[name]
		if n += len(values); limits.fields > 0 && n > limits.fields {
			return 431
		}
		value := values[0]
		if len(values) > 1 {
			value = strings.Join(values, ", ")
		}
		if len(name)+len(value) > limits.fieldSize {
			return 431
		}
		r.In.Add(name, value)
		r.BytesIn += int64(len(name) + len(value))
	}
	st.body.prepare()
	switch {
	case len(r.Line) > limits.line:
		return 414
	case !isToken(r.Method) || !isVisible(r.Target) || !validTarget(r, true):
		return 400
	}
	if limits.registered && !registered(r) {
		return 501
	}
	if expect := r.In.Get("Expect"); expect != "" && !strings.EqualFold(expect, "100-continue") {
		return 417
	}
	return 0
}

// A streamBody is the body of a request. What is too large, or does not come,
// is a compat.StatusError.
type streamBody struct {
	st    *stream
	from  *http.Request
	begun bool
	taken int64
	err   error
}

func (b *streamBody) prepare() {
	r := &b.st.req
	if b.from.Body == nil || b.from.Body == http.NoBody || b.from.ContentLength == 0 {
		return
	}
	r.BodyLength, r.Body = b.from.ContentLength, b
}

// Read reads of the body.
func (b *streamBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	limit := bodyLimit(&b.st.req)
	if !b.begun {
		b.begun = true
		if limit > 0 && b.from.ContentLength > limit {
			return 0, b.fail(compat.StatusError(413))
		}
	}
	b.st.out.control.SetReadDeadline(time.Now().Add(streamTimeout(&b.st.req)))
	n, err := b.from.Body.Read(p)
	b.taken += int64(n)
	b.st.req.BytesIn += int64(n)
	switch {
	case limit > 0 && b.taken > limit:
		return 0, b.fail(compat.StatusError(413))
	case err == io.EOF:
		b.trailers()
		b.err = io.EOF
		return n, io.EOF
	case err != nil && errors.Is(err, os.ErrDeadlineExceeded):
		return n, b.fail(compat.StatusError(408))
	case err != nil:
		return n, b.fail(io.ErrUnexpectedEOF)
	}
	return n, nil
}

func (b *streamBody) fail(err error) error { b.err = err; return err }

func (b *streamBody) trailers() {
	for name, values := range b.from.Trailer {
		for _, v := range values {
			b.st.req.Trailers.Add(name, v)
		}
	}
}

// streamTimeout is how long a client may send or take nothing (H2StreamTimeout).
func streamTimeout(r *compat.Request) time.Duration {
	if h := r.Host.HTTP2; h != nil && h.StreamTimeout > 0 {
		return h.StreamTimeout
	}
	return timeoutOf(r.Host)
}
