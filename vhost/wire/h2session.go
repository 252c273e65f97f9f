package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"understudy/compat"
)

// What we tell clients, and bounds nobody can configure.
const (
	maxFrame       = 16 << 10  // the frames we take (SETTINGS_MAX_FRAME_SIZE's default)
	tableSize      = 4096      // of HPACK's dynamic table, either way
	connWindow     = 1<<31 - 1 // what a connection may send ahead; streams have their own
	defaultWindow  = 1<<16 - 1 // of both, until SETTINGS say otherwise
	maxGathered    = 256 << 10 // bytes waiting to be written
	maxAnswers     = 512 << 10 // and with what is asked for meanwhile: then nothing more is read
	freeResets     = 200       // streams a client may reset, or have us reset, for nothing
	closingTimeout = time.Second
)

// A session is a connection that speaks HTTP/2. The connection's goroutine reads
// (RFC 9113); each request has a goroutine of its own; whoever has something to
// send gathers it and, unless somebody is writing already, writes what all have
// gathered.
type session struct {
	c       *conn
	nc      net.Conn
	in      *bufio.Reader
	framer  *http2.Framer // reads
	timeout time.Duration
	idle    time.Duration // how long it may be without a request

	handlers sync.WaitGroup

	mu         sync.Mutex         // guards what follows, and what streams have that says so
	streams    map[uint32]*stream // whose handler runs
	open       int                // of them, those the client has not reset
	last       uint32             // the highest stream there was
	finished   int                // streams answered to their end
	resets     int                // streams reset, by either side
	since      time.Time          // when the last request ended
	draining   bool               // no more requests are taken
	err        error              // why nothing more can be gathered
	out, spare []byte             // gathered, and what was written before
	writing    bool               // somebody is at it
	written    sync.Cond          // nobody is any more
	broken     bool               // the client takes nothing any more
	window     int64              // what may be sent, of all streams
	received   int64              // of what the client may send, since it was told
	peer       peerSettings
	encoder    *hpack.Encoder
	block      bytes.Buffer // of the encoder
	names      map[string]string
	values     map[string]string
}

// peerSettings are what the client's SETTINGS say.
type peerSettings struct {
	window int64 // of a new stream
	frame  int
}

func newSession(c *conn, nc net.Conn) *session {
	s := &session{c: c, nc: nc, in: bufio.NewReaderSize(nc, 8<<10), timeout: timeoutOf(c.host), idle: keepAliveTimeout(c.host),
		streams: map[uint32]*stream{}, window: defaultWindow, peer: peerSettings{defaultWindow, maxFrame},
		names: map[string]string{}, values: map[string]string{}}
	s.framer = http2.NewFramer(nil, s.in)
	s.written.L = &s.mu
	s.framer.SetReuseFrames()
	s.framer.SetMaxReadFrameSize(maxFrame)
	s.framer.ReadMetaHeaders = hpack.NewDecoder(tableSize, nil)
	limits := limitsOf(c.host)
	s.framer.MaxHeaderListSize = uint32(min(maxHead, max(64<<10, limits.line+limits.fieldSize*max(limits.fields, 8))))
	s.encoder = hpack.NewEncoder(&s.block)
	return s
}

func (s *session) settings() *compat.HTTP2 { return s.c.host.HTTP2 }

// serve is the life of the session.
func (s *session) serve(first *upgrade) {
	err := s.begin(first)
	for err == nil {
		err = s.next()
	}
	s.end(err)
}

// begin exchanges the first words.
func (s *session) begin(first *upgrade) error {
	s.mu.Lock()
	s.out = appendSettings(s.out, http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: uint32(s.settings().MaxStreams)},
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: uint32(s.settings().Window)})
	s.out = appendWindowUpdate(s.out, 0, connWindow-defaultWindow)
	if first != nil {
		if err := s.applyPayload(first.settings); err != nil {
			s.mu.Unlock()
			return err
		}
		s.last = 1
		s.start(1, first.fields, true, false)
	}
	s.flush()
	s.since = time.Now()
	s.mu.Unlock()
	s.nc.SetReadDeadline(time.Now().Add(s.timeout))
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(s.in, preface); err != nil {
		return err
	}
	if string(preface) != http2.ClientPreface {
		return http2.ConnectionError(http2.ErrCodeProtocol)
	}
	f, err := s.framer.ReadFrame()
	if err != nil {
		return err
	}
	settings, ok := f.(*http2.SettingsFrame)
	if !ok || settings.IsAck() {
		return http2.ConnectionError(http2.ErrCodeProtocol)
	}
	return s.take(settings)
}

// next takes a frame.
func (s *session) next() error {
	if err := s.await(); err != nil {
		return err
	}
	f, err := s.framer.ReadFrame()
	if err == nil {
		err = s.take(f)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var stream http2.StreamError
	if errors.As(err, &stream) {
		s.last = max(s.last, stream.StreamID)
		s.reset(stream.StreamID, stream.Code)
		err = nil
		if s.resets++; s.tooManyResets() { // Be it that we were made to.
			err = connError(http2.ErrCodeEnhanceYourCalm)
		}
	}
	if s.in.Buffered() == 0 || len(s.out) > maxAnswers {
		s.flush()
		for len(s.out) > maxAnswers && s.writing && !s.broken {
			s.written.Wait() // Who asks and does not listen is not asked on.
		}
	}
	return err
}

// frameHeader is the length of what each frame begins with.
const frameHeader = 9

// await waits for a frame to begin, and then does not wait long for its rest. The
// deadline of the connection is moved only when it went off early, or in the
// middle of a frame.
func (s *session) await() error {
	for {
		head, err := s.in.Peek(frameHeader)
		if err == nil {
			if size := int(head[0])<<16 | int(head[1])<<8 | int(head[2]); s.in.Buffered() < frameHeader+min(size, maxFrame) {
				s.nc.SetReadDeadline(time.Now().Add(s.timeout))
			}
			return nil
		}
		if !isTimeout(err) {
			return err
		}
		s.mu.Lock()
		wait := s.timeout
		switch {
		case s.err != nil, s.draining && len(s.streams) == 0:
			wait = 0
		case len(s.streams) == 0:
			wait = s.idle - time.Since(s.since)
		}
		s.mu.Unlock()
		if wait <= 0 {
			return errIdle
		}
		s.nc.SetReadDeadline(time.Now().Add(wait))
	}
}

var errIdle = errors.New("nothing to do")

// goAway tells the client that no more requests are taken; the session ends when
// those under way have been answered.
func (s *session) goAway() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return
	}
	s.draining = true
	s.out = appendGoAway(s.out, s.last, http2.ErrCodeNo)
	s.flush()
	if len(s.streams) == 0 {
		s.nc.SetReadDeadline(time.Unix(1, 0))
	}
}

// end ends the session for err: the client is told, handlers are, and the
// connection may be closed when it returns.
func (s *session) end(err error) {
	code := http2.ErrCodeNo
	var connection http2.ConnectionError
	switch {
	case errors.As(err, &connection):
		code = http2.ErrCode(connection)
	case errors.Is(err, http2.ErrFrameTooLarge):
		code = http2.ErrCodeFrameSize
	}
	s.mu.Lock()
	if code != http2.ErrCodeNo || err == errIdle && !s.draining {
		s.draining = true
		s.out = appendGoAway(s.out, s.last, code)
		s.flush()
	}
	s.fail(io.ErrClosedPipe)
	for s.writing {
		s.written.Wait() // Whoever is at it writes what was added.
	}
	s.mu.Unlock()
	s.handlers.Wait()
	if half, ok := s.nc.(interface{ CloseWrite() error }); ok && code != http2.ErrCodeNo && half.CloseWrite() == nil {
		waste(s.nc, time.Now().Add(closingTimeout)) // Or the kernel would throw away what we said.
	}
}

// fail ends what streams do. s.mu is held.
func (s *session) fail(err error) {
	if s.err == nil {
		s.err = err
	}
	s.wake()
}

// wake lets all streams look again whether they can go on. s.mu is held.
func (s *session) wake() {
	for _, st := range s.streams {
		st.changed.Broadcast()
	}
}
