package apacheconf

import "strings"

// Word takes the first word off s: up to white space, or what stands between
// quotes of one kind. It is ap_getword_conf: within quotes \" (or \') and \\ are
// unescaped, without them only \\; a quote that is not closed runs to the end.
// An empty word means there is none, or that it is empty.
func Word(s string) (word, rest string) {
	s = trimLeft(s)
	if s == "" {
		return "", ""
	}
	if q := s[0]; q == '"' || q == '\'' {
		return quoted(s[1:], q)
	}
	end := 0
	for end < len(s) && !isSpace(s[end]) {
		end++
	}
	return unescape(s[:end], 0), trimLeft(s[end:])
}

func quoted(s string, quote byte) (word, rest string) {
	end := 0
	for end < len(s) && s[end] != quote {
		if s[end] == '\\' && end+1 < len(s) && (s[end+1] == quote || s[end+1] == '\\') {
			end++
		}
		end++
	}
	end = min(end, len(s))
	word, rest = unescape(s[:end], quote), s[end:]
	return word, trimLeft(strings.TrimPrefix(rest, string(quote)))
}

// Word2 is Word, but {…} is a word too, with braces balanced
// (ap_getword_conf2).
func Word2(s string) (word, rest string) {
	s = trimLeft(s)
	if s == "" || s[0] != '{' {
		return Word(s)
	}
	depth, i := 1, 1
	for ; i < len(s); i++ {
		if s[i] == '}' {
			if depth--; depth == 0 {
				break
			}
		}
		if s[i] == '{' {
			depth++
		}
		if s[i] == '\\' && i+1 < len(s) && s[i+1] == '\\' {
			i++
		}
	}
	i = min(i, len(s))
	word = unescape(s[1:i], 0)
	return word, trimLeft(strings.TrimPrefix(s[i:], "}"))
}

// Words splits s into words. An empty one, which quotes can make, is kept
// unless it is the last.
func Words(s string) []string {
	var words []string
	for s = trimLeft(s); s != ""; {
		var w string
		w, s = Word(s)
		words = append(words, w)
	}
	return words
}

// unescape is substring_conf.
func unescape(s string, quote byte) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '\\' || quote != 0 && s[i+1] == quote) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

func trimLeft(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	return s
}
