package wire

import (
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"understudy/compat"
)

// Head makes the status line and the header (ap_http_header_filter). Date and
// Server come first, then the fields in order, those that survive errors
// before the others, then what this end of the connection decides.
func (o *output) Head(r *compat.Request, length int64) error {
	if o.started {
		return o.err
	}
	o.started = true
	o.length = length
	o.bodyless = r.HeaderOnly || headerOnly(r.Status)
	o.decide(r)
	if r.AssBackwards {
		return nil
	}
	b := append(o.room(), protocol(r)...)
	b = strconv.AppendInt(b, int64(r.Status), 10)
	b = append(append(append(b, ' '), reason(r)...), "\r\n"...)
	b = o.origin(b, r)
	b = o.each(b, r, &r.ErrOut)
	b = o.each(b, r, &r.Out)
	b = o.framing(b, r)
	b = appendContent(b, r)
	*o.buf = append(b, "\r\n"...)
	return nil
}

// headerOnly reports whether a status has no body and nothing to say of one.
func headerOnly(status int) bool { return status == 204 || status == 304 }

// protocol begins the status line (basic_http_header_check).
func protocol(r *compat.Request) string {
	if oldProtocol(r) && r.Env.Has("force-response-1.0") || r.Env.Has("force-no-vary") {
		return "HTTP/1.0 "
	}
	return "HTTP/1.1 "
}

func oldProtocol(r *compat.Request) bool {
	return r.ProtoNum < 1001 || r.Env.Has("downgrade-1.0") || r.Env.Has("force-no-vary")
}

// origin adds Date and Server.
func (o *output) origin(b []byte, r *compat.Request) []byte {
	return appendField(appendField(b, "Date", dateField(r)), "Server", serverField(r))
}

// dateField is the value of Date. A proxy passes on that of whom it asked.
func dateField(r *compat.Request) string {
	if r.Proxied {
		if date := r.Out.Get("Date"); date != "" {
			return date
		}
	}
	return dateOf(r.Start)
}

// serverField is the value of Server, as dateField that of Date.
func serverField(r *compat.Request) string {
	if r.Proxied {
		if server := r.Out.Get("Server"); server != "" {
			return server
		}
	}
	return r.Host.Build.Core.Banner
}

// each adds the fields of h that are not decided here. Content-Length, which is,
// has the place it was given.
func (o *output) each(b []byte, r *compat.Request, h *compat.Header) []byte {
	for _, f := range h.Fields() {
		switch {
		case !ours(f.Name, r):
			b = appendField(b, f.Name, f.Value)
		case len(f.Name) == len("Content-Length") && !o.measured && !headerOnly(r.Status):
			b, o.measured = o.appendLength(b, r), true
		}
	}
	return b
}

// ours reports whether a field has its own place in the header.
func ours(name string, r *compat.Request) bool {
	switch len(name) {
	case 4:
		return strings.EqualFold(name, "Date") ||
			r.Env.Has("force-no-vary") && strings.EqualFold(name, "Vary")
	case 6:
		return strings.EqualFold(name, "Server")
	case 10:
		return strings.EqualFold(name, "Connection") || strings.EqualFold(name, "Keep-Alive")
	case 12:
		return strings.EqualFold(name, "Content-Type")
	case 14:
		return strings.EqualFold(name, "Content-Length")
	case 16:
		return strings.EqualFold(name, "Content-Encoding")
	case 17:
		return strings.EqualFold(name, "Transfer-Encoding")
	}
	return false
}

func appendField(b []byte, name, value string) []byte {
	b = append(append(b, name...), ": "...)
	return append(appendValue(b, value), "\r\n"...)
}

// appendValue adds a value; what would end the line becomes a space, for
// whatever checked it before.
func appendValue(b []byte, v string) []byte {
	start := len(b)
	b = append(b, v...)
	if strings.IndexByte(v, '\n') < 0 && strings.IndexByte(v, '\r') < 0 {
		return b
	}
	for i := start; i < len(b); i++ {
		if b[i] == '\r' || b[i] == '\n' {
			b[i] = ' '
		}
	}
	return b
}

// framing adds what tells the client where the body ends, and whether the
// connection stays.
func (o *output) framing(b []byte, r *compat.Request) []byte {
	if !headerOnly(r.Status) && !o.measured {
		b = o.appendLength(b, r)
	}
	app := connectionField(r)
	closes := hasToken(app, "close")
	switch {
	case !o.keep && closes:
		b = appendField(b, "Connection", app)
	case !o.keep:
		b = appendConnection(b, app, "close")
	case o.keep && hasToken(r.In.Get("Connection"), "keep-alive"):
		b = o.appendKeepAlive(b, r)
		b = appendConnection(b, app, "Keep-Alive")
	case app != "":
		b = appendField(b, "Connection", app)
	}
	if o.chunked || r.HeaderOnly && o.length < 0 && r.Out.Get("Transfer-Encoding") == "chunked" && !oldProtocol(r) {
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	}
	return b
}

// appendLength adds Content-Length. That of a HEAD is what GET would have, if
// it is known, and never 0.
func (o *output) appendLength(b []byte, r *compat.Request) []byte {
	if r.HeaderOnly && o.length <= 0 {
		v := r.Out.Get("Content-Length")
		if v == "" || v == "0" {
			return b
		}
		return appendField(b, "Content-Length", v)
	}
	if o.length < 0 {
		return b
	}
	b = append(b, "Content-Length: "...)
	return append(strconv.AppendInt(b, o.length, 10), "\r\n"...)
}

func appendConnection(b []byte, app, word string) []byte {
	b = append(b, "Connection: "...)
	if app != "" {
		b = append(appendValue(b, app), ", "...)
	}
	return append(append(b, word...), "\r\n"...)
}

func (o *output) appendKeepAlive(b []byte, r *compat.Request) []byte {
	b = append(b, "Keep-Alive: timeout="...)
	b = strconv.AppendInt(b, int64(keepAliveTimeout(r.Host)/time.Second), 10)
	if max := maxKeepAlive(r.Host); max > 0 {
		b = append(b, ", max="...)
		b = strconv.AppendInt(b, int64(max-r.Conn.Keepalives), 10)
	}
	return append(b, "\r\n"...)
}

func connectionField(r *compat.Request) string {
	if v := r.ErrOut.Get("Connection"); v != "" {
		return v
	}
	return r.Out.Get("Connection")
}

// appendContent adds what describes the body, last as Apache does. Without a
// body an encoding is named only by the filter that would have made it.
func appendContent(b []byte, r *compat.Request) []byte {
	for i, name := range [...]string{"Content-Type", "Content-Encoding"} {
		if i == 0 && headerOnly(r.Status) {
			continue
		}
		if v := contentField(r, name); v != "" {
			b = appendField(b, name, v)
		}
	}
	return b
}

func contentField(r *compat.Request, name string) string {
	if v, ok := r.Out.Lookup(name); ok {
		return v
	}
	return r.ErrOut.Get(name)
}

func reason(r *compat.Request) string {
	if r.Reason != "" && contentChars.all(r.Reason) {
		if r.Reason == " " {
			return "" // An empty one, said on purpose.
		}
		return r.Reason
	}
	return Reason(r.Status)
}

// A stamp is a second and its Date.
type stamp struct {
	unix int64
	text string
}

var lastDate atomic.Pointer[stamp]

// dateOf writes a time for Date; it changes once a second.
func dateOf(t time.Time) string {
	unix := t.Unix()
	if s := lastDate.Load(); s != nil && s.unix == unix {
		return s.text
	}
	s := &stamp{unix, t.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}
	lastDate.Store(s)
	return s.text
}
