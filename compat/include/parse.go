package include

import (
	"bytes"
	"strings"
)

// spaces are what separates words.
const spaces = " \t\n\v\f\r"

// maxDirective bounds a directive, which is kept until it is complete.
const maxDirective = 1 << 20

// An argument is name="value" of a directive.
type argument struct {
	name, value string
	given       bool // there is a value
}

// The states of a parser: what it stands in.
type state uint8

const (
	inText state = iota
	inName       // of the directive
	beforeArgument
	inTail // the end tag, or an argument which begins as that does
	inArgumentName
	beforeEquals
	beforeValue
	inValue
	lost // a directive without end
)

// A parser takes a document apart, in pieces as they come
// (send_parsed_content): text, and directives with their arguments.
type parser struct {
	start, end string
	text       func([]byte)
	directive  func(name string, args []argument)
	complain   func(what complaint, directive string)

	state   state
	matched int // bytes of the tag under way
	name    []byte
	args    []argument
	word    []byte // the name or value of an argument under way
	quote   byte
	escaped bool // a backslash came before
	size    int  // of the directive
	bad     bool // an error was found in the directive, and logged
}

// A complaint is what is wrong with a directive.
type complaint uint8

const (
	noDirective complaint = iota
	noNameForValue
	noName
	notFinished
)

// feed parses the next bytes.
func (p *parser) feed(b []byte) {
	for len(b) > 0 {
		if p.state == inText {
			b = p.plain(b)
			continue
		}
		if p.size++; p.size > maxDirective {
			p.state = lost
		}
		if p.step(b[0]) {
			b = b[1:]
		}
	}
}

// plain looks for the start tag and returns what follows it.
func (p *parser) plain(b []byte) []byte {
	if p.matched > 0 {
		b = append([]byte(p.start[:p.matched]), b...)
		p.matched = 0
	}
	if p.start == "" {
		p.text(b)
		return nil
	}
	if i := bytes.Index(b, []byte(p.start)); i >= 0 {
		p.text(b[:i])
		p.state, p.name, p.args, p.size = inName, nil, nil, 0
		return b[i+len(p.start):]
	}
	for k := min(len(p.start)-1, len(b)); k > 0; k-- {
		if strings.HasPrefix(p.start, string(b[len(b)-k:])) {
			p.matched = k
			break
		}
	}
	p.text(b[:len(b)-p.matched])
	return nil
}

func isSpace(c byte) bool { return strings.IndexByte(spaces, c) >= 0 }

// step takes the next byte of a directive; false: it is to be looked at again.
func (p *parser) step(c byte) bool {
	switch p.state {
	case inName:
		return p.nameByte(c)
	case beforeArgument:
		return p.argumentBegins(c)
	case inTail:
		return p.tailByte(c)
	case inArgumentName:
		if !isSpace(c) && c != '=' {
			p.word = append(p.word, c)
			return true
		}
		p.named()
		return false
	case beforeEquals:
		switch {
		case isSpace(c):
			return true
		case c == '=':
			p.state = beforeValue
			return true
		}
		p.state = beforeArgument // There is no value.
		return false
	case beforeValue:
		if isSpace(c) {
			return true
		}
		p.word, p.state, p.quote, p.escaped = nil, inValue, 0, false
		if isQuote(c) {
			p.quote = c
			return true
		}
		return false
	case inValue:
		return p.valueByte(c)
	}
	return true
}

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// nameByte is find_directive: the end tag may follow the name at once.
func (p *parser) nameByte(c byte) bool {
	if p.matched > 0 && c != p.end[p.matched] {
		p.matched = 0
	}
	switch {
	case p.end != "" && c == p.end[p.matched]:
		p.name = append(p.name, c)
		if p.matched++; p.matched == len(p.end) {
			p.name = p.name[:len(p.name)-len(p.end)]
			p.nameEnds()
			p.execute()
		}
	case isSpace(c):
		p.nameEnds()
		p.state = beforeArgument
	default:
		p.name = append(p.name, c)
	}
	return true
}

func (p *parser) nameEnds() {
	if len(p.name) == 0 {
		p.bad = true
		p.complain(noDirective, "")
	}
}

func (p *parser) argumentBegins(c byte) bool {
	switch {
	case isSpace(c):
		return true
	case p.end != "" && c == p.end[0]:
		p.state, p.matched = inTail, 0
	default:
		p.argument(c)
	}
	return isQuote(c) && p.state == inValue
}

// argument begins one. A value without a name is an error.
func (p *parser) argument(c byte) {
	p.args = append(p.args, argument{})
	p.word, p.state = nil, inArgumentName
	if isQuote(c) {
		p.state, p.quote, p.escaped, p.bad = inValue, c, false, true
		p.complain(noNameForValue, string(p.name))
	}
}

// tailByte is find_tail: what only begins as the end tag is an argument.
func (p *parser) tailByte(c byte) bool {
	if c == p.end[p.matched] {
		if p.matched++; p.matched == len(p.end) {
			p.execute()
		}
		return true
	}
	begun := p.end[:p.matched]
	p.matched = 0
	p.argument(begun[0])
	if p.state == inValue { // The quote is taken already.
		begun = begun[1:]
	}
	for i := range len(begun) {
		for !p.step(begun[i]) {
		}
	}
	return false
}

func (p *parser) named() {
	if len(p.word) == 0 {
		p.bad = true
		p.complain(noName, string(p.name))
	}
	p.args[len(p.args)-1].name = strings.ToLower(string(p.word))
	p.state = beforeEquals
}

// valueByte is a byte of a value. In quotes a backslash escapes the quote, and
// nothing else.
func (p *parser) valueByte(c byte) bool {
	if p.escaped {
		p.escaped = false
		if c == p.quote {
			p.word = append(p.word, c)
			return true
		}
		p.word = append(p.word, '\\')
	}
	switch {
	case p.quote != 0 && c == '\\':
		p.escaped = true
	case p.quote != 0 && c == p.quote, p.quote == 0 && isSpace(c):
		a := &p.args[len(p.args)-1]
		a.value, a.given = string(p.word), true
		p.state = beforeArgument
	default:
		p.word = append(p.word, c)
	}
	return true
}

func (p *parser) execute() {
	p.state, p.matched = inText, 0
	p.directive(strings.ToLower(string(p.name)), p.args)
}

// finish ends the document.
func (p *parser) finish() {
	if p.state != inText {
		p.complain(notFinished, string(p.name))
		return
	}
	p.text([]byte(p.start[:p.matched]))
}
