package wire

import (
	"strings"

	"understudy/compat"
)

// requestLine reads "METHOD target HTTP/1.1" (ap_parse_request_line). What can
// be read is kept of a line that is refused, for the log. ended tells that no
// header follows.
func (h *head) requestLine(r *compat.Request, line []byte) (ended bool, status int) {
	ok := h.split(r, text(line))
	protocol := r.Protocol
	num, known := protocolNumber(protocol, h.limits.strict)
	switch {
	case known:
		r.ProtoNum = num
		if protocol[:4] != "HTTP" {
			r.Protocol = "HTTP" + protocol[4:]
		}
	case protocol == "":
		r.AssBackwards, r.Protocol, r.ProtoNum = true, "HTTP/0.9", 9
		ok = ok && !h.limits.only10 && (r.Method == "GET" || !h.limits.strict)
	default:
		r.ProtoNum, ok = 9, false
	}
	r.HeaderOnly = r.Method == "HEAD" && !r.AssBackwards
	if !ok {
		return false, refuseLine(r, 400)
	}
	if h.limits.registered && !registered(r) {
		return false, 501
	}
	if !validTarget(r, h.limits.strict) {
		return false, refuseLine(r, 400)
	}
	return r.AssBackwards, 0
}

// refuseLine makes the answer to a bad line one with a header: it was hardly
// HTTP/0.9.
func refuseLine(r *compat.Request, status int) int {
	if r.ProtoNum < 1000 {
		http10(r)
	}
	return status
}

func http10(r *compat.Request) {
	r.AssBackwards, r.Protocol, r.ProtoNum = false, "HTTP/1.0", 1000
	r.HeaderOnly = r.Method == "HEAD"
}

// split takes the three parts of a line. In strict mode there is one space
// between them and nothing else, in the other some.
func (h *head) split(r *compat.Request, line string) bool {
	strict := h.limits.strict
	rest := strings.TrimLeft(line, whitespace)
	ok := len(rest) == len(line)
	var afterMethod, afterTarget, atEnd bool
	r.Method, rest, afterMethod = part(rest, strict)
	r.Target, rest, afterTarget = part(rest, strict)
	r.Protocol, atEnd = lastPart(rest, strict)
	r.Line = line
	if len(line) != len(r.Method)+1+len(r.Target)+1+len(r.Protocol) {
		r.Line = joined(r)
	}
	valid := isVisible
	if strict {
		valid = isToken
	}
	return ok && afterMethod && afterTarget && atEnd && valid(r.Method) && isVisible(r.Target)
}

// joined is the line as it should have been.
func joined(r *compat.Request) string {
	line := r.Method
	if r.Target != "" {
		line += " " + r.Target
	}
	if r.Protocol != "" {
		line += " " + r.Protocol
	}
	return line
}

const whitespace = " \t\n\v\f\r"

// part cuts s behind its first word and the white space that follows, which
// must be spaces, and a single one in strict mode.
func part(s string, strict bool) (word, rest string, ok bool) {
	i := spaceChars.index(s)
	if i < 0 {
		return s, "", true
	}
	rest = strings.TrimLeft(s[i:], whitespace)
	gap := s[i : len(s)-len(rest)]
	return s[:i], rest, strings.Trim(gap, " ") == "" && (len(gap) == 1 || !strict)
}

// lastPart is part for the last word, behind which strict mode has nothing.
func lastPart(s string, strict bool) (word string, ok bool) {
	i := spaceChars.index(s)
	if i < 0 {
		return s, true
	}
	return s[:i], !strict && strings.Trim(s[i:], " ") == ""
}

// protocolNumber reads "HTTP/1.1"; 1000 times the major number and the minor.
func protocolNumber(p string, strict bool) (int, bool) {
	if len(p) != 8 || p[4] != '/' || p[6] != '.' || !isDigit(p[5]) || !isDigit(p[7]) || p[5] == '0' {
		return 0, false
	}
	if p[:4] != "HTTP" && (strict || !strings.EqualFold(p[:4], "HTTP")) {
		return 0, false
	}
	return int(p[5]-'0')*1000 + int(p[7]-'0'), true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// A charSet marks bytes.
type charSet [256]bool

func (t *charSet) all(s string) bool {
	for i := range len(s) {
		if !t[s[i]] {
			return false
		}
	}
	return s != ""
}

// index is where the first marked byte of s is, -1 if there is none.
func (t *charSet) index(s string) int {
	for i := range len(s) {
		if t[s[i]] {
			return i
		}
	}
	return -1
}

func chars(in func(byte) bool) (t charSet) {
	for c := range 256 {
		t[c] = in(byte(c))
	}
	return t
}

var (
	tokenChars = chars(func(c byte) bool {
		return c > ' ' && c < 0x7f && !strings.ContainsRune(`"(),/:;<=>?@[\]{}`, rune(c))
	})
	spaceChars   = chars(func(c byte) bool { return strings.IndexByte(whitespace, c) >= 0 })
	visibleChars = chars(func(c byte) bool { return c > ' ' && c != 0x7f })
	contentChars = chars(func(c byte) bool { return c >= ' ' && c != 0x7f || c == '\t' })
)

func isToken(s string) bool   { return tokenChars.all(s) }
func isVisible(s string) bool { return visibleChars.all(s) }

// registered reports whether HttpProtocolOptions RegisteredMethods lets the
// method of r pass.
func registered(r *compat.Request) bool {
	if r.Host == nil {
		return (*compat.Build)(nil).KnowsMethod(r.Method)
	}
	return r.Host.Build.KnowsMethod(r.Method)
}
