package compat

import "strings"

// escapeTable marks bytes in a set, for loops that look at every byte.
type escapeTable [256]bool

var (
	pathUnsafe = escaped(func(c byte) bool {
		return !alphanumeric(c) && !strings.ContainsRune("$-_.+!*'(),:;@&=/~", rune(c))
	})
	segmentUnsafe = escaped(func(c byte) bool {
		return !alphanumeric(c) && !strings.ContainsRune("$-_.+!*'(),:@&=~", rune(c))
	})
	logUnsafe = escaped(func(c byte) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' })
)

func escaped(unsafe func(byte) bool) (t escapeTable) {
	for i := range t {
		t[i] = unsafe(byte(i))
	}
	return t
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

const HexDigits = "0123456789abcdef"

// EscapePath writes a decoded path as it stands in a URL: %xx, in lower case,
// for what may not (ap_escape_uri).
func EscapePath(path string) string { return pathUnsafe.percent(path) }

// EscapeSegment is EscapePath for one part of a path (ap_escape_path_segment).
func EscapeSegment(name string) string { return segmentUnsafe.percent(name) }

// EscapeRelative is EscapePath for a path that stands as a link of its own: a
// colon in its first part must not make it a scheme (ap_os_escape_path).
func EscapeRelative(path string) string {
	first, _, _ := strings.Cut(path, "/")
	if strings.IndexByte(first, ':') >= 0 {
		return "./" + EscapePath(path)
	}
	return EscapePath(path)
}

// percent writes the bytes of t in s as %xx, in lower case.
func (t *escapeTable) percent(s string) string {
	n := 0
	for i := 0; i < len(s); i++ {
		if t[s[i]] {
			n++
		}
	}
	if n == 0 {
		return s
	}
	b := make([]byte, 0, len(s)+2*n)
	for i := 0; i < len(s); i++ {
		if c := s[i]; t[c] {
			b = append(b, '%', HexDigits[c>>4], HexDigits[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

var htmlReplacer = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// EscapeHTML writes s as text or a quoted attribute of HTML (ap_escape_html).
func EscapeHTML(s string) string { return htmlReplacer.Replace(s) }

// AppendLogItem appends s to dst with quotes, backslashes, control characters
// and bytes beyond ASCII escaped, as logs show them (ap_escape_logitem).
func AppendLogItem(dst []byte, s string) []byte { return appendLogItem(dst, s, true) }

// AppendErrorLogItem appends s to dst as error logs show it: as
// [AppendLogItem], but quotes stay what they are (ap_escape_errorlog_item).
func AppendErrorLogItem(dst []byte, s string) []byte { return appendLogItem(dst, s, false) }

func appendLogItem(dst []byte, s string, quotes bool) []byte {
	start := 0
	for i := 0; i < len(s); i++ {
		if !logUnsafe[s[i]] || s[i] == '"' && !quotes {
			continue
		}
		dst = append(append(dst, s[start:i]...), '\\')
		dst = appendLogByte(dst, s[i])
		start = i + 1
	}
	return append(dst, s[start:]...)
}

func appendLogByte(dst []byte, c byte) []byte {
	switch c {
	case '\b':
		return append(dst, 'b')
	case '\n':
		return append(dst, 'n')
	case '\r':
		return append(dst, 'r')
	case '\t':
		return append(dst, 't')
	case '\v':
		return append(dst, 'v')
	case '\\', '"':
		return append(dst, c)
	}
	return append(dst, 'x', HexDigits[c>>4], HexDigits[c&15])
}

// Unescape decodes %xx, and leaves what is none as it is (ap_unescape_url). The
// text ends at a %00, as one of C does.
func Unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, ok := Unhex(s[i+1], s[i+2]); ok {
				if c == 0 {
					return b.String()
				}
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Unhex is the byte of two hexadecimal digits; ok tells whether both are.
func Unhex(high, low byte) (c byte, ok bool) {
	x, ok := HexDigit(high)
	y, also := HexDigit(low)
	return x<<4 | y, ok && also
}

// HexDigit is the value of a hexadecimal digit; ok tells whether c is one.
func HexDigit(c byte) (v byte, ok bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// IsURL reports whether s begins with a scheme and a colon (ap_is_url).
func IsURL(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == ':' {
			return i > 0
		}
		if c := s[i]; !alphanumeric(c) && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return false
}
