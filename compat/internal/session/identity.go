package session

import (
	"strconv"
	"strings"
	"time"
)

// expiryKey is the entry that says when a session ends, in microseconds.
const expiryKey = "expiry"

// Text writes z as key=value pairs with & between (session_identity_encode).
func (z *Session) Text() string {
	if !z.Expiry.IsZero() {
		z.Entries.Set(expiryKey, strconv.FormatInt(z.Expiry.UnixMicro(), 10))
	}
	var b strings.Builder
	for _, f := range z.Entries.Fields() {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		escape(&b, f.Name)
		b.WriteByte('=')
		escape(&b, f.Value)
	}
	return b.String()
}

// escape writes s as forms do (ap_escape_urlencoded).
func escape(b *strings.Builder, s string) {
	const hex = "0123456789abcdef"
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte(".-*_", c) >= 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
}

// unescape reads what escape wrote; ok is false where s is nothing of the kind
// (ap_unescape_urlencoded).
func unescape(s string) (text string, ok bool) {
	if !strings.ContainsAny(s, "%+") {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b = append(b, ' ')
		case c != '%':
			b = append(b, c)
		default:
			if i+2 >= len(s) {
				return "", false
			}
			n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil || n == 0 {
				return "", false
			}
			b = append(b, byte(n))
			i += 2
		}
	}
	return string(b), true
}

// Read fills z with the pairs of z.Encoded, which is used up
// (session_identity_decode). What cannot be read of it is left out.
func (z *Session) Read() {
	for pair := range strings.SplitSeq(*z.Encoded, "&") {
		pair = strings.TrimLeft(pair, "=")
		key, value, _ := strings.Cut(pair, "=")
		if key == "" {
			continue
		}
		if value == "" {
			z.Entries.Del(key)
			continue
		}
		key, keyOK := unescape(key)
		value, valueOK := unescape(value)
		switch {
		case !keyOK || !valueOK:
		case key == expiryKey:
			n, _ := strconv.ParseInt(value, 10, 64)
			z.Expiry = time.Time{}
			if n != 0 {
				z.Expiry = time.UnixMicro(n)
			}
		default:
			z.Entries.Set(key, value)
		}
	}
	z.Encoded = nil
}
