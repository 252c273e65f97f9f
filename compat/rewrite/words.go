package rewrite

import (
	"errors"
	"strings"
)

// words splits the line of a RewriteCond or RewriteRule into two or three. Its
// quotes and escapes are not those of other directives: a quote only counts at
// the beginning of a word, and a backslash only before white space, where it
// stays (parseargline). ok is false where there are fewer than two words; the
// second may be empty.
func words(line string) (list []string, ok bool) {
	first, rest, ended := word(line)
	if !ended {
		return nil, false
	}
	second, rest, _ := word(rest)
	list = []string{first, second}
	if strings.Trim(rest, space) != "" {
		third, _, _ := word(rest)
		list = append(list, third)
	}
	return list, true
}

const space = " \t\n\v\f\r"

func isSpace(c byte) bool { return strings.IndexByte(space, c) >= 0 }

// word takes one word off line. ended tells that something ended it: white
// space, or the quote it began with.
func word(line string) (first, rest string, ended bool) {
	quote := byte(0)
	line = strings.TrimLeft(line, space)
	if line != "" && (line[0] == '"' || line[0] == '\'') {
		quote, line = line[0], line[1:]
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quote == 0 && isSpace(c), quote != 0 && c == quote:
			return line[:i], line[i+1:], true
		case c == '\\' && i+1 < len(line) && isSpace(line[i+1]):
			i++
		}
	}
	return line, "", false
}

// eachFlag hands the parts of "[NC,R=301]" to set (cmd_parseflagfield).
func eachFlag(field string, set func(key, value string) error) error {
	if len(field) < 2 || field[0] != '[' || field[len(field)-1] != ']' {
		return errors.New("bad flag delimiters")
	}
	for part := range strings.SplitSeq(field[1:len(field)-1], ",") {
		key, value, _ := strings.Cut(strings.Trim(part, space), "=")
		if err := set(key, value); err != nil {
			return err
		}
	}
	return nil
}

func unknownFlag(key string) error { return errors.New("unknown flag '" + key + "'") }
