package mimemagic

// letters are the escapes of C that stand for one character.
var letters = map[byte]byte{'n': '\n', 'r': '\r', 'b': '\b', 't': '\t', 'f': '\f', 'v': '\v'}

// unescape reads a string up to the first space that is not escaped, which goes
// with it (getstr).
func unescape(s string, warn func(string)) (text, rest string) {
	var b []byte
	for i := 0; i < len(s); {
		c := s[i]
		i++
		if isSpace(c) {
			return string(b), s[i:]
		}
		if len(b) >= maxString-1 {
			warn("AH01526: mod_mime_magic: string too long: " + s)
			return string(b), s[i:]
		}
		if c == '\\' {
			if i == len(s) {
				break
			}
			c, i = escaped(s, i)
		}
		b = append(b, c)
	}
	return string(b), ""
}

// escaped is the character that the escape at s[i] means, and where it ends.
func escaped(s string, i int) (c byte, end int) {
	c = s[i]
	i++
	switch {
	case c >= '0' && c <= '7':
		v := int64(c - '0')
		for n := 1; n < 3 && i < len(s) && digit(s[i]) < 8; n, i = n+1, i+1 {
			v = v<<3 | digit(s[i])
		}
		return byte(v), i
	case c == 'x':
		v, n := int64('x'), 0
		for ; n < 3 && i < len(s) && digit(s[i]) < 16; n, i = n+1, i+1 {
			if n == 0 {
				v = 0
			}
			v = v<<4 | digit(s[i])
		}
		return byte(v), i
	}
	if l, ok := letters[c]; ok {
		return l, i
	}
	return c, i
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
