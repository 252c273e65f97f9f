package wire

import (
	"context"
	"encoding/base64"
	"io"
	"log"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"

	"understudy/compat"
)

// speaksHTTP2 reports whether h has HTTP/2 by the name it has on the connection:
// "h2" over TLS, "h2c" without.
func speaksHTTP2(h *compat.Host, name string) bool {
	if h.HTTP2 == nil {
		return false
	}
	for _, p := range h.Protocols {
		if p == name {
			return true
		}
	}
	return false
}

// beginsHTTP2 reports whether what the client sends first is the preface of
// HTTP/2, where that is welcome (H2Direct).
func (c *conn) beginsHTTP2() bool {
	if c.info.TLS != nil {
		return c.info.TLS.NegotiatedProtocol == "h2"
	}
	if c.info.Keepalives > 0 || c.host.HTTP2 == nil || !c.host.HTTP2.Direct || !speaksHTTP2(c.host, "h2c") {
		return false
	}
	for {
		got := c.x.in[c.x.start:c.x.end]
		n := min(len(got), len(http2.ClientPreface))
		if string(got[:n]) != http2.ClientPreface[:n] {
			return false
		}
		if n == len(http2.ClientPreface) {
			return true
		}
		if c.read() != nil {
			return false
		}
	}
}

// upgradesToHTTP2 is the request x holds where its client asks to go on in
// HTTP/2 and may, else nil. Its answer is the first stream then (RFC 7540,
// section 3.2; h2_protocol_propose).
func (x *exchange) upgradesToHTTP2() (*http.Request, []byte) {
	r, h := &x.req, x.c.host
	upgrade := r.In.Get("Upgrade")
	if upgrade == "" || x.c.info.TLS != nil || h.HTTP2 == nil || !h.HTTP2.Upgrade || !speaksHTTP2(h, "h2c") ||
		r.ProtoNum != 1001 || !x.body.ended || !hasToken(upgrade, "h2c") {
		return nil, nil
	}
	connection := r.In.Get("Connection")
	settings, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(r.In.Get("HTTP2-Settings"), "="))
	if !r.In.Has("HTTP2-Settings") || err != nil || !hasToken(connection, "upgrade") || !hasToken(connection, "http2-settings") {
		return nil, nil
	}
	first := &http.Request{Method: strings.Clone(r.Method), RequestURI: strings.Clone(r.Target), URL: &url.URL{},
		Proto: "HTTP/2.0", ProtoMajor: 2, Host: strings.Clone(r.In.Get("Host")), Header: http.Header{}, Body: http.NoBody}
	for _, f := range r.In.Fields() {
		switch strings.ToLower(f.Name) {
		case "host", "connection", "upgrade", "http2-settings":
		default:
			first.Header.Add(strings.Clone(f.Name), strings.Clone(f.Value))
		}
	}
	return first, settings
}

const switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"

// serveHTTP2 is the rest of the life of a connection that speaks HTTP/2. first
// is the request it was asked for by, if any.
func (c *conn) serveHTTP2(first *http.Request, settings []byte) {
	if first != nil {
		if _, err := io.WriteString(c.nc, switching); err != nil {
			return
		}
	}
	c.nc.SetDeadline(time.Time{})
	nc := c.nc
	if c.x != nil && c.x.start < c.x.end {
		nc = &hijacked{Conn: nc, x: c.x}
	}
	engine := c.srv.http2.of(c.host)
	session := &session{c: c}
	engine.h2.ServeConn(nc, &http2.ServeConnOpts{BaseConfig: engine.base, Handler: session,
		UpgradeRequest: first, Settings: settings})
}

// A session answers the requests of a connection.
type session struct {
	c       *conn
	mu      sync.Mutex // guards streams
	streams int
}

// ServeHTTP answers one request by the server's Handler. What ends before its
// time is reset, so that the client sees that it is not whole.
func (s *session) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	s.c.srv.busy.Add(1)
	defer s.c.srv.busy.Add(-1)
	st := takeStream(s, w, in)
	defer func() {
		if v := recover(); v != nil {
			if s.c.srv.Panicked != nil {
				s.c.srv.Panicked(v, debug.Stack())
			}
			panic(http.ErrAbortHandler)
		}
	}()
	status := st.fill(in)
	if status != 0 {
		st.req.Rejected, st.req.Status = true, status
	}
	s.c.srv.Handler.Serve(&st.req)
	st.out.Finish(&st.req)
	whole := st.out.whole(&st.req)
	st.giveBack()
	if !whole {
		panic(http.ErrAbortHandler)
	}
}

// next numbers the streams as they come. Clients count their own by two.
func (s *session) next() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams++
	return 2*s.streams - 1
}

// An http2Engine is the library's server for connections with the same settings.
type http2Engine struct {
	base *http.Server
	h2   *http2.Server
}

// http2Engines are those in use, by their settings. There are as many as the
// configurations so far have different ones.
type http2Engines struct {
	mu   sync.Mutex // guards list
	list map[http2Settings]*http2Engine
}

type http2Settings struct {
	of      compat.HTTP2
	timeout time.Duration
	idle    time.Duration
	header  int
}

func (e *http2Engines) of(h *compat.Host) *http2Engine {
	limits := limitsOf(h)
	s := http2Settings{of: *h.HTTP2, timeout: timeoutOf(h), idle: keepAliveTimeout(h),
		header: min(maxHead, max(64<<10, limits.line+limits.fieldSize*max(limits.fields, 8)))}
	e.mu.Lock()
	defer e.mu.Unlock()
	if engine := e.list[s]; engine != nil {
		return engine
	}
	engine := s.engine()
	if e.list == nil {
		e.list = map[http2Settings]*http2Engine{}
	}
	e.list[s] = engine
	return engine
}

func (s *http2Settings) engine() *http2Engine {
	engine := &http2Engine{
		base: &http.Server{MaxHeaderBytes: s.header, IdleTimeout: s.idle, ErrorLog: log.New(io.Discard, "", 0)},
		h2: &http2.Server{MaxConcurrentStreams: uint32(s.of.MaxStreams), MaxUploadBufferPerStream: int32(s.of.Window),
			MaxUploadBufferPerConnection: int32(max(1<<20, s.of.Window)), IdleTimeout: s.idle,
			WriteByteTimeout: s.timeout, MaxReadFrameSize: 16 << 10, PermitProhibitedCipherSuites: !s.of.ModernTLSOnly},
	}
	// It cannot fail: the server has no ciphers of its own.
	http2.ConfigureServer(engine.base, engine.h2)
	return engine
}

// goAway tells the clients of all connections to open no streams any more.
func (e *http2Engines) goAway() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, engine := range e.list {
		engine.base.Shutdown(context.Background())
	}
}
