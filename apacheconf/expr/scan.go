package expr

import "strings"

// maxString bounds a string, or the part of it before a variable, and a
// pattern (MAX_STRING_LEN).
const maxString = 8192

// A mode is which rules the scanner goes by (the start conditions of
// util_expr_scan.l).
type mode uint8

const (
	inCondition mode = iota
	inString
	inVariable // the name, behind "%{"
	inArgument // behind the ":" of "%{func:"
)

// A scanner makes tokens of a text. Which rules hold depends on where it is: in
// a string, in a variable, behind the colon of one.
type scanner struct {
	s     string
	i     int
	begun bool
	start int    // the token that comes before all, tCondition or tText
	quote byte   // of the string that is open; 0: the whole text is one
	modes []mode // the last is in force
	part  []byte // of a string, up to here
}

func (l *lexer) mode() mode { return l.modes[len(l.modes)-1] }

// become changes the rules in force (BEGIN).
func (l *lexer) become(m mode) { l.modes[len(l.modes)-1] = m }

func (l *lexer) push(m mode) { l.modes = append(l.modes, m) }
func (l *lexer) pop()        { l.modes = l.modes[:len(l.modes)-1] }

// wrong notes a problem and makes the token for it.
func (l *lexer) wrong(problem string) int {
	l.problem = problem
	return tError
}

// Lex implements exprLexer.
func (l *lexer) Lex(v *exprSymType) int {
	if !l.begun {
		l.begun = true
		return l.start
	}
	for {
		var token int
		switch l.mode() {
		case inCondition:
			token = l.condition(v)
		case inVariable:
			token = l.name(v)
		default:
			token = l.string(v)
		}
		if token != again {
			return token
		}
	}
}

// again tells that there was no token, but other rules hold.
const again = -1

// rest is what is still to come.
func (l *lexer) rest() string { return l.s[l.i:] }

// operators outside of strings. Of those that fit the longest counts.
var operators = []struct {
	text  string
	token int
}{
	{"==", tStrEQ}, {"=~", tMatch}, {"=", tStrEQ}, {"!=", tStrNE}, {"!~", tNoMatch}, {"!", tNot},
	{"<=", tStrLE}, {"<", tStrLT}, {">=", tStrGE}, {">", tStrGT},
	{"&&", tAnd}, {"||", tOr}, {".", tConcat}, {"(", '('}, {")", ')'}, {"{", '{'}, {"}", '}'}, {",", ','}, {":", ':'},
}

// words that are no identifiers.
var words = map[string]int{
	"and": tAnd, "or": tOr, "not": tNot, "true": tTrue, "false": tFalse, "in": tIn,
	"lt": tLT, "le": tLE, "gt": tGT, "ge": tGE, "ne": tNE, "eq": tEQ,
}

// dashed are the operators of numbers; others are a letter or a name.
var dashed = map[string]int{"in": tIn, "eq": tEQ, "ne": tNE, "ge": tGE, "le": tLE, "gt": tGT, "lt": tLT}

// delimiters may stand around a pattern behind an "m".
const delimiters = `/#$%^,;:_?|-!.'"`

// condition scans outside of strings and variables.
func (l *lexer) condition(v *exprSymType) int {
	l.i += len(l.rest()) - len(strings.TrimLeft(l.rest(), " \t\n"))
	s := l.rest()
	if s == "" {
		return 0
	}
	c := s[0]
	switch {
	case c == '"' || c == '\'':
		l.i++
		l.quote = c
		l.become(inString)
		return tStrBegin
	case strings.HasPrefix(s, "%{"):
		l.i += 2
		l.push(inVariable)
		return tVarBegin
	case c == '$' && len(s) > 1 && isDigit(s[1]):
		l.i += 2
		v.text = s[1:2]
		return tBackref
	case c == '/':
		return l.pattern(v, 1)
	case c == 'm' && len(s) > 1 && strings.IndexByte(delimiters, s[1]) >= 0 && identifier(s) < 3:
		return l.pattern(v, 2)
	}
	if n := identifier(s); n > 0 {
		return l.word(v, s[:n])
	}
	if n := number(s); n > 0 {
		l.i += n
		v.text = s[:n]
		return tDigit
	}
	if c == '-' && len(s) > 1 && (isLetter(s[1]) || s[1] == '_') {
		return l.dash(v, s[1:])
	}
	for _, o := range operators {
		if strings.HasPrefix(s, o.text) {
			l.i += len(o.text)
			return o.token
		}
	}
	l.i++
	return l.wrong("Parse error near '" + s[:1] + "'")
}

func (l *lexer) word(v *exprSymType, text string) int {
	l.i += len(text)
	if token, ok := words[text]; ok {
		return token
	}
	v.text = text
	return tID
}

// dash is an operator that begins with one: "-e", "-eq", "-ipmatch".
func (l *lexer) dash(v *exprSymType, s string) int {
	n := 1
	for n < len(s) && isName(s[n]) {
		n++
	}
	l.i += 1 + n
	v.text = s[:n]
	if token, ok := dashed[v.text]; ok {
		return token
	}
	if n == 1 {
		return tUnary
	}
	return tBinary
}

// pattern is what stands between delimiters, the first of which ends the next
// width bytes, and perhaps an "i" behind it. There are no escapes.
func (l *lexer) pattern(v *exprSymType, width int) int {
	s := l.rest()[width:]
	end := strings.IndexByte(s, l.s[l.i+width-1])
	if end >= maxString || end < 0 && len(s) >= maxString {
		l.i = len(l.s)
		return l.wrong("Regexp too long")
	}
	if end < 0 {
		l.i = len(l.s)
		return 0
	}
	v.text = s[:end]
	l.i += width + end + 1
	if strings.HasPrefix(l.rest(), "i") {
		l.i++
		return tRegexI
	}
	return tRegex
}

// name scans behind "%{".
func (l *lexer) name(v *exprSymType) int {
	s := l.rest()
	if s == "" {
		return l.wrong("Unterminated string or variable")
	}
	if n := identifier(s); n > 0 {
		l.i += n
		v.text = s[:n]
		return tID
	}
	l.i++
	switch s[0] {
	case '}':
		l.pop()
		return tVarEnd
	case ':':
		l.become(inArgument)
		return ':'
	case '\n':
		return l.wrong("Unterminated string or variable")
	}
	return l.wrong("Invalid character in variable name '" + s[:1] + "'")
}

// string scans within a string, or the argument in a variable. What was read
// before something else begins is a token first.
func (l *lexer) string(v *exprSymType) int {
	argument := l.mode() == inArgument
	for {
		s := l.rest()
		switch {
		case s == "":
			return l.endOfText(v, argument)
		case s[0] == '\n':
			l.i++
			return l.wrong("Unterminated string or variable")
		case s[0] == '\\':
			if token := l.escape(s); token != again {
				return token
			}
		case argument && s[0] == '}':
			if len(l.part) > 0 {
				return l.flush(v)
			}
			l.i++
			l.pop()
			return tVarEnd
		case !argument && s[0] == l.quote && l.quote != 0:
			if len(l.part) > 0 {
				return l.flush(v)
			}
			l.i++
			l.become(inCondition)
			return tStrEnd
		case s[0] == '$' && len(s) > 1 && isDigit(s[1]):
			if len(l.part) > 0 {
				return l.flush(v)
			}
			l.i += 2
			v.text = s[1:2]
			return tBackref
		case strings.HasPrefix(s, "%{"):
			if len(l.part) > 0 {
				return l.flush(v)
			}
			l.i += 2
			l.push(inVariable)
			return tVarBegin
		case argument && (s[0] == '"' || s[0] == '\''):
			// No rule of Apache's scanner fits: it ends the process.
			return l.wrong("Unexpected quote in argument")
		default:
			l.i++
			l.part = append(l.part, s[0])
		}
		if len(l.part) >= maxString {
			return l.wrong("String too long")
		}
	}
}

// flush makes a token of what was read of a string.
func (l *lexer) flush(v *exprSymType) int {
	v.text = string(l.part)
	l.part = l.part[:0]
	return tString
}

// endOfText is what the end of the text means within a string: where all of it
// is one, its last part, which may be empty.
func (l *lexer) endOfText(v *exprSymType, argument bool) int {
	if argument || l.start != tText {
		return l.wrong("Unterminated string or variable")
	}
	l.become(inCondition)
	return l.flush(v)
}

// escape reads what a backslash begins into the string.
func (l *lexer) escape(s string) int {
	if len(s) == 1 {
		l.i++
		return l.wrong("Unterminated string or variable") // Apache's scanner ends the process.
	}
	digits := 1
	for digits < len(s) && isDigit(s[digits]) {
		digits++
	}
	octal, n := 0, 1
	for n < min(len(s), 4) && s[n] >= '0' && s[n] <= '7' {
		octal = octal*8 + int(s[n]-'0')
		n++
	}
	switch {
	case digits > n: // The longer rule counts: "\8", "\1234".
		l.i += digits
		return l.wrong("Bad escape sequence")
	case n > 1 && octal > 0xff:
		l.i += n
		return l.wrong("Escape sequence out of bound")
	case n > 1:
		l.i += n
		l.part = append(l.part, byte(octal))
		return again
	}
	c := s[1]
	if i := strings.IndexByte("nrtbf", c); i >= 0 {
		c = "\n\r\t\b\f"[i]
	}
	l.i += 2
	l.part = append(l.part, c)
	return again
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isName(c byte) bool   { return isLetter(c) || isDigit(c) || c == '_' }

// identifier is how long the one is that s begins with.
func identifier(s string) int {
	if s == "" || !isLetter(s[0]) {
		return 0
	}
	n := 1
	for n < len(s) && isName(s[n]) {
		n++
	}
	return n
}

// number is how long the one is that s begins with.
func number(s string) int {
	first := 0
	if strings.HasPrefix(s, "-") {
		first = 1
	}
	n := first
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n == first {
		return 0
	}
	return n
}
