package wire

import (
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"understudy/compat"
)

// A stream is a request of HTTP/2 under way and its answer.
type stream struct {
	s    *session
	id   uint32
	req  compat.Request
	conn compat.Conn // what is known of the connection, for this request alone
	body streamBody
	out  streamOutput

	// Guarded by s.mu.
	changed sync.Cond // somebody waits for what the client sends or takes
	reset   bool      // over, before its handler was
	closed  bool      // over, as both sides have said all; the handler may still log it
	window  int64     // what may be sent of it
}

var streams = sync.Pool{New: func() any { return new(stream) }}

// start has a request answered. s.mu is held.
func (s *session) start(id uint32, fields []hpack.HeaderField, ended, truncated bool) {
	st := streams.Get().(*stream)
	st.req.Reset()
	st.s, st.id, st.reset, st.closed, st.window = s, id, false, false, s.peer.window
	st.changed.L = &s.mu
	st.conn = s.c.info
	st.conn.Base = s.c.host
	st.body = streamBody{st: st, ended: ended, declared: -1, buf: st.body.buf[:0]}
	st.out = streamOutput{st: st, length: -1}
	r := &st.req
	r.Conn, r.Wire, r.Host = &st.conn, &st.out, s.c.host
	r.Start = time.Now()
	r.Status, r.Stream = 200, int(id)
	status := st.fill(fields)
	if truncated {
		status = 431
	}
	if status != 0 {
		r.Rejected, r.Status = true, status
	}
	s.streams[id] = st
	s.open++
	s.handlers.Add(1)
	s.c.srv.busy.Add(1)
	go st.run()
}

// run answers the request, and ends the stream: what is not whole is reset, so
// that the client does not take it for whole.
func (st *stream) run() {
	s := st.s
	defer s.handlers.Done()
	defer s.c.srv.busy.Add(-1)
	code := st.answer()
	s.mu.Lock()
	switch {
	case st.over() || s.err != nil:
	case code != http2.ErrCodeNo || !st.body.ended:
		s.reset(st.id, code)
		s.flush()
	default:
		s.answered(st)
	}
	delete(s.streams, st.id)
	if len(s.streams) == 0 {
		s.since = time.Now()
		if s.draining {
			s.nc.SetReadDeadline(time.Unix(1, 0))
		}
	}
	s.mu.Unlock()
	st.giveBack()
}

// answer runs the handler, and says what is left to say to the client.
func (st *stream) answer() (code http2.ErrCode) {
	defer func() {
		if v := recover(); v != nil {
			code = http2.ErrCodeInternal
			if st.s.c.srv.Panicked != nil {
				st.s.c.srv.Panicked(v, debug.Stack())
			}
		}
	}()
	if st.body.awaitSmall() {
		return http2.ErrCodeNo
	}
	st.s.c.srv.Handler.Serve(&st.req)
	st.out.Finish(&st.req)
	if !st.out.whole(&st.req) {
		return http2.ErrCodeInternal
	}
	return http2.ErrCodeNo
}

func (st *stream) giveBack() {
	st.out.drop()
	st.req.Reset()
	buf := st.body.buf[:0]
	if cap(buf) > 64<<10 {
		buf = nil
	}
	st.s, st.conn, st.body, st.out = nil, compat.Conn{}, streamBody{buf: buf}, streamOutput{}
	streams.Put(st)
}

// fill makes the request of its fields, and answers the status of one that cannot
// be served, or 0.
func (st *stream) fill(fields []hpack.HeaderField) int {
	r := &st.req
	r.Protocol, r.ProtoNum = "HTTP/2.0", 2000
	var authority string
	for _, f := range fields {
		switch f.Name {
		case ":method":
			r.Method = f.Value
		case ":path":
			r.Target = f.Value
		case ":authority":
			authority = f.Value
		}
	}
	if r.Method == "CONNECT" {
		r.Target = authority
	}
	if authority != "" {
		r.In.Add("Host", authority)
	}
	r.HeaderOnly = r.Method == "HEAD"
	r.Line = joined(r)
	status := st.fillHeader(fields, authority != "")
	limits := limitsOf(r.Host)
	switch {
	case status != 0:
		return status
	case len(r.Line) > limits.line:
		return 414
	case !isToken(r.Method) || !isVisible(r.Target) || !validTarget(r, true):
		return 400
	case limits.registered && !registered(r):
		return 501
	}
	return st.expect()
}

// fillHeader takes in the fields that are not of the request line, within the
// limits of the host. Cookies may come in several (RFC 9113, section 8.2.3).
func (st *stream) fillHeader(fields []hpack.HeaderField, hasHost bool) int {
	r := &st.req
	limits := limitsOf(r.Host)
	n := 0
	for _, f := range fields {
		r.BytesIn += int64(len(f.Name) + len(f.Value))
		if f.IsPseudo() || f.Name == "host" && hasHost {
			continue
		}
		if n++; limits.fields > 0 && n > limits.fields || len(f.Name)+len(f.Value) > limits.fieldSize {
			return 431
		}
		if f.Name == "cookie" && r.In.Has("Cookie") {
			r.In.Set("Cookie", r.In.Get("Cookie")+"; "+f.Value)
			continue
		}
		r.In.Add(canonical(f.Name), strings.Trim(f.Value, " \t"))
	}
	merge(&r.In)
	for _, f := range r.In.Fields() {
		if len(f.Value) > limits.fieldSize {
			return 431
		}
	}
	return st.body.prepare()
}

func (st *stream) expect() int {
	r := &st.req
	switch expect := r.In.Get("Expect"); {
	case expect == "":
		return 0
	case !strings.EqualFold(expect, "100-continue"):
		return 417
	}
	r.ExpectContinue = true
	return 0
}

// streamTimeout is how long a client may send or take nothing (H2StreamTimeout).
func streamTimeout(r *compat.Request) time.Duration {
	if h := r.Host.HTTP2; h != nil && h.StreamTimeout > 0 {
		return h.StreamTimeout
	}
	return timeoutOf(r.Host)
}
