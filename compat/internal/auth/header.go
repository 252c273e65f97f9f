package auth

import (
	"encoding/base64"
	"strings"

	"understudy/compat"
)

// Credentials are what r's client says of itself, to this server or to it as a
// forward proxy.
func Credentials(r *compat.Request) (line string, ok bool) {
	if r.Forward {
		return r.In.Lookup("Proxy-Authorization")
	}
	return r.In.Lookup("Authorization")
}

// ChallengeField is the name of the field that asks r's client who it is.
func ChallengeField(r *compat.Request) string {
	if r.Forward {
		return "Proxy-Authenticate"
	}
	return "WWW-Authenticate"
}

// DecodeBasic is the name and password in base64. It is lenient as
// ap_pbase64decode is: it ends at the first byte that is no base64, and at a NUL
// in what comes out.
func DecodeBasic(s string) string {
	end := strings.IndexFunc(s, func(c rune) bool {
		return !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '+' || c == '/')
	})
	if end >= 0 {
		s = s[:end]
	}
	if len(s)%4 == 1 {
		s = s[:len(s)-1]
	}
	b, _ := base64.RawStdEncoding.DecodeString(s)
	text, _, _ := strings.Cut(string(b), "\x00")
	return text
}
