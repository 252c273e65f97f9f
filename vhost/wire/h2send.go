package wire

import (
	"errors"
	"net/textproto"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"understudy/compat"
)

var (
	errReset   = errors.New("stream reset by the client")
	errNoRoom  = errors.New("the client took nothing in time")
	errStalled = compat.StatusError(408)
)

// flush writes what was gathered, unless somebody is writing already, who will
// find it. s.mu is held, and let go of meanwhile.
func (s *session) flush() {
	if s.writing || s.broken || len(s.out) == 0 {
		return
	}
	s.writing = true
	if len(s.streams) > 1 {
		s.mu.Unlock()
		runtime.Gosched() // Others may be about to add to it.
		s.mu.Lock()
	}
	for len(s.out) > 0 && !s.broken {
		b := s.out
		s.out, s.spare = s.spare[:0], nil
		s.mu.Unlock()
		s.nc.SetWriteDeadline(time.Now().Add(s.timeout))
		_, err := s.nc.Write(b)
		s.mu.Lock()
		if cap(b) <= maxGathered {
			s.spare = b[:0]
		}
		if err != nil {
			s.broken = true
			s.fail(err)
			s.nc.SetReadDeadline(time.Unix(1, 0))
		} else if len(b) > maxGathered/2 {
			s.wake() // There is room again.
		}
	}
	s.writing = false
	s.written.Broadcast()
}

// ok is nil while something of st can be sent.
func (st *stream) ok() error {
	if st.reset {
		return errReset
	}
	return st.s.err
}

// waitFor waits until ready, at most for the timeout of streams: then the error is
// late. s.mu is held, and let go of meanwhile.
func (st *stream) waitFor(ready func() bool, late error) error {
	var timer *time.Timer
	over := false
	for st.ok() == nil && !ready() {
		if over {
			return late
		}
		if timer == nil {
			timer = time.AfterFunc(streamTimeout(&st.req), func() {
				st.s.mu.Lock()
				over = true
				st.changed.Broadcast()
				st.s.mu.Unlock()
			})
			defer timer.Stop()
		}
		st.changed.Wait()
	}
	return st.ok()
}

// send sends the header if it is not sent yet, p, and with end the end.
func (st *stream) send(p []byte, end bool) error {
	s := st.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := st.ok(); err != nil {
		return err
	}
	if !st.out.begun {
		st.out.begun = true
		s.sendHeaders(st, end && len(p) == 0)
	} else if end && len(p) == 0 {
		s.out = appendFrame(s.out, 0, http2.FrameData, http2.FlagDataEndStream, st.id)
	}
	for len(p) > 0 {
		if len(s.out) >= maxGathered {
			s.flush()
		}
		err := st.waitFor(func() bool { return st.window > 0 && s.window > 0 && len(s.out) < maxGathered }, errNoRoom)
		if err != nil {
			return err
		}
		n := min(len(p), s.peer.frame, int(min(st.window, s.window)))
		var flags http2.Flags
		if end && n == len(p) {
			flags = http2.FlagDataEndStream
		}
		s.out = append(appendFrame(s.out, n, http2.FrameData, flags, st.id), p[:n]...)
		p = p[n:]
		st.window -= int64(n)
		s.window -= int64(n)
		if len(p) > 0 && (st.window <= 0 || s.window <= 0) {
			s.flush()
		}
	}
	if end {
		s.answered(st)
	}
	s.flush()
	return st.ok()
}

// sendHeaders gathers the header of the response.
func (s *session) sendHeaders(st *stream, end bool) {
	r := &st.req
	s.block.Reset()
	s.field(":status", statusText(st.out.status))
	s.field("date", dateField(r))
	s.field("server", serverField(r))
	s.fields(r, &r.ErrOut)
	s.fields(r, &r.Out)
	bare := headerOnly(st.out.status)
	if v := lengthField(r, st.out.length); v != "" && !bare {
		s.field("content-length", v)
	}
	if v := contentField(r, "Content-Type"); v != "" && !bare {
		s.field("content-type", v)
	}
	if v := contentField(r, "Content-Encoding"); v != "" {
		s.field("content-encoding", v)
	}
	s.sendBlock(st, end)
}

// sendInterim gathers a response before the response.
func (s *session) sendInterim(st *stream, status int, h *compat.Header) {
	s.block.Reset()
	s.field(":status", statusText(status))
	if h != nil {
		s.fields(&st.req, h)
	}
	s.sendBlock(st, false)
	s.flush()
}

// sendBlock gathers what was encoded, as HEADERS and CONTINUATION.
func (s *session) sendBlock(st *stream, end bool) {
	block := s.block.Bytes()
	st.req.BytesOut += int64(len(block))
	kind, flags := http2.FrameHeaders, http2.Flags(0)
	if end {
		flags = http2.FlagHeadersEndStream
	}
	for {
		n := min(len(block), s.peer.frame)
		if n == len(block) {
			flags |= http2.FlagHeadersEndHeaders
		}
		s.out = append(appendFrame(s.out, n, kind, flags, st.id), block[:n]...)
		if block = block[n:]; len(block) == 0 {
			return
		}
		kind, flags = http2.FrameContinuation, 0
	}
}

// fields encodes those of h that HTTP/2 has and that have no other place.
func (s *session) fields(r *compat.Request, h *compat.Header) {
	for _, f := range h.Fields() {
		if ours(f.Name, r) || strings.EqualFold(f.Name, "Upgrade") {
			continue
		}
		name := s.names[f.Name]
		if name == "" {
			name = remember(s.names, f.Name, strings.ToLower(strings.Clone(f.Name)))
		}
		s.field(name, f.Value)
	}
}

// field encodes one. The encoder keeps values for later, so they must be its own.
func (s *session) field(name, value string) {
	kept, ok := s.values[value]
	if !ok {
		kept = string(appendValue(nil, value))
		remember(s.values, strings.Clone(value), kept)
	}
	s.encoder.WriteField(hpack.HeaderField{Name: name, Value: kept})
}

// remember keeps a string for the next response, within bounds.
func remember(m map[string]string, key, value string) string {
	if len(m) >= 128 {
		clear(m)
	}
	m[strings.Clone(key)] = value
	return value
}

func statusText(status int) string {
	if status == 200 {
		return "200"
	}
	return strconv.Itoa(status)
}

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

// canonical is a name as HTTP/1.1 writes it, which is how Apache hands it on.
func canonical(name string) string { return textproto.CanonicalMIMEHeaderKey(name) }
