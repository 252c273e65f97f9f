package pattern

import "strings"

// portable reports whether expr uses only what means the same in RE2's syntax,
// or is refused there and then tried on the other engine. What RE2 accepts with
// another meaning is excluded here.
func portable(expr string) bool {
	for i := 0; i < len(expr); i++ {
		if expr[i] != '\\' || i+1 >= len(expr) {
			continue
		}
		i++
		switch expr[i] {
		case 'C', 'G', 'Z', 'z', 'h', 'H', 'R', 'K', 'N', 'v', 'V', 'X', 'e', 'c', 'o', 'p', 'P', 'Q', 'E':
			return false
		}
	}
	// A repeat count over 1000, POSIX collating and the like fail to compile
	// in RE2 and go to the other engine by that.
	return true
}

// goSyntax adapts what differs in RE2: "$" there is the very end of the text
// already, as Apache has it (PCRE_DOLLAR_ENDONLY), \s lacks the vertical tab,
// and an unescaped "{" that opens no count is a literal in both.
func goSyntax(expr string, flags Flags) string {
	if !strings.Contains(expr, `\s`) && !strings.Contains(expr, `\S`) {
		return expr
	}
	var b strings.Builder
	class := false
	for i := 0; i < len(expr); i++ {
		c := expr[i]
		switch {
		case c == '\\' && i+1 < len(expr):
			i++
			switch {
			case expr[i] == 's' && class:
				b.WriteString(`\s\x0b`)
			case expr[i] == 's':
				b.WriteString(`[\s\x0b]`)
			case expr[i] == 'S' && !class:
				b.WriteString(`[^\s\x0b]`)
			default:
				b.WriteByte('\\')
				b.WriteByte(expr[i])
			}
			continue
		case c == '[' && !class:
			class = true
			b.WriteByte(c)
			// A "]" right behind the opening is a literal.
			if i+1 < len(expr) && expr[i+1] == '^' {
				i++
				b.WriteByte('^')
			}
			if i+1 < len(expr) && expr[i+1] == ']' {
				i++
				b.WriteByte(']')
			}
			continue
		case c == ']' && class:
			class = false
		}
		b.WriteByte(c)
	}
	return b.String()
}

// goDollar makes "$" the very end of the text for the backtracking engine,
// where it would match before a final newline too.
func goDollar(expr string, flags Flags) string {
	if flags&MultiLine != 0 || !strings.Contains(expr, "$") {
		return expr
	}
	var b strings.Builder
	class := false
	for i := 0; i < len(expr); i++ {
		c := expr[i]
		switch {
		case c == '\\' && i+1 < len(expr):
			b.WriteByte(c)
			i++
			c = expr[i]
		case c == '[' && !class:
			class = true
			if i+1 < len(expr) && expr[i+1] == ']' {
				b.WriteByte(c)
				i++
				c = ']'
			}
		case c == ']' && class:
			class = false
		case c == '$' && !class:
			b.WriteString(`\z`)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
