package rewrite

import (
	"errors"
	"strings"
)

// A text is a string with back-references, variables and map lookups in it,
// taken apart when it is read.
type text struct {
	parts []part
	// fixed is the text where there is nothing to be replaced in it.
	fixed string
}

// A part is a piece of a text.
type part struct {
	// literal is the piece itself, where nothing else is said. safe tells that a
	// question mark in it is one that begins a query: not an escaped one.
	literal string
	safe    bool
	// group is the number of a back-reference, to the rule's pattern with '$' as
	// its sign, to the last condition's with '%'.
	sign  byte
	group int
	// value is a variable.
	value variable
	// lookup is a map lookup.
	lookup *lookup
}

func (p *part) isLiteral() bool { return p.sign == 0 && p.value == nil && p.lookup == nil }

// A lookup is ${name:key|fallback}.
type lookup struct {
	name          string
	key, fallback *text
}

// Bounds of what is written in one text, and of how deep lookups are nested.
const (
	maxText  = 64 << 10
	maxDepth = 50
)

// parseText takes s apart, as do_expand reads it.
func parseText(s string) (*text, error) {
	if len(s) > maxText {
		return nil, errors.New("text is too long")
	}
	return parseNested(s, maxDepth)
}

func parseNested(s string, depth int) (*text, error) {
	if depth == 0 {
		return nil, errors.New("map lookups are nested too deep")
	}
	p := &textParser{s: s, closes: curlies(s), depth: depth}
	for p.i < len(s) {
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	return p.text(), nil
}

// A textParser is a text being taken apart.
type textParser struct {
	s      string
	i      int
	closes map[int]int // where the bracket that opens at an offset is closed
	depth  int
	parts  []part
}

func (p *textParser) text() *text {
	var fixed strings.Builder
	for i := range p.parts {
		if !p.parts[i].isLiteral() {
			return &text{parts: p.parts}
		}
		fixed.WriteString(p.parts[i].literal)
	}
	return &text{parts: p.parts, fixed: fixed.String()}
}

func (p *textParser) add(piece part) { p.parts = append(p.parts, piece) }

// next reads one part.
func (p *textParser) next() error {
	rest := p.s[p.i:]
	n := strings.IndexAny(rest, `\$%`)
	if n < 0 {
		n = len(rest)
	}
	if n > 0 {
		p.add(part{literal: rest[:n], safe: strings.Contains(rest[:n], "?")})
		p.i += n
		return nil
	}
	c, follows := rest[0], byte(0)
	if len(rest) > 1 {
		follows = rest[1]
	}
	switch {
	case c == '\\' && len(rest) > 1:
		p.add(part{literal: rest[1:2]})
		p.i += 2
	case c != '\\' && follows == '{':
		return p.bracket(c)
	case c != '\\' && follows >= '0' && follows <= '9':
		p.add(part{sign: c, group: int(follows - '0')})
		p.i += 2
	default:
		p.add(part{literal: rest[:1]})
		p.i++
	}
	return nil
}

// bracket reads %{variable} and ${map:key|fallback}. What is not closed, or has
// no colon, stands for itself.
func (p *textParser) bracket(sign byte) error {
	start, stop := p.i+len("%{"), p.closes[p.i+1]
	if stop == 0 {
		return p.plainBracket()
	}
	inside := p.s[start:stop]
	if sign == '%' {
		p.add(part{value: newVariable(inside)})
		p.i = stop + 1
		return nil
	}
	colon := outside(inside, ':')
	if colon < 0 {
		return p.plainBracket()
	}
	l := &lookup{name: inside[:colon]}
	key, fallback := inside[colon+1:], ""
	if bar := outside(key, '|'); bar >= 0 {
		key, fallback = key[:bar], key[bar+1:]
	}
	var err error
	if l.key, err = parseNested(key, p.depth-1); err != nil {
		return err
	}
	if l.fallback, err = parseNested(fallback, p.depth-1); err != nil {
		return err
	}
	p.add(part{lookup: l})
	p.i = stop + 1
	return nil
}

func (p *textParser) plainBracket() error {
	p.add(part{literal: p.s[p.i : p.i+2]})
	p.i += 2
	return nil
}

// curlies says where each bracket of s is closed. None is at offset 0, so that
// means it is not.
func curlies(s string) map[int]int {
	if strings.IndexByte(s, '{') < 0 {
		return nil
	}
	closes := map[int]int{}
	var open []int
	for i := range len(s) {
		switch {
		case s[i] == '{':
			open = append(open, i)
		case s[i] == '}' && len(open) > 0:
			closes[open[len(open)-1]] = i
			open = open[:len(open)-1]
		}
	}
	return closes
}

// outside is where c stands in s outside of brackets, or -1.
func outside(s string, c byte) int {
	depth := 0
	for i := range len(s) {
		switch {
		case s[i] == c && depth == 0:
			return i
		case s[i] == '{':
			depth++
		case s[i] == '}':
			depth--
		}
	}
	return -1
}
