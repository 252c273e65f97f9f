package proxyhttp

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Bounds on what a worker may say before the body.
const (
	fieldSize  = 8192      // of a line, where responsefieldsize= says nothing
	maxFields  = 1000      // of a header
	maxHeader  = 512 << 10 // bytes of a header
	maxInterim = 10        // answers before the answer
)

// A reply is status line and header of a worker's answer.
type reply struct {
	status   int
	reason   string
	minor    int    // of the protocol version, whose major is 1
	old      []byte // HTTP/0.9: the first line of the body
	isOld    bool   // HTTP/0.9
	preread  bool   // a line of the body was taken for one of the header, and is lost
	fields   compat.Header
	te       string
	hasTE    bool
	length   int64 // -1: not said
	upgrade  string
	closes   bool
	bodyless bool

	text []byte // names and values of fields, while they are read
	ends []end  // of those
}

// An end is where in the text of a reply the name and the value of a field end.
type end struct{ name, value int }

// maxText is the size of texts that are not used again.
const maxText = 16 << 10

// reset makes p one to be read. It keeps memory.
func (p *reply) reset() {
	fields, text, ends := p.fields, p.text[:0], p.ends[:0]
	if cap(text) > maxText {
		text, ends = nil, nil
	}
	fields.Reset()
	*p = reply{length: -1, fields: fields, text: text, ends: ends}
}

// begin begins a field.
func (p *reply) begin(name, value []byte) {
	p.text = append(p.text, name...)
	n := len(p.text)
	p.text = append(p.text, value...)
	p.ends = append(p.ends, end{n, len(p.text)})
}

// goOn adds a further line to the last field, and returns how long its value is
// then.
func (p *reply) goOn(line []byte) int {
	p.text = append(append(p.text, ' '), bytes.Trim(line, " \t")...)
	last := &p.ends[len(p.ends)-1]
	last.value = len(p.text)
	return last.value - last.name
}

// settle makes the header of what was read: one string, which is all it costs.
func (p *reply) settle() {
	text, start := string(p.text), 0
	for _, end := range p.ends {
		p.fields.Add(text[start:end.name], strings.Trim(text[end.name:end.value], " \t\r\n\v\f"))
		start = end.value
	}
}

// answer reads answers until the last one, and passes them on. again tells that
// the request should be sent once more: nothing came back.
func (e *exchange) answer() (status compat.Status, again bool) {
	c := e.c
	if e.waits && c.Worker.Ping > 0 {
		c.Conn.SetTimeout(c.Worker.Ping)
	}
	_, normal := c.Timeouts()
	waits := e.waits
	for first := true; ; first = false {
		p := &e.reply
		p.reset()
		err := e.readReply(p)
		if err != nil {
			if first && e.reused && e.repeatable() && (err == errNothing || isReset(err)) && len(c.Conn.Buffered()) == 0 {
				return compat.OK, true
			}
			return e.noReply(err, waits), false
		}
		if status := e.check(p); status != compat.OK {
			return status, false
		}
		interim := p.status < 200 && p.status != 101
		if interim {
			if e.interim++; e.interim >= maxInterim {
				return e.bad("Too many (10) interim responses from origin server"), false
			}
			e.passInterim(p)
		}
		if waits && (!interim || p.status == 100) {
			waits = false
			c.Conn.SetTimeout(normal)
			if p.status == 100 || !p.closes && p.minor > 0 {
				if status := e.sendLate(); status != compat.OK {
					return status, false
				}
			}
		}
		switch {
		case interim:
		case p.status == 101:
			return e.tunnel(p), false
		default:
			return e.pass(p), false
		}
	}
}

// sendLate sends the body after the worker was asked whether it wants it.
func (e *exchange) sendLate() compat.Status {
	err := e.send(nil)
	var lost *upstream.SendError
	switch {
	case err == nil, errors.As(err, &lost):
		return compat.OK
	}
	return e.clientFailed(err)
}

var errNothing = errors.New("nothing was answered")

func isReset(err error) bool {
	return !upstream.IsTimeout(err) && (errors.Is(err, io.EOF) || strings.Contains(err.Error(), "reset"))
}

// readReply reads a status line and a header.
func (e *exchange) readReply(p *reply) error {
	k := e.c.Conn
	limit := e.fieldSize()
	line, err := k.ReadLine(limit)
	if err == nil && len(line) == 0 {
		line, err = k.ReadLine(limit) // One stray line end is forgiven.
	}
	if err == io.EOF && len(k.Buffered()) > 0 {
		// An HTTP/0.9 answer of one line that does not end.
		line, err = bytes.Clone(k.Buffered()), nil
		k.Skip(len(line))
	}
	if err == io.EOF || err == nil && len(line) == 0 {
		return errNothing
	}
	if err != nil && err != upstream.ErrTooLong {
		return err
	}
	if err == upstream.ErrTooLong {
		return errStatusLine
	}
	if !p.statusLine(line) {
		p.isOld, p.status, p.reason, p.closes = true, 200, "OK", true
		p.old = bytes.Clone(line)
		return nil
	}
	if p.minor < 0 {
		return &statusLineError{string(line)}
	}
	return e.readFields(p)
}

func (e *exchange) fieldSize() int {
	if n := e.c.Worker.ResponseFieldSize; n > 0 {
		return n
	}
	return fieldSize
}

// A statusLineError is a status line of a protocol that is not ours.
type statusLineError struct{ line string }

func (e *statusLineError) Error() string {
	return "Corrupt status line returned by remote server: " + e.line
}

var errStatusLine = &statusLineError{"(too long)"}

// statusLine reads "HTTP/1.1 200 OK". It reports whether it looks like one; a
// minor of -1 is one of another protocol.
func (p *reply) statusLine(s []byte) bool {
	if len(s) < 12 || string(s[:5]) != "HTTP/" || !digit(s[5]) || s[6] != '.' || !digit(s[7]) || s[8] != ' ' ||
		!digit(s[9]) || !digit(s[10]) || !digit(s[11]) || len(s) > 12 && digit(s[12]) {
		return false
	}
	p.minor = int(s[7] - '0')
	if s[5] != '1' {
		p.minor = -1
	}
	p.status = int(s[9]-'0')*100 + int(s[10]-'0')*10 + int(s[11]-'0')
	reason := bytes.Trim(s[12:], " \t")
	switch standard := compat.Reason(p.status); {
	case len(reason) == 0:
		p.reason = " "
	case string(reason) == standard:
		p.reason = standard
	default:
		p.reason = string(reason)
	}
	return true
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// errHeader is the error for a header that is none.
var errHeader = errors.New("bad header")

// readFields reads the header (ap_proxy_read_headers). Lines that go on on the
// next are joined.
func (e *exchange) readFields(p *reply) error {
	k, limit := e.c.Conn, e.fieldSize()
	total, open := 0, false
	defer p.settle()
	for range maxFields {
		line, err := k.ReadLine(limit)
		if err != nil {
			if err == upstream.ErrTooLong {
				e.r.Logf("proxy_http", compat.LevelWarn, nil, "AH10124: header size is over the limit allowed by "+
					"ResponseFieldSize (%d bytes).", limit)
			} else {
				e.r.Logf("proxy_http", compat.LevelWarn, upstream.LogError(err), "AH10404: Error reading headers from backend")
			}
			return errHeader
		}
		if total += len(line); total > maxHeader || bytes.IndexByte(line, 0) >= 0 {
			return errHeader
		}
		if len(line) == 0 {
			return nil
		}
		if (line[0] == ' ' || line[0] == '\t') && open {
			if p.goOn(line) > limit {
				return errHeader
			}
			continue
		}
		i := bytes.IndexByte(line, ':')
		if open = i > 0; open {
			p.begin(line[:i], line[i+1:])
			continue
		}
		over, err := e.badLine(p, line)
		if over || err != nil {
			return err
		}
	}
	return errHeader
}

// badLine sees to a line of the header that is no field, as ProxyBadHeader
// says. over tells that the body has begun.
func (e *exchange) badLine(p *reply, line []byte) (over bool, err error) {
	var again reply
	if again.statusLine(line) {
		return false, nil // A second status line is forgiven.
	}
	switch r := e.r; e.c.Server.BadHeader {
	case upstream.BadIgnore:
		r.Logf("proxy_http", compat.LevelWarn, nil, "AH01100: Ignoring bogus HTTP header returned by %s (%s)", r.Path, r.Method)
		return false, nil
	case upstream.BadStartBody:
		if len(p.ends) == 0 {
			r.Logf("proxy_http", compat.LevelWarn, nil, "AH01099: No HTTP headers returned by %s (%s)", r.Path, r.Method)
			return true, nil
		}
		r.Logf("proxy_http", compat.LevelWarn, nil, "AH01098: Starting body due to bogus non-header in headers returned by %s (%s)",
			r.Path, r.Method)
		p.preread = true
		return true, nil
	}
	return true, errHeader
}

// noReply answers where no answer could be read.
func (e *exchange) noReply(err error, waits bool) compat.Status {
	c, r := e.c, e.r
	var line *statusLineError
	switch {
	case errors.As(err, &line):
		return e.bad(line.Error())
	case err == errHeader:
		r.Logf("proxy_http", compat.LevelWarn, nil, "AH01106: bad HTTP/1.1 header returned by %s (%s)", r.Path, r.Method)
		keepCookies(&r.Out)
		return 502
	}
	if e.sendError != nil {
		e.c.Errorf("proxy", e.sendError, "AH01084: pass request body failed to %s (%s)", c.Conn.Remote(), c.Host)
	}
	said := upstream.LogError(err)
	if err == errNothing {
		said = upstream.ErrGeneral
	}
	c.Errorf("proxy_http", said, "AH01102: error reading status line from remote server %s:%d", c.Host, c.Port)
	timeout := upstream.IsTimeout(err)
	if timeout {
		r.Notes.Set("proxy_timedout", "1")
		if waits {
			return upstream.ProxyError(r, 503, nil, "Timeout on 100-Continue")
		}
	}
	if !r.Forward && r.Conn.Keepalives > 0 && !timeout && r.IsInitial() {
		// The client used the connection before, and asks again if it is closed.
		c.Conn.Spent = true
		r.Status, r.KeepAlive, r.Aborted = 502, false, true
		return compat.Done
	}
	return e.bad("Error reading from remote server")
}

// bad answers 502 and says why.
func (e *exchange) bad(why string) compat.Status {
	return upstream.ProxyError(e.r, 502, nil, why)
}

// keepCookies removes all fields but cookies: those that others have set go out
// whatever a worker says.
func keepCookies(h *compat.Header) {
	cookies := h.Values("Set-Cookie")
	h.Reset()
	for _, v := range cookies {
		h.Add("Set-Cookie", v)
	}
}
