package expr

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"understudy/apacheconf/pattern"
)

// parts are the pieces of a text, literals among them.
type parts struct {
	words   []word
	literal strings.Builder // not yet among words
	fixed   bool            // there was nothing but literals
}

func (t *parts) flush() {
	if t.literal.Len() > 0 {
		s := t.literal.String()
		t.words = append(t.words, func(Context) string { return s })
		t.literal.Reset()
	}
}

func (t *parts) add(w word) {
	t.flush()
	t.fixed = false
	t.words = append(t.words, w)
}

func (t *parts) join(source string) *Text {
	if t.fixed {
		s := t.literal.String()
		return &Text{source: source, literal: true, eval: func(Context) string { return s }}
	}
	t.flush()
	words := t.words
	if len(words) == 1 {
		return &Text{source: source, eval: words[0]}
	}
	return &Text{source: source, eval: func(c Context) string {
		var b strings.Builder
		for _, w := range words {
			b.WriteString(w(c))
		}
		return b.String()
	}}
}

// text reads up to the quote stop, or with 0 to the end, or with '}' up to the
// bracket, which is left.
func (p *parser) text(stop byte) (*parts, error) {
	t := &parts{fixed: true}
	for ; !p.end(); p.i++ {
		c := p.s[p.i]
		switch {
		case stop != 0 && c == stop:
			if stop != '}' {
				p.i++
			}
			return t, nil
		case c == '\\' && p.i+1 < len(p.s):
			p.i++
			t.literal.WriteByte(p.escape())
		case c == '$' && p.i+1 < len(p.s) && p.s[p.i+1] >= '0' && p.s[p.i+1] <= '9':
			p.i++
			t.add(backref(p.s[p.i]))
		case c == '%' && strings.HasPrefix(p.s[p.i:], "%{"):
			w, err := p.variable()
			if err != nil {
				return nil, err
			}
			t.add(w)
			p.i--
		default:
			t.literal.WriteByte(c)
		}
	}
	switch stop {
	case 0:
		return t, nil
	case '}':
		return nil, errors.New("Unterminated variable")
	}
	return nil, errors.New("Unterminated string")
}

// escape is the character that a backslash and what follows stand for; p.i is
// left on the last byte of it.
func (p *parser) escape() byte {
	switch c := p.s[p.i]; c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case '0', '1', '2', '3', '4', '5', '6', '7':
		n, end := 0, min(p.i+3, len(p.s))
		for p.i < end && p.s[p.i] >= '0' && p.s[p.i] <= '7' {
			n = n*8 + int(p.s[p.i]-'0')
			p.i++
		}
		p.i--
		return byte(n)
	case 'x':
		digits := p.s[p.i+1 : min(p.i+3, len(p.s))]
		for digits != "" {
			if n, err := strconv.ParseUint(digits, 16, 8); err == nil {
				p.i += len(digits)
				return byte(n)
			}
			digits = digits[:len(digits)-1]
		}
		return c
	default:
		return c
	}
}

// variable is %{NAME} or %{func:argument}.
func (p *parser) variable() (word, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	p.i += len("%{")
	name := p.ident()
	p.i += len(name)
	if p.end() {
		return nil, errors.New("Unterminated variable")
	}
	if name == "" || p.s[p.i] != '}' && p.s[p.i] != ':' {
		return nil, fmt.Errorf("Unexpected variable character '%c'", p.s[p.i])
	}
	if p.accept("}") {
		return lookup(name)
	}
	p.i++
	arg, err := p.text('}')
	if err != nil {
		return nil, err
	}
	p.i++
	return p.function(name, []word{arg.join("").eval})
}

func lookup(name string) (word, error) {
	upper := strings.ToUpper(name)
	if field, ok := headers[upper]; ok {
		return func(c Context) string { return c.Header(field, true) }, nil
	}
	if !variables[upper] && !strings.HasPrefix(upper, "SSL_") {
		return nil, fmt.Errorf("Variable '%s' does not exist", name)
	}
	if !variables[upper] {
		return func(c Context) string { return c.Var(name) }, nil // mod_ssl's differ by case.
	}
	return func(c Context) string { return c.Var(upper) }, nil
}

// regex is /pattern/flags or m#pattern#flags.
func (p *parser) regex() (*pattern.Pattern, error) {
	p.space()
	if p.accept("m") && p.end() || p.end() {
		return nil, p.unexpected()
	}
	sep := p.s[p.i]
	if sep != '/' && (p.i == 0 || p.s[p.i-1] != 'm' || isAlnum(sep)) {
		return nil, p.unexpected()
	}
	start := p.i + 1
	end := strings.IndexByte(p.s[start:], sep)
	if end < 0 {
		return nil, errors.New("Unterminated regexp")
	}
	text := p.s[start : start+end]
	p.i = start + end + 1
	flags := pattern.DotAll // Apache's default
	for ; !p.end(); p.i++ {
		switch c := p.s[p.i]; {
		case c == 'i':
			flags |= pattern.IgnoreCase
		case c == 's':
			flags |= pattern.DotAll
		case c == 'm':
			flags |= pattern.MultiLine
		case c == 'g':
		case isAlnum(c):
			return nil, errors.New("Invalid regexp flag(s)")
		default:
			return compile(text, flags)
		}
	}
	return compile(text, flags)
}

func compile(text string, flags pattern.Flags) (*pattern.Pattern, error) {
	re, err := pattern.Compile(text, flags)
	if err != nil {
		return nil, errors.New("Failed to compile regular expression")
	}
	return re, nil
}

func matches(left word, re *pattern.Pattern, not bool) cond {
	return func(c Context) bool {
		s := left(c)
		if re.Groups() == 0 && not {
			return !re.Match(s)
		}
		loc, err := re.Find(s)
		if err != nil || loc == nil {
			return not
		}
		*c.Captures() = Captures{s, loc}
		return !not
	}
}
