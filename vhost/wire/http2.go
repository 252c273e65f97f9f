package wire

import (
	"encoding/base64"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"understudy/compat"
)

// speaksHTTP2 reports whether h has HTTP/2 by the name it has on a connection:
// "h2" over TLS, "h2c" without.
func speaksHTTP2(h *compat.Host, name string) bool {
	return h.HTTP2 != nil && slices.Contains(h.Protocols, name)
}

// beginsHTTP2 reports whether HTTP/2 was agreed on in the handshake, or what the
// client sends first is its preface, where that is welcome (H2Direct).
func (c *conn) beginsHTTP2() bool {
	if c.info.TLS != nil {
		return c.info.TLS.NegotiatedProtocol == "h2"
	}
	if c.info.Keepalives > 0 || !speaksHTTP2(c.host, "h2c") || !c.host.HTTP2.Direct {
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

// An upgrade is the request a client asked with, in HTTP/1.1, to go on in HTTP/2.
type upgrade struct {
	fields   []hpack.HeaderField
	settings []byte
}

// upgradesToHTTP2 is the request x holds where its client asks to go on in
// HTTP/2 and may, else nil. Its answer is that of the first stream then (RFC 7540,
// section 3.2; h2_protocol_propose).
func (x *exchange) upgradesToHTTP2() *upgrade {
	r, h := &x.req, x.c.host
	asked := r.In.Get("Upgrade")
	if asked == "" || x.c.info.TLS != nil || !speaksHTTP2(h, "h2c") || !h.HTTP2.Upgrade ||
		r.ProtoNum != 1001 || !x.body.ended || !hasToken(asked, "h2c") {
		return nil
	}
	connection := r.In.Get("Connection")
	settings, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(r.In.Get("HTTP2-Settings"), "="))
	if !r.In.Has("HTTP2-Settings") || err != nil || len(settings)%6 != 0 ||
		!hasToken(connection, "upgrade") || !hasToken(connection, "http2-settings") {
		return nil
	}
	u := &upgrade{settings: settings, fields: []hpack.HeaderField{
		{Name: ":method", Value: strings.Clone(r.Method)}, {Name: ":scheme", Value: "http"},
		{Name: ":path", Value: strings.Clone(r.Target)}, {Name: ":authority", Value: strings.Clone(r.In.Get("Host"))}}}
	for _, f := range r.In.Fields() {
		switch name := strings.ToLower(f.Name); name {
		case "host", "connection", "upgrade", "http2-settings", "keep-alive", "proxy-connection", "te", "transfer-encoding":
		default:
			u.fields = append(u.fields, hpack.HeaderField{Name: name, Value: strings.Clone(f.Value)})
		}
	}
	return u
}

const switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"

// serveHTTP2 is the rest of the life of a connection that speaks HTTP/2. first
// is what it was asked for by, if anything.
func (c *conn) serveHTTP2(first *upgrade) {
	if first != nil {
		if _, err := io.WriteString(c.nc, switching); err != nil {
			return
		}
	}
	nc := c.nc
	if c.x != nil && c.x.start < c.x.end {
		nc = &hijacked{Conn: nc, x: c.x}
	}
	s := newSession(c, nc)
	c.mu.Lock()
	c.session = s
	stop := c.srv.stop.Load()
	c.mu.Unlock()
	if !stop {
		s.serve(first)
	}
}
