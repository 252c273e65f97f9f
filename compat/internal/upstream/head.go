package upstream

import (
	"strings"
	"sync"

	"understudy/apacheconf"
	"understudy/compat"
)

// A Head is what the header of a request to a worker depends on.
type Head struct {
	HTTP10   bool // force-proxy-request-1.0
	Continue bool // the worker is asked to say 100 Continue first
}

// headers are what AppendHead changes a copy of the client's in.
var headers = sync.Pool{New: func() any { return new(compat.Header) }}

// AppendHead adds request line and header as far as they do not depend on the
// body and the connection (ap_proxy_create_hdrbrgd). It answers 400 if there is
// no host to ask for.
func (c *Call) AppendHead(b []byte, o Head) ([]byte, compat.Status) {
	r := c.R
	h := headers.Get().(*compat.Header)
	defer func() {
		h.Reset()
		headers.Put(h)
	}()
	h.CopyFrom(&r.In)
	host := c.host(h)
	DropHopByHop(h)
	for _, name := range [...]string{"Transfer-Encoding", "Content-Length", "Keep-Alive", "Upgrade", "Trailer", "TE", "Host"} {
		h.Del(name)
	}
	c.via(h)
	if !o.Continue {
		h.Del("Expect")
	} else if !HasToken(h.Get("Expect"), "100-continue") {
		h.Merge("Expect", "100-Continue")
	}
	c.forwarded(h)
	c.credentials(h)
	if r.Main != nil {
		for _, name := range [...]string{"If-Match", "If-Modified-Since", "If-Range", "If-Unmodified-Since", "If-None-Match"} {
			h.Del(name)
		}
	}
	b = append(append(append(b, r.Method...), ' '), c.Target...)
	if o.HTTP10 {
		b = append(b, " HTTP/1.0\r\n"...)
	} else {
		b = append(b, " HTTP/1.1\r\n"...)
	}
	b = AppendField(b, "Host", host)
	for _, f := range h.Fields() {
		b = AppendField(b, f.Name, f.Value)
	}
	return b, compat.OK
}

// host is the Host field: the worker's own, or the client's.
func (c *Call) host(h *compat.Header) string {
	if !c.Dir.PreservesHost() {
		return c.hostField
	}
	if host, ok := h.Lookup("Host"); ok {
		return host
	}
	c.R.Logf("proxy", compat.LevelWarn, nil, "AH01092: no HTTP 0.9 request (with no host line) on incoming request and "+
		"preserve host set forcing hostname to be %s for uri %s", c.R.Host.Name, c.R.Path)
	return c.R.Host.Name
}

// AppendField adds a field. What would end the line becomes a blank, whatever
// made it.
func AppendField(b []byte, name, value string) []byte {
	b = appendClean(b, name)
	b = append(b, ": "...)
	return append(appendClean(b, value), "\r\n"...)
}

func appendClean(b []byte, s string) []byte {
	start := len(b)
	b = append(b, s...)
	for i := start; i < len(b); i++ {
		if b[i] == '\r' || b[i] == '\n' || b[i] == 0 {
			b[i] = ' '
		}
	}
	return b
}

// DropHopByHop removes Connection and what it lists (ap_proxy_clear_connection).
// It reports whether the sender is going to close.
func DropHopByHop(h *compat.Header) (closes bool) {
	h.Del("Proxy-Connection")
	if !h.Has("Connection") {
		return false
	}
	list := h.Joined("Connection")
	h.Del("Connection")
	for name := range strings.FieldsFuncSeq(list, func(c rune) bool { return strings.ContainsRune(",; \t", c) }) {
		closes = closes || strings.EqualFold(name, "close")
		h.Del(name)
	}
	return closes
}

// ViaText is what this server says of itself in Via.
func (c *Call) ViaText() string {
	r := c.R
	name := compat.ServerName(r)
	if r.Scope.Core.CanonicalName != "on" {
		name = r.Host.Name
	}
	text := itoa(r.ProtoNum/1000) + "." + itoa(r.ProtoNum%1000) + " " + name + c.PortText
	if c.Server.Via == ViaFull {
		text += " (Apache/" + apacheconf.Version + ")"
	}
	return text
}

func (c *Call) via(h *compat.Header) {
	switch c.Server.Via {
	case ViaBlock:
		h.Del("Via")
	case ViaOn, ViaFull:
		h.Merge("Via", c.ViaText())
	}
}

// forwarded tells the worker of the client, unless the client chose us as its
// proxy: who asks is nobody's business then.
func (c *Call) forwarded(h *compat.Header) {
	r := c.R
	if r.Forward || !unset(c.Dir.AddHeaders) {
		return
	}
	h.Merge("X-Forwarded-For", compat.ClientAddr(r))
	if host, ok := r.In.Lookup("Host"); ok {
		h.Merge("X-Forwarded-Host", host)
	}
	h.Merge("X-Forwarded-Server", r.Host.Name)
}

func (c *Call) credentials(h *compat.Header) {
	r := c.R
	if (r.HasUser || r.User != "") && !r.Env.Has("Proxy-Chain-Auth") {
		h.Del("Proxy-Authorization")
	}
	if c.Remote != nil && c.Remote.Credentials != "" {
		h.Merge("Proxy-Authorization", c.Remote.Credentials)
	}
}
