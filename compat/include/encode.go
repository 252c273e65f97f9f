package include

import (
	"encoding/base64"
	"strings"

	"understudy/compat"
)

// coders are who complains of unknown codings.
type coders struct{ decoding, encoding, tag string }

// recode decodes a text, and encodes it again, by lists of codings. ok is false
// where one is unknown: the error is printed.
func (p *page) recode(s, decoding, encoding string, who coders) (coded string, ok bool) {
	ok = true
	each := func(list string, code func(kind, s string) (string, bool), number, parameter string) {
		for _, kind := range strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' || c == '\t' }) {
			out, known := code(strings.ToLower(kind), s)
			if !known {
				p.fail("%s: unknown value \"%s\" to parameter \"%s\" of tag %s in %s", number, kind, parameter, who.tag,
					p.r.Filename)
				ok = false
				return
			}
			s = out
		}
	}
	each(decoding, decode, who.decoding, "decoding")
	each(encoding, encode, who.encoding, "encoding")
	return s, ok
}

func decode(kind, s string) (string, bool) {
	switch kind {
	case "none":
		return s, true
	case "url":
		return compat.Unescape(s), true
	case "urlencoded":
		return compat.Unescape(strings.ReplaceAll(s, "+", " ")), true
	case "entity":
		return decodeEntities(s), true
	case "base64":
		return decodeBase64(s), true
	}
	return "", false
}

func encode(kind, s string) (string, bool) {
	switch kind {
	case "none":
		return s, true
	case "url":
		return compat.EscapePath(s), true
	case "urlencoded":
		return escapeForm(s), true
	case "entity":
		return compat.EscapeHTML(s), true
	case "base64":
		return base64.StdEncoding.EncodeToString([]byte(s)), true
	}
	return "", false
}

// decodeBase64 decodes up to the first byte that is none of base64
// (apr_base64_decode), and to the first 0 of that.
func decodeBase64(s string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	n := 0
	for n < len(s) && strings.IndexByte(letters, s[n]) >= 0 {
		n++
	}
	if n%4 == 1 {
		n--
	}
	b, _ := base64.RawStdEncoding.DecodeString(s[:n])
	text, _, _ := strings.Cut(string(b), "\x00")
	return text
}

// escapeForm is ap_escape_urlencoded.
func escapeForm(s string) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(".-*_", c) >= 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// entities are those of ISO 8859-1 that decodehtml knows.
var entities = map[string]byte{
	"lt": '<', "gt": '>', "amp": '&', "quot": '"',
	"Agrave": 0xC0, "Aacute": 0xC1, "Acirc": 0xC2, "Atilde": 0xC3, "Auml": 0xC4, "Aring": 0xC5, "AElig": 0xC6,
	"Ccedil": 0xC7, "Egrave": 0xC8, "Eacute": 0xC9, "Ecirc": 0xCA, "Euml": 0xCB, "Igrave": 0xCC, "Iacute": 0xCD,
	"Icirc": 0xCE, "Iuml": 0xCF, "ETH": 0xD0, "Ntilde": 0xD1, "Ograve": 0xD2, "Oacute": 0xD3, "Ocirc": 0xD4,
	"Otilde": 0xD5, "Ouml": 0xD6, "Oslash": 0xD8, "Ugrave": 0xD9, "Uacute": 0xDA, "Ucirc": 0xDB, "Uuml": 0xDC,
	"Yacute": 0xDD, "THORN": 0xDE, "szlig": 0xDF, "agrave": 0xE0, "aacute": 0xE1, "acirc": 0xE2, "atilde": 0xE3,
	"auml": 0xE4, "aring": 0xE5, "aelig": 0xE6, "ccedil": 0xE7, "egrave": 0xE8, "eacute": 0xE9, "ecirc": 0xEA,
	"euml": 0xEB, "igrave": 0xEC, "iacute": 0xED, "icirc": 0xEE, "iuml": 0xEF, "eth": 0xF0, "ntilde": 0xF1,
	"ograve": 0xF2, "oacute": 0xF3, "ocirc": 0xF4, "otilde": 0xF5, "ouml": 0xF6, "oslash": 0xF8, "ugrave": 0xF9,
	"uacute": 0xFA, "ucirc": 0xFB, "uuml": 0xFC, "yacute": 0xFD, "thorn": 0xFE, "yuml": 0xFF,
}

// decodeEntities replaces entities by bytes of ISO 8859-1 (decodehtml). Of a
// number that stands for nothing, nothing is left.
func decodeEntities(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		end := -1
		if s[i] == '&' {
			end = strings.IndexByte(s[i:], ';')
		}
		if end < 0 {
			b.WriteByte(s[i])
			i++
			continue
		}
		name := s[i+1 : i+end]
		if strings.HasPrefix(name, "#") {
			if c, ok := numeric(name[1:]); ok {
				b.WriteByte(c)
			}
			i += end + 1
			continue
		}
		if c, ok := entities[name]; ok {
			b.WriteByte(c)
			i += end + 1
			continue
		}
		b.WriteByte('&')
		i++
	}
	return b.String()
}

func numeric(digits string) (byte, bool) {
	n := 0
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
		if n = n*10 + int(digits[i]-'0'); n > 255 {
			return 0, false
		}
	}
	if n <= 8 || n >= 11 && n <= 31 || n >= 127 && n <= 160 {
		return 0, false
	}
	return byte(n), true
}
