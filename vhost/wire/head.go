package wire

import (
	"bytes"
	"strings"
	"unsafe"

	"understudy/compat"
)

// What readHead answers besides a status: the client went away before a
// request was there, or said nothing that could be answered until Timeout.
const (
	gone   = -1
	silent = -2
)

// Defaults of LimitRequestLine, LimitRequestFieldSize and LimitRequestFields,
// and what has no directive.
const (
	defaultLine      = 8190
	defaultFieldSize = 8190
	defaultFields    = 100
	maxBlankLines    = 10 // before a request line (DEFAULT_LIMIT_BLANK_LINES)
	maxHead          = 8 << 20
)

// limits are what a request may not exceed.
type limits struct {
	line, fieldSize, fields int
	strict, only10          bool
	registered              bool
}

func limitsOf(h *compat.Host) limits {
	return limits{intOr(h.LimitLine, defaultLine), intOr(h.LimitFieldSize, defaultFieldSize),
		intOr(h.LimitFields, defaultFields), !isSet(h.Protocol.Unsafe), isSet(h.Protocol.Require10),
		isSet(h.Protocol.RegisteredMethods)}
}

func intOr(p *int, or int) int {
	if p == nil {
		return or
	}
	return *p
}

func isSet(p *bool) bool { return p != nil && *p }

// A head is the reading of a request's first part: line by line, as it arrives.
type head struct {
	limits limits
	blanks int
	kept   bool // behind another request, where even a bare LF may stand before it
	begun  bool // the request line was read
	size   int  // of all lines
	fields fields
}

// readHead reads up to the end of the header. It answers 0, the status of a
// request that cannot be served, gone or silent.
func (x *exchange) readHead() int {
	x.head = head{limits: limitsOf(x.c.host), kept: x.c.info.Keepalives > 0}
	x.head.fields = fields{limits: &x.head.limits, to: &x.req.In, notes: &x.req.Notes}
	for {
		line, err := x.line(x.head.maxLine())
		x.headEnd = x.start
		if err != nil {
			return x.head.interrupted(&x.req, line, err)
		}
		ended, status := x.head.add(&x.req, line)
		if status != 0 {
			return status
		}
		if ended {
			return x.head.check(&x.req)
		}
	}
}

// line takes the next line, with its LF. At most max bytes of it are looked
// at, and what is there is returned with errTooLong.
func (x *exchange) line(max int) ([]byte, error) {
	for scanned := x.start; ; {
		if i := bytes.IndexByte(x.in[scanned:x.end], '\n'); i >= 0 {
			line := x.in[x.start : scanned+i+1]
			if len(line) > max {
				return line[:max], errTooLong
			}
			x.start += len(line)
			x.req.BytesIn += int64(len(line))
			return line, nil
		}
		pending := x.end - x.start
		if pending >= max {
			return x.in[x.start : x.start+max], errTooLong
		}
		if err := x.fill(); err != nil {
			return x.in[x.start:x.end], err
		}
		scanned = x.start + pending
	}
}

var errTooLong = compat.StatusError(413)

// maxLine is how long the next line may be with its end. The limits do not
// count that, and allow a byte more than they say (ap_rgetline_core).
func (h *head) maxLine() int {
	if h.begun {
		return h.limits.fieldSize + len("\r\n") + 1
	}
	return h.limits.line + len("\r\n") + 1
}

// interrupted is what becomes of a head whose rest does not come, or is too
// long.
func (h *head) interrupted(r *compat.Request, line []byte, err error) int {
	switch {
	case err == errTooLong && !h.begun:
		r.Line = text(line[:h.limits.line])
		http10(r)
		return 414
	case err == errTooLong:
		return tooLongField(&r.Notes)
	case isTimeout(err) && h.begun:
		return 408
	case isTimeout(err):
		if r.Conn.Keepalives > 0 {
			return gone
		}
		return silent
	case h.begun:
		return 400
	}
	return gone
}

// add takes in a line. ended tells that the head is complete.
func (h *head) add(r *compat.Request, line []byte) (ended bool, status int) {
	if h.size += len(line); h.size > maxHead {
		return false, tooManyFields(&r.Notes)
	}
	text, ok := h.limits.trim(line)
	if h.begun {
		if !ok {
			return false, 400
		}
		return len(text) == 0, h.fields.add(text)
	}
	if (ok || h.kept) && len(text) == 0 && (h.kept || h.blanks < maxBlankLines) {
		if h.blanks++; h.blanks > maxBlankLines {
			return false, gone
		}
		return false, 0
	}
	h.begun = true
	if !ok {
		return false, unfinishedLine(r, line)
	}
	return h.requestLine(r, text)
}

// trim takes the end off a line. In strict mode that is CRLF, and no NUL may
// be in the line.
func (l *limits) trim(line []byte) ([]byte, bool) {
	line = line[:len(line)-1]
	n := len(line)
	bare := n == 0 || line[n-1] != '\r'
	if !bare {
		line = line[:n-1]
	}
	return line, !(bare && l.strict) && bytes.IndexByte(line, 0) < 0
}

// unfinishedLine refuses a request line that ends in a bare LF or has a NUL.
func unfinishedLine(r *compat.Request, line []byte) int {
	if i := bytes.IndexByte(line, 0); i >= 0 {
		line = line[:i]
	}
	r.Line = text(line)
	http10(r)
	return 400
}

// text is b as a string that shares its memory, which stays as it is while the
// request is under way.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// check looks at the header as a whole (ap_read_request).
func (h *head) check(r *compat.Request) int {
	if status := h.fields.end(); status != 0 {
		return status
	}
	if status := checkFraming(&r.In); status != 0 {
		return status
	}
	if expect := r.In.Get("Expect"); expect != "" {
		if !strings.EqualFold(expect, "100-continue") {
			return 417
		}
		r.ExpectContinue = true
	}
	return 0
}

// checkFraming refuses what leaves in doubt where the body ends (RFC 9112,
// section 6.3).
func checkFraming(h *compat.Header) int {
	cl, hasLength := h.Lookup("Content-Length")
	if hasLength {
		if _, ok := parseLength(cl); !ok {
			return 400
		}
	}
	if te, ok := h.Lookup("Transfer-Encoding"); ok && !isChunked(te) {
		return 400
	}
	return 0
}

// isChunked reports whether the last coding of a list is chunked (ap_is_chunked:
// a comma and spaces may stand before it, no tab), and it is not there before.
func isChunked(codings string) bool {
	const chunked = "chunked"
	n := len(codings) - len(chunked)
	if n < 0 || !strings.EqualFold(codings[n:], chunked) {
		return false
	}
	before := strings.TrimRight(codings[:n], " ")
	return n == 0 || strings.HasSuffix(before, ",") && !hasToken(before, chunked)
}
