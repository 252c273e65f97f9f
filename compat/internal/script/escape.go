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
