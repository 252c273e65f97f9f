package proxyajp

import (
	"encoding/binary"
	"errors"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// The kinds of messages.
const (
	messageForward = 2
	messageBody    = 3
	messageHeaders = 4
	messageEnd     = 5
	messageGetBody = 6
	messagePong    = 9
	messagePing    = 10
)

// maxPacket is how much a packet holds with its header, and maxData how much of a
// body goes into one (AJP_MAX_BUFFER_SZ).
const (
	maxPacket = 8192
	maxData   = maxPacket - 6
)

// The attributes of a request.
const (
	attributeUser     = 3
	attributeAuthType = 4
	attributeQuery    = 5
	attributeRoute    = 6
	attributeOther    = 10
	attributeSecret   = 12
	attributeMethod   = 13
	attributesEnd     = 255
)

// methods are those that have a number.
var methods = map[string]byte{"OPTIONS": 1, "GET": 2, "HEAD": 3, "POST": 4, "PUT": 5, "DELETE": 6, "TRACE": 7,
	"PROPFIND": 8, "PROPPATCH": 9, "MKCOL": 10, "COPY": 11, "MOVE": 12, "LOCK": 13, "UNLOCK": 14, "ACL": 15, "REPORT": 16,
	"VERSION-CONTROL": 17, "CHECKIN": 18, "CHECKOUT": 19, "UNCHECKOUT": 20, "SEARCH": 21, "MKWORKSPACE": 22, "UPDATE": 23,
	"LABEL": 24, "MERGE": 25, "BASELINE-CONTROL": 26, "MKACTIVITY": 27}

// requestFields and answerFields are the names of fields that have a number.
var (
	requestFields = map[string]uint16{"accept": 0xA001, "accept-charset": 0xA002, "accept-encoding": 0xA003,
		"accept-language": 0xA004, "authorization": 0xA005, "connection": 0xA006, "content-type": 0xA007,
		"content-length": 0xA008, "cookie": 0xA009, "cookie2": 0xA00A, "host": 0xA00B, "pragma": 0xA00C,
		"referer": 0xA00D, "user-agent": 0xA00E}
	answerFields = [...]string{1: "Content-Type", "Content-Language", "Content-Length", "Date", "Last-Modified", "Location",
		"Set-Cookie", "Set-Cookie2", "Servlet-Engine", "Status", "WWW-Authenticate"}
)

// A packet is a message while it is written.
type packet []byte

func (p *packet) byte(b byte)     { *p = append(*p, b) }
func (p *packet) number(n uint16) { *p = binary.BigEndian.AppendUint16(*p, n) }

func (p *packet) text(s string) {
	p.number(uint16(min(len(s), maxPacket)))
	*p = append(append(*p, s...), 0)
}

// finish sets the length; false: it does not fit.
func (p packet) finish() bool {
	if len(p) > maxPacket {
		return false
	}
	binary.BigEndian.PutUint16(p[2:], uint16(len(p)-4))
	return true
}

// forward is the message for the request (ajp_marshal_into_msgb).
func (e *exchange) forward() (packet, bool) {
	r, c := e.r, e.c
	p := packet{0x12, 0x34, 0, 0, messageForward}
	method, known := methods[r.Method]
	if !known {
		method = 0xff
	}
	p.byte(method)
	p.text(r.Protocol)
	path, query, hasQuery := strings.Cut(c.Target, "?")
	p.text(path)
	p.text(compat.ClientAddr(r))
	p.text(compat.RemoteHost(r))
	p.text(compat.ServerName(r))
	p.number(uint16(compat.ServerPort(r)))
	secure := byte(0)
	if compat.Scheme(r) == "https" {
		secure = 1
	}
	p.byte(secure)
	fields := e.fields()
	p.number(uint16(fields.Len()))
	for _, f := range fields.Fields() {
		if n, ok := requestFields[strings.ToLower(f.Name)]; ok {
			p.number(n)
		} else {
			p.text(f.Name)
		}
		p.text(f.Value)
	}
	attribute := func(kind byte, value string) {
		if value != "" {
			p.byte(kind)
			p.text(value)
		}
	}
	attribute(attributeSecret, c.Worker.Secret)
	attribute(attributeUser, r.User)
	attribute(attributeAuthType, r.AuthType)
	if hasQuery {
		p.byte(attributeQuery)
		p.text(query)
	}
	attribute(attributeRoute, c.Worker.Route)
	if !known {
		attribute(attributeMethod, r.Method)
	}
	other := func(name, value string) {
		p.byte(attributeOther)
		p.text(name)
		p.text(value)
	}
	other("AJP_REMOTE_PORT", itoa(int(r.RemoteAddr.Port())))
	other("AJP_LOCAL_ADDR", r.Conn.Local.Addr().Unmap().String())
	for _, v := range r.Env.All() {
		if name, ok := strings.CutPrefix(v.Name, "AJP_"); ok {
			other(name, v.Value)
		}
	}
	p.byte(attributesEnd)
	return p, p.finish()
}

// fields are those of the request that go to the worker.
func (e *exchange) fields() *compat.Header {
	var h compat.Header
	h.CopyFrom(&e.r.In)
	upstream.DropHopByHop(&h)
	h.Del("Transfer-Encoding")
	h.Del("Expect")
	h.Del("Content-Length")
	if e.c.Body.Has && e.c.Body.Length >= 0 {
		h.Set("Content-Length", itoa64(e.c.Body.Length))
	}
	return &h
}

// A reader takes a message apart. After an error everything is empty.
type reader struct {
	b   []byte
	err error
}

var errMessage = errors.New("(22)Invalid argument")

func (d *reader) number() int {
	if len(d.b) < 2 {
		d.b, d.err = nil, errMessage
		return 0
	}
	n := int(binary.BigEndian.Uint16(d.b))
	d.b = d.b[2:]
	return n
}

func (d *reader) text() string {
	n := d.number()
	if n == 0xffff {
		return ""
	}
	if len(d.b) < n+1 {
		d.b, d.err = nil, errMessage
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n+1:]
	return s
}

// headers is the header of an answer (ajp_unmarshal_response).
func (d *reader) headers() (status int, reason string, fields compat.Header) {
	status, reason = d.number(), d.text()
	for n := d.number(); n > 0 && d.err == nil; n-- {
		name := ""
		if len(d.b) >= 2 && d.b[0] == 0xA0 {
			if i := d.number() & 0xff; i > 0 && i < len(answerFields) {
				name = answerFields[i]
			} else {
				d.err = errMessage
			}
		} else {
			name = d.text()
		}
		value := d.text()
		if d.err == nil && (name == "" || strings.ContainsAny(name, " :\r\n\x00") || strings.ContainsAny(value, "\r\n\x00")) {
			d.err = errMessage
		}
		fields.Add(name, value)
	}
	if status < 100 || status > 999 {
		d.err = errMessage
	}
	return status, reason, fields
}
