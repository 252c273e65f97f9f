package wire

import (
	"bytes"
	"strings"
	"unsafe"

	"understudy/compat"
)

// silent tells that the connection is closed without an answer.
const silent = -1

// Defaults of LimitRequestLine, LimitRequestFieldSize and LimitRequestFields.
const (
	defaultLine      = 8190
	defaultFieldSize = 8190
	defaultFields    = 100
	maxBlankLines    = 10 // before a request line (DEFAULT_LIMIT_BLANK_LINES)
)

// limits are what a request may not exceed.
type limits struct {
	line, fieldSize, fields int
	unsafe, only10          bool
	registered              bool
}

func limitsOf(h *compat.Host) limits {
	return limits{intOr(h.LimitLine, defaultLine), intOr(h.LimitFieldSize, defaultFieldSize),
		intOr(h.LimitFields, defaultFields), boolOr(h.Protocol.Unsafe), boolOr(h.Protocol.Require10),
		boolOr(h.Protocol.RegisteredMethods)}
}

func intOr(p *int, or int) int {
	if p == nil {
		return or
	}
	return *p
}

func boolOr(p *bool) bool { return p != nil && *p }

// A header is the reading of a request's head: line by line, as it arrives.
type header struct {
	limits limits
	blanks int
	lines  int  // complete ones, of the request
	ended  bool // by an empty line, or because HTTP/0.9 has no header
	// fields counts header lines; last is the field an obs-fold continues.
	fields int
	size   int // of the last field, with its continuations
}

// readHead reads up to the end of the header. It answers 0, the status of a
// request that cannot be served, or silent.
func (c *conn) readHead() int {
	c.head = header{limits: limitsOf(c.host)}
	scan := c.start
	for {
		i := bytes.IndexByte((*c.buf)[scan:c.end], '\n')
		if i < 0 {
			scan = c.end
			if status := c.head.partial(&c.req, c.end-c.start); status != 0 {
				return status
			}
			if err := c.fill(); err != nil {
				return c.interrupted(err)
			}
			continue
		}
		line := (*c.buf)[c.start : scan+i]
		c.start = scan + i + 1
		scan = c.start
		if status := c.head.add(&c.req, line); status != 0 {
			return status
		}
		if c.head.ended {
			return c.head.check(&c.req)
		}
	}
}

// interrupted is what becomes of a head whose rest does not come.
func (c *conn) interrupted(err error) int {
	if c.head.lines == 0 {
		return silent
	}
	if isTimeout(err) {
		return 408
	}
	return 400
}

// partial looks at the size of a line that is not complete.
func (h *header) partial(r *compat.Request, size int) int {
	if h.lines == 0 {
		if size > h.limits.line {
			return tooLongLine(r)
		}
		return 0
	}
	if size > h.limits.fieldSize {
		return tooLongField(r)
	}
	return 0
}

func tooLongLine(r *compat.Request) int {
	r.Notes.Set("line-too-long", "1")
	return 414
}

func tooLongField(r *compat.Request) int {
	r.Notes.Set("error-notes", "Size of a request header field exceeds server limit.")
	return 400
}

// text is b as a string that shares its memory, which stays as it is while the
// request is under way.
func text(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return unsafe.String(&b[0], len(b))
}

// add takes in a line without its LF.
func (h *header) add(r *compat.Request, line []byte) int {
	bare := true
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line, bare = line[:n-1], false
	}
	if h.lines == 0 {
		if len(line) == 0 && h.blanks < maxBlankLines {
			h.blanks++
			return 0
		}
		h.lines++
		if len(line) > h.limits.line {
			return tooLongLine(r)
		}
		return h.requestLine(r, line, bare)
	}
	h.lines++
	if bare && !h.limits.unsafe {
		return 400
	}
	if len(line) == 0 {
		h.ended = true
		return 0
	}
	return h.field(r, line)
}

// requestLine reads "METHOD target HTTP/1.1" (ap_parse_request_line).
func (h *header) requestLine(r *compat.Request, line []byte, bare bool) int {
	r.Line = text(line)
	method, rest, _ := strings.Cut(r.Line, " ")
	target, protocol, three := strings.Cut(rest, " ")
	r.Method, r.Target, r.Protocol, r.ProtoNum = method, target, protocol, 1000
	if h.limits.unsafe {
		words := strings.Fields(r.Line)
		if len(words) > 0 && len(words) <= 3 {
			r.Method, r.Target, protocol = words[0], "", ""
			if len(words) > 1 {
				r.Target = words[1]
			}
			if three = len(words) == 3; three {
				protocol = words[2]
			}
		}
	}
	if !three || protocol == "" {
		r.AssBackwards, r.Protocol, r.ProtoNum = true, "HTTP/0.9", 9
	} else if num, ok := protocolNumber(protocol, h.limits.unsafe); ok {
		r.ProtoNum = num
		r.Protocol = protocol
	} else {
		r.Protocol, r.ProtoNum = "HTTP/1.0", 1000
		return 400
	}
	if bare && !h.limits.unsafe {
		if r.AssBackwards {
			r.AssBackwards, r.Protocol, r.ProtoNum = false, "HTTP/1.0", 1000
		}
		return 400
	}
	r.HeaderOnly = r.Method == "HEAD"
	if !isToken(r.Method) || r.Target == "" || !validTarget(r.Target) {
		r.AssBackwards, r.Protocol, r.ProtoNum = false, "HTTP/1.0", 1000
		return 400
	}
	if r.AssBackwards {
		h.ended = true
		if h.limits.only10 || r.Method != "GET" {
			r.AssBackwards, r.Protocol, r.ProtoNum = false, "HTTP/1.0", 1000
			return 400
		}
	}
	return 0
}

// protocolNumber reads "HTTP/1.1"; 1000 times the major number and the minor.
func protocolNumber(p string, unsafe bool) (int, bool) {
	if len(p) != 8 || p[6] != '.' || !isDigit(p[5]) || !isDigit(p[7]) {
		return 0, false
	}
	if p[:5] != "HTTP/" && !(unsafe && strings.EqualFold(p[:5], "HTTP/")) {
		return 0, false
	}
	num := int(p[5]-'0')*1000 + int(p[7]-'0')
	return num, num >= 1000
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// validTarget refuses what no target may hold, and forms nobody answers.
func validTarget(t string) bool {
	for i := range len(t) {
		if c := t[i]; c <= ' ' || c == 0x7f || c == '#' {
			return false
		}
	}
	if t[0] == '/' || t == "*" {
		return true
	}
	return strings.Contains(t, "://") || strings.Contains(t, ":")
}

var tokenChars = func() (t [256]bool) {
	for c := range 256 {
		t[c] = c > ' ' && c < 0x7f && !strings.ContainsRune(`"(),/:;<=>?@[\]{}`, rune(c))
	}
	return t
}()

func isToken(s string) bool {
	for i := range len(s) {
		if !tokenChars[s[i]] {
			return false
		}
	}
	return s != ""
}

// field reads "Name: value", or the continuation of one
// (ap_get_mime_headers_core).
func (h *header) field(r *compat.Request, line []byte) int {
	if line[0] == ' ' || line[0] == '\t' {
		return h.fold(r, line)
	}
	if len(line) > h.limits.fieldSize {
		return tooLongField(r)
	}
	if h.fields++; h.limits.fields > 0 && h.fields > h.limits.fields {
		r.Notes.Set("error-notes", "The number of request header fields exceeds this server's limit.")
		return 400
	}
	h.size = len(line)
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 {
		return 400
	}
	name, value := line[:colon], bytes.Trim(line[colon+1:], " \t")
	if h.limits.unsafe {
		name = bytes.TrimRight(name, " \t")
	}
	if !isToken(text(name)) || !validValue(value) {
		return 400
	}
	r.In.Add(text(name), text(value))
	return 0
}

// fold joins a continuation to the last field with one space.
func (h *header) fold(r *compat.Request, line []byte) int {
	fields := r.In.Fields()
	if len(fields) == 0 {
		return 400
	}
	line = bytes.Trim(line, " \t")
	if h.size += len(line) + 1; h.size > h.limits.fieldSize {
		return tooLongField(r)
	}
	if !validValue(line) {
		return 400
	}
	last := &fields[len(fields)-1]
	if len(line) > 0 {
		last.Value = strings.TrimLeft(last.Value+" "+string(line), " ")
	}
	return 0
}

func validValue(v []byte) bool {
	for _, c := range v {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// check looks at the header as a whole: what may stand once only, and how the
// body is framed.
func (h *header) check(r *compat.Request) int {
	if r.AssBackwards {
		return 0
	}
	if h.limits.registered && !registeredMethods[r.Method] {
		return 501
	}
	mergeFields(&r.In)
	if v, ok := r.In.Lookup("Host"); ok {
		if n := count(&r.In, "Host"); n > 1 {
			return 400
		}
		if v == "" && r.ProtoNum >= 1001 {
			return 400
		}
	} else if r.ProtoNum >= 1001 {
		return 400
	}
	if expect, ok := r.In.Lookup("Expect"); ok && r.ProtoNum >= 1001 {
		if !strings.EqualFold(expect, "100-continue") {
			return 417
		}
		r.ExpectContinue = true
	}
	return 0
}

func count(h *compat.Header, name string) (n int) {
	for _, f := range h.Fields() {
		if strings.EqualFold(f.Name, name) {
			n++
		}
	}
	return n
}

// mergeFields joins fields of one name with ", ", as apr_table_compress does;
// those that must be alone are left for check to count.
func mergeFields(h *compat.Header) {
	fields := h.Fields()
	for i := 0; i < len(fields); i++ {
		for j := 0; j < i; j++ {
			if len(fields[i].Name) != len(fields[j].Name) || !strings.EqualFold(fields[i].Name, fields[j].Name) {
				continue
			}
			if strings.EqualFold(fields[i].Name, "Host") || strings.EqualFold(fields[i].Name, "Content-Length") {
				break
			}
			fields[j].Value += ", " + fields[i].Value
			h.Remove(i)
			fields = h.Fields()
			i--
			break
		}
	}
}

// registeredMethods are those HttpProtocolOptions RegisteredMethods lets pass.
var registeredMethods = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`GET HEAD PUT POST DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY
		MOVE LOCK UNLOCK VERSION-CONTROL CHECKOUT UNCHECKOUT CHECKIN UPDATE LABEL REPORT MKWORKSPACE MKACTIVITY
		BASELINE-CONTROL MERGE`) {
		m[w] = true
	}
	return m
}()
