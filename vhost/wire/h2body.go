package wire

import (
	"io"

	"golang.org/x/net/http2"

	"understudy/compat"
)

// A streamBody is the body of a request of HTTP/2. What is too large, or does not
// come, is a compat.StatusError. The client may send as much ahead as the window
// of a stream has room for.
type streamBody struct {
	st       *stream
	begun    bool
	declared int64 // by Content-Length; -1: it was not
	taken    int64
	err      error

	// Guarded by the session's mu.
	buf      []byte // received and not yet read
	at       int    // read of buf
	ended    bool   // nothing more comes
	received int64
	used     int64 // read, or padding, and not yet told to the client
}

// prepare makes a body readable.
func (b *streamBody) prepare() int {
	r := &b.st.req
	if cl, ok := r.In.Lookup("Content-Length"); ok {
		if b.declared, ok = parseLength(cl); !ok {
			return 400
		}
	}
	if b.ended {
		if b.declared > 0 {
			return 400
		}
		return 0
	}
	r.BodyLength, r.Body = b.declared, b
	return 0
}

// awaitSmall waits for a body that the window has room for, so that one which is
// not as long as declared is refused before anything is done for it (RFC 9113,
// section 8.1.1). Who reads the body will say what is wrong if it does not come.
func (b *streamBody) awaitSmall() (reset bool) {
	st, s := b.st, b.st.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.declared > 0 && b.declared <= int64(s.settings().Window) && !st.req.ExpectContinue && !st.req.Rejected {
		st.waitFor(func() bool { return b.ended }, errStalled)
	}
	return st.reset
}

// Read reads of the body.
func (b *streamBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	limit := bodyLimit(&b.st.req)
	if !b.begun {
		b.begun = true
		if limit > 0 && b.declared > limit {
			b.err = compat.StatusError(413)
			return 0, b.err
		}
		b.welcome()
	}
	n, err := b.read(p)
	b.taken += int64(n)
	b.st.req.BytesIn += int64(n)
	if limit > 0 && b.taken > limit {
		n, err = 0, compat.StatusError(413)
	}
	b.err = err
	return n, err
}

// welcome sends 100 Continue to a client that waits for it.
func (b *streamBody) welcome() {
	st := b.st
	if !st.req.ExpectContinue || st.out.started {
		return
	}
	st.req.ExpectContinue = false
	st.s.mu.Lock()
	if st.ok() == nil {
		st.s.sendInterim(st, 100, nil)
	}
	st.s.mu.Unlock()
}

func (b *streamBody) read(p []byte) (int, error) {
	st, s := b.st, b.st.s
	s.mu.Lock()
	defer s.mu.Unlock()
	err := st.waitFor(func() bool { return b.at < len(b.buf) || b.ended }, errStalled)
	switch {
	case err == errStalled:
		return 0, err
	case err != nil && b.at == len(b.buf):
		return 0, io.ErrUnexpectedEOF
	case b.at == len(b.buf):
		return 0, io.EOF
	}
	n := copy(p, b.buf[b.at:])
	if b.at += n; b.at == len(b.buf) {
		b.buf, b.at = b.buf[:0], 0
	}
	b.tell(int64(n))
	return n, nil
}

// tell lets the client send as much more, not in drops.
func (b *streamBody) tell(n int64) {
	s := b.st.s
	if b.used += n; !b.ended && b.used >= int64(s.settings().Window)/2 {
		s.out = appendWindowUpdate(s.out, b.st.id, uint32(b.used))
		b.used = 0
		s.flush()
	}
}

// takeData takes in what the client sent, size with padding. The session's mu is
// held.
func (st *stream) takeData(p []byte, size int64, end bool) error {
	b := &st.body
	b.received += int64(len(p))
	if int64(len(b.buf)-b.at)+b.used+size > int64(st.s.settings().Window) {
		return streamError(st.id, http2.ErrCodeFlowControl)
	}
	if b.declared >= 0 && (b.received > b.declared || end && b.received < b.declared) {
		return streamError(st.id, http2.ErrCodeProtocol)
	}
	if b.at > 0 && len(b.buf)+len(p) > cap(b.buf) {
		b.buf = b.buf[:copy(b.buf, b.buf[b.at:])]
		b.at = 0
	}
	b.buf = append(b.buf, p...)
	b.ended = end
	if !end {
		b.tell(size - int64(len(p)))
	}
	st.changed.Broadcast()
	return nil
}

// takeTrailers ends the body. The session's mu is held.
func (st *stream) takeTrailers(f *http2.MetaHeadersFrame) error {
	b := &st.body
	switch {
	case b.ended:
		return streamError(st.id, http2.ErrCodeStreamClosed)
	case !f.StreamEnded() || b.declared >= 0 && b.received != b.declared:
		return streamError(st.id, http2.ErrCodeProtocol)
	}
	for _, field := range f.Fields {
		if field.IsPseudo() {
			return streamError(st.id, http2.ErrCodeProtocol)
		}
		st.req.Trailers.Add(canonical(field.Name), field.Value)
	}
	b.ended = true
	st.changed.Broadcast()
	return nil
}
