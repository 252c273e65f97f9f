package script

import (
	"strings"
)

// EscapeShell puts backslashes before what a shell would read otherwise
// (ap_escape_shell_cmd).
func EscapeShell(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte("&;`'\"|*?~<>^()[]{}$\\\n", s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
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
			hi, ok := digit(s[i+1])
			lo, also := digit(s[i+2])
			if ok && also {
				if c := hi<<4 | lo; c != 0 {
					b.WriteByte(c)
					i += 2
					continue
				}
				return b.String()
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func digit(c byte) (byte, bool) {
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
