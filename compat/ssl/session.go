package ssl

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"understudy/compat"
)

// A session is a connection on which TLS is spoken, or is to be. It stands
// between crypto/tls and the socket, to see how the client begins, and to say
// why the connection ends.
type session struct {
	net.Conn
	c        *compat.Conn
	tls      *tls.Conn
	endpoint *endpoint
	host     *compat.Host // the handshake was for
	sni      string
	kind     string
	shown    *identity
	later    bool // the client could be asked for a certificate after the handshake

	// What was asked of the client. hidden tells that it was asked for the sake of
	// some section, and no request has come to one yet: the rest sees nothing.
	mode    mode
	hidden  bool
	verdict verdict

	begin []byte // what the client began with
	open  bool   // the handshake has ended
	alert alert  // to be sent instead of crypto/tls's
	keys  *keys  // nil: nothing was asked of the client
	ended bool   // an alert was sent: nothing more goes out

	id [32]byte
}

// maxBegin is how much of a request is kept that was sent in plain text.
const maxBegin = 8 << 10

// Read is the socket's, and notes what a client begins with.
func (s *session) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if !s.open && len(s.begin) < 5 {
		s.begin = append(s.begin, p[:min(n, maxBegin)]...)
	}
	return n, err
}

// Secure implements compat.Transport.
func (e *endpoint) Secure(c *compat.Conn, nc net.Conn, limit time.Duration) (net.Conn, error) {
	s := &session{Conn: nc, c: c, endpoint: e, host: e.host}
	c.Secure = s
	s.logf(compat.LevelInfo, "AH01964: Connection to child %d established (server %s)", 0, e.id)
	nc.SetDeadline(time.Now().Add(limit))
	s.tls = tls.Server(s, e.front)
	err := s.tls.Handshake()
	s.open = true
	if err != nil {
		return s.failed(err)
	}
	s.begin = nil
	nc.SetDeadline(time.Time{})
	state := s.tls.ConnectionState()
	c.TLS = &state
	rand.Read(s.id[:])
	if s.shown == nil {
		s.shown = s.endpoint.certs[0]
	}
	if s.enabled(compat.LevelDebug) {
		name, bits := cipherName(state.CipherSuite)
		s.logf(compat.LevelDebug, "ssl_engine_kernel.c(2082): AH02041: Protocol: %s, Cipher: %s (%d/%d bits)",
			versionName(state.Version), name, bits, bits)
	}
	return s.tls, nil
}

// failed ends a handshake that came to nothing. Who speaks plain HTTP is told so.
func (s *session) failed(err error) (net.Conn, error) {
	var record tls.RecordHeaderError
	if errors.As(err, &record) && record.Conn != nil && speaksHTTP(s.begin) {
		s.logf(compat.LevelInfo, "AH01996: SSL handshake failed: HTTP spoken on HTTPS port; trying to send HTML error page")
		s.Conn.SetDeadline(time.Time{})
		s.c.Secure = &plain{}
		return &plainConn{Conn: s.Conn, fake: []byte("GET / HTTP/1.0\r\n\r\n")}, nil
	}
	if errors.Is(err, io.EOF) {
		s.logf(compat.LevelInfo, "AH02006: SSL handshake stopped: connection was closed")
	} else {
		s.logf(compat.LevelInfo, "AH02008: SSL library error 1 in handshake (server %s)", s.endpoint.id)
		s.logf(compat.LevelInfo, "SSL Library Error: %v", err)
	}
	s.logf(compat.LevelInfo, "AH01998: Connection closed to child %d with abortive shutdown (server %s)", 0, s.endpoint.id)
	s.Conn.Close()
	return nil, err
}

// speaksHTTP reports whether a client begins as OpenSSL knows HTTP.
func speaksHTTP(b []byte) bool {
	for _, method := range []string{"GET ", "POST", "HEAD", "PUT "} {
		if bytes.HasPrefix(b, []byte(method)) {
			return true
		}
	}
	return false
}

func (s *session) enabled(level compat.Level) bool {
	return level <= s.endpoint.host.Scope.Core.LogLevel.Of("ssl")
}

// logf writes a line about the connection.
func (s *session) logf(level compat.Level, format string, args ...any) {
	if s.enabled(level) {
		s.c.Server.LogConn(s.c, s.endpoint.host, "ssl", level, fmt.Sprintf(format, args...))
	}
}

// A plain is what is known of a connection whose client does not speak TLS
// although it should.
type plain struct{ told bool }

// A plainConn has a request for "/" come in, whatever the client sent
// (HTTP_ON_HTTPS_PORT).
type plainConn struct {
	net.Conn
	fake []byte
}

func (p *plainConn) Read(b []byte) (int, error) {
	if len(p.fake) > 0 {
		n := copy(b, p.fake)
		p.fake = p.fake[n:]
		return n, nil
	}
	return p.Conn.Read(b)
}

// Close lets the client read the answer before the connection is gone.
func (p *plainConn) Close() error {
	if half, ok := p.Conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		p.Conn.SetReadDeadline(time.Now().Add(plainLinger))
		io.Copy(io.Discard, io.LimitReader(p.Conn, maxPlain))
	}
	return p.Conn.Close()
}

const (
	plainLinger = 2 * time.Second
	maxPlain    = 1 << 20
)

func versionName(v uint16) string {
	switch v {
	case tls.VersionTLS10:
		return "TLSv1"
	case tls.VersionTLS11:
		return "TLSv1.1"
	case tls.VersionTLS12:
		return "TLSv1.2"
	case tls.VersionTLS13:
		return "TLSv1.3"
	}
	return "unknown"
}
