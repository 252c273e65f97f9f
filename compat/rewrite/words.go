package rewrite

import "strings"

// words splits the arguments of RewriteRule and RewriteCond: two, and flags
// (parseargline). A word may be quoted; a backslash before a blank keeps it in
// the word, and stays.
func words(s string) (first, second, flags string, flagged, ok bool) {
	first, rest, more := cutWord(strings.TrimLeft(s, blanks))
	if !more {
		return "", "", "", false, false
	}
	second, rest, more = cutWord(rest)
	if !more || rest == "" {
		return first, second, "", false, true
	}
	flags, _, _ = cutWord(rest)
	return first, second, flags, true, true
}

const blanks = " \t\n\v\f\r"

// cutWord takes a word off s. more tells that it did not end with s.
func cutWord(s string) (word, rest string, more bool) {
	quote := byte(0)
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		quote, s = s[0], s[1:]
	}
	for i := 0; i < len(s); i++ {
		switch {
		case quote == 0 && strings.IndexByte(blanks, s[i]) >= 0, quote != 0 && s[i] == quote:
			return s[:i], strings.TrimLeft(s[i+1:], blanks), true
		case s[i] == '\\' && i+1 < len(s) && strings.IndexByte(blanks, s[i+1]) >= 0:
			i++
		}
	}
	return s, "", false
}

// eachFlag calls set for each flag of "[A,B=c]" (cmd_parseflagfield). It returns
// what is wrong, or "".
func eachFlag(s string, set func(key, value string) string) string {
	if len(s) < 2 || s[0] != '[' || s[len(s)-1] != ']' {
		return "bad flag delimiters"
	}
	for s = s[1:len(s)-1] + ","; ; {
		s = strings.TrimLeft(s, blanks)
		flag, rest, found := strings.Cut(s, ",")
		if !found {
			return ""
		}
		key, value, _ := strings.Cut(strings.TrimRight(flag, blanks), "=")
		if why := set(key, value); why != "" {
			return why
		}
		s = rest
	}
}
