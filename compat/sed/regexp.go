package sed

import (
	"bytes"
	"errors"
)

// A regex is a basic regular expression: a sequence of elements, each of which
// matches a number of bytes. Groups cannot be repeated, so that backtracking
// costs at most a power of the line's length.
type regex struct {
	elements []element
	start    bool // begins with ^
	groups   int
}

// The kinds of elements.
type elementKind uint8

const (
	oneOf elementKind = iota
	opens
	closes
	back
	atEnd
)

// An element is a set of bytes, the begin or end of a group, a reference back to
// one, or the end of the text.
type element struct {
	kind     elementKind
	set      *[256]bool
	group    int
	repeated bool
	min, max int // where it is repeated; max -1: no limit
}

const (
	maxGroups = 9
	maxRepeat = 255
	// endless is how much \{n,\} adds at most, as in Apache.
	endless = 20000
)

// A found is where a regular expression matched: the whole, and its groups.
type found struct {
	from, to int
	groups   [maxGroups][2]int
}

// errSteps tells that a script did not come to an end in the steps it may take.
var errSteps = errors.New("the script takes too many steps")

// compileRegex reads an expression up to the delimiter and returns what follows
// it. An empty expression is nil.
func compileRegex(s string, delimiter byte) (re *regex, rest string, err error) {
	p := &regexParser{s: s, delimiter: delimiter, re: &regex{}, last: -1}
	if s == "" {
		return nil, "", errors.New("Illegal or missing delimiter: ")
	}
	if s[0] == delimiter {
		return nil, s[1:], nil
	}
	if s[0] == '\n' {
		return nil, s, nil
	}
	if s[0] == '^' {
		p.re.start = true
		p.i++
	}
	for {
		c, ok := p.next()
		if !ok {
			return nil, "", errors.New("Illegal or missing delimiter: ")
		}
		if c == delimiter {
			if len(p.open) > 0 {
				return nil, "", errors.New("\\( \\) imbalance: ")
			}
			return p.re, s[p.i:], nil
		}
		if err := p.element(c); err != nil {
			return nil, "", err
		}
	}
}

type regexParser struct {
	s         string
	i         int
	delimiter byte
	re        *regex
	open      []int // groups that are begun
	closed    int
	last      int // element that * repeats; -1: none
}

func (p *regexParser) next() (byte, bool) {
	if p.i >= len(p.s) {
		return 0, false
	}
	p.i++
	return p.s[p.i-1], true
}

func (p *regexParser) peek() byte {
	if p.i >= len(p.s) {
		return 0
	}
	return p.s[p.i]
}

func (p *regexParser) add(e element) {
	p.re.elements = append(p.re.elements, e)
	p.last = len(p.re.elements) - 1
}

func (p *regexParser) char(c byte) {
	set := &[256]bool{}
	set[c] = true
	p.add(element{set: set})
}

func (p *regexParser) element(c byte) error {
	switch c {
	case '.':
		set := &[256]bool{}
		for i := 1; i < 256; i++ {
			set[i] = true
		}
		p.add(element{set: set})
	case '\n':
		return errors.New("Illegal or missing delimiter: ")
	case '*':
		if p.last < 0 || p.re.elements[p.last].kind == opens || p.re.elements[p.last].kind == closes {
			p.char(c)
			return nil
		}
		e := &p.re.elements[p.last]
		if e.kind == atEnd {
			return errGarbled
		}
		e.repeated, e.min, e.max = true, 0, -1
	case '$':
		if next := p.peek(); next != p.delimiter && next != '\n' {
			p.char(c)
			return nil
		}
		p.add(element{kind: atEnd})
	case '[':
		return p.class()
	case '\\':
		return p.escaped()
	default:
		p.char(c)
	}
	return nil
}

// class reads what is in brackets. Nothing is special there but a ] that is not
// the first, and a - between two others.
func (p *regexParser) class() error {
	imbalance := errors.New("[ ] imbalance: ")
	set := &[256]bool{}
	c, _ := p.next()
	negative := c == '^'
	if negative {
		c, _ = p.next()
	}
	low := 0
	for {
		if c == 0 || c == '\n' {
			return imbalance
		}
		if c == '-' && low != 0 {
			if c, _ = p.next(); c == ']' {
				set['-'] = true
				break
			}
			if c == 0 || c == '\n' {
				return imbalance
			}
			for ; low < int(c); low++ {
				set[low] = true
			}
		}
		low = int(c)
		set[c] = true
		if c, _ = p.next(); c == ']' {
			break
		}
	}
	if negative {
		for i := range set {
			set[i] = !set[i] && i != 0
		}
	}
	p.add(element{set: set})
	return nil
}

func (p *regexParser) escaped() error {
	c, ok := p.next()
	switch {
	case !ok || c == '\n':
		return errors.New("Illegal or missing delimiter: ")
	case c == '(':
		if p.re.groups >= maxGroups {
			return errors.New("Too many \\(: ")
		}
		p.open = append(p.open, p.re.groups)
		p.add(element{kind: opens, group: p.re.groups})
		p.re.groups++
	case c == ')':
		if len(p.open) == 0 {
			return errors.New("\\( \\) imbalance: ")
		}
		p.add(element{kind: closes, group: p.open[len(p.open)-1]})
		p.open = p.open[:len(p.open)-1]
		p.closed++
	case c == '{' && p.last >= 0:
		return p.interval()
	case c == 'n':
		p.char('\n')
	case c >= '1' && c <= '9':
		if int(c-'1') >= p.closed {
			return errors.New("``\\digit'' out of range: ")
		}
		p.add(element{kind: back, group: int(c - '1')})
	default:
		p.char(c)
	}
	return nil
}

// interval reads "m\}", "m,\}" or "m,n\}" behind an element.
func (p *regexParser) interval() error {
	e := &p.re.elements[p.last]
	if e.kind != oneOf || e.repeated {
		return errGarbled
	}
	low, stop, err := p.number()
	if err != nil {
		return err
	}
	e.repeated, e.min, e.max = true, low, low
	if stop == ',' {
		if p.peek() == '\\' {
			p.i++
			e.max = low + endless
		} else if e.max, stop, err = p.number(); err != nil {
			return err
		} else if stop == ',' {
			return errors.New("More than 2 numbers given in \\{ \\}: ")
		}
	}
	if c, _ := p.next(); c != '}' {
		return errors.New("} expected after \\: ")
	}
	if e.max < e.min {
		return errors.New("First number exceeds second in \\{ \\}: ")
	}
	return nil
}

// number reads digits and what ends them, a backslash or a comma.
func (p *regexParser) number() (n int, stop byte, err error) {
	for digits := 0; ; digits++ {
		c, _ := p.next()
		if digits > 0 && (c == '\\' || c == ',') {
			return n, c, nil
		}
		if c < '0' || c > '9' {
			return 0, 0, errors.New("Bad number: ")
		}
		if n = 10*n + int(c-'0'); n >= maxRepeat {
			return 0, 0, errors.New("Range endpoint too large: ")
		}
	}
}

// A matcher looks for a regular expression in a text that has no NUL.
type matcher struct {
	text  []byte
	steps *int64 // left; shared by all matches of a request
	// barred is a place where no repetition may end, "" before the second of
	// several matches in a line; -1: none. It is what keeps x* from matching
	// nothing right behind a match.
	barred int
	m      found
}

// find looks for re from a place on.
func (x *matcher) find(re *regex, from int) (bool, error) {
	last := len(x.text)
	if re.start {
		last = from
	}
	for at := from; at <= last; at++ {
		ok := x.advance(re.elements, at)
		if *x.steps < 0 {
			return false, errSteps
		}
		if ok {
			x.m.from = at
			return true, nil
		}
	}
	return false, nil
}

// advance matches elements at a place (_advance).
func (x *matcher) advance(elements []element, at int) bool {
	for i := range elements {
		e := &elements[i]
		if *x.steps--; *x.steps < 0 {
			return false
		}
		if e.repeated {
			return x.repeat(e, elements[i+1:], at)
		}
		switch e.kind {
		case oneOf:
			if at >= len(x.text) || !e.set[x.text[at]] {
				return false
			}
			at++
		case opens:
			x.m.groups[e.group][0] = at
		case closes:
			x.m.groups[e.group][1] = at
		case back:
			if !bytes.HasPrefix(x.text[at:], x.group(e.group)) {
				return false
			}
			at += len(x.group(e.group))
		case atEnd:
			if at < len(x.text) {
				return false
			}
		}
	}
	x.m.to = at
	return true
}

func (x *matcher) group(n int) []byte { return x.text[x.m.groups[n][0]:x.m.groups[n][1]] }

// repeat matches an element as often as it can, and less often while the rest
// does not match.
func (x *matcher) repeat(e *element, rest []element, at int) bool {
	if e.kind == back {
		return x.repeatBack(e, rest, at)
	}
	end := at
	for n := 0; n != e.max && end < len(x.text) && e.set[x.text[end]]; n++ {
		end++
	}
	*x.steps -= int64(end - at)
	for ; end >= at+e.min; end-- {
		if end == x.barred {
			return false
		}
		if x.advance(rest, end) {
			return true
		}
		if *x.steps < 0 {
			return false
		}
	}
	return false
}

func (x *matcher) repeatBack(e *element, rest []element, at int) bool {
	again := append([]byte(nil), x.group(e.group)...)
	end := at
	for len(again) > 0 && bytes.HasPrefix(x.text[end:], again) {
		end += len(again)
		*x.steps -= int64(len(again))
	}
	for ; end >= at; end -= len(again) {
		if x.advance(rest, end) {
			return true
		}
		if len(again) == 0 || *x.steps < 0 {
			return false
		}
	}
	return false
}
