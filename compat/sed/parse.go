package sed

import (
	"errors"
	"fmt"
	"strings"
)

// A script is the commands that OutputSed or InputSed lines say, in order.
type script struct {
	commands []*command
	quiet    bool // #n
	files    []string
	labels   map[string]int // where they are
	wanted   map[string]bool
	open     []*command // of "{" not yet closed
	last     *regex     // what an empty expression stands for
	lastLine bool       // it would stand for a line number
	lines    int        // numbers of lines in addresses
}

// The limits of the dialect.
const (
	maxLine   = 1000
	maxLabel  = 8
	maxLabels = 49
	maxFiles  = 11
	maxLines  = 256
	maxDepth  = 20
)

// A command is one of a script. Where it jumps to is label, found when it is
// run, or target for what skips a block.
type command struct {
	name   byte
	from   *address
	to     *address
	negate bool
	text   string // of a, c, i; the file of r
	file   int    // of w and s///w, from 1; 0: none
	label  string // of b, t
	jumps  bool   // it is a "{", which goes to target where its address does not fit
	target int

	re    *regex // of s
	by    string
	every bool // g
	nth   int
	print byte       // p or P; 0: neither
	table *[256]byte // of y
	index int        // among the commands
}

// An address says of which lines a command is: those re matches, the last, or
// the one with a number.
type address struct {
	re   *regex
	end  bool
	line int64
}

var (
	errGarbled = errors.New("command garbled: ")
	errFirst   = errors.New("first RE may not be null")
)

// compile adds the commands of text to s (sed_compile_string).
func (s *script) compile(text string) error {
	p := &parser{s: s}
	for first := true; ; first = false {
		line, rest, more := cutLine(text)
		if len(line) > maxLine {
			return errors.New("command line too long")
		}
		if strings.HasPrefix(line, "#") {
			s.quiet = s.quiet || first && strings.HasPrefix(line, "#n")
		} else if err := p.line(line); err != nil {
			if m := err.Error(); strings.HasSuffix(m, ": ") {
				return errors.New(m + line)
			}
			return err
		}
		if !more {
			return nil
		}
		text = rest
	}
}

// cutLine takes a line off: a newline behind a backslash does not end it. One
// that ends in a lone backslash is not there (rline).
func cutLine(text string) (line, rest string, more bool) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			return text[:i], text[i+1:], true
		case '\\':
			if i++; i == len(text) {
				return "", "", false
			}
		}
	}
	return text, "", false
}

// unfinished says why s cannot be run as it is; nil if it can
// (sed_get_finalize_error).
func (s *script) unfinished() error {
	if len(s.open) > 0 {
		return errors.New("too many {'s")
	}
	for label := range s.wanted {
		if _, ok := s.labels[label]; !ok {
			return fmt.Errorf("undefined label: %s", label)
		}
	}
	return nil
}

// A parser reads one line of a script.
type parser struct {
	s    *script
	rest string
}

func (p *parser) peek() byte {
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

func (p *parser) next() byte {
	c := p.peek()
	if p.rest != "" {
		p.rest = p.rest[1:]
	}
	return c
}

func (p *parser) skip(set string) { p.rest = strings.TrimLeft(p.rest, set) }

// line reads the commands of a line (fcomp).
func (p *parser) line(line string) error {
	p.rest = line
	for {
		if p.skip(" \t"); p.rest == "" || p.rest[0] == '#' {
			return nil
		}
		if p.rest[0] == ';' {
			p.rest = p.rest[1:]
			continue
		}
		c := &command{}
		if err := p.addresses(c); err != nil {
			return err
		}
		p.skip(" \t")
		for p.peek() == '!' {
			p.rest, c.negate = p.rest[1:], true
		}
		done, err := p.command(c)
		if err != nil || done {
			return err
		}
		if c.name == '{' {
			continue
		}
		switch p.next() {
		case 0:
			return nil
		case ';':
		default:
			return errGarbled
		}
	}
}

func (p *parser) addresses(c *command) (err error) {
	if c.from, err = p.address(); err != nil || c.from == nil {
		return err
	}
	if p.peek() != ',' && p.peek() != ';' {
		return nil
	}
	p.rest = p.rest[1:]
	if c.to, err = p.address(); err == nil && c.to == nil {
		err = errGarbled
	}
	return err
}

// address reads one, or nothing.
func (p *parser) address() (*address, error) {
	switch c := p.peek(); {
	case c == '$':
		p.rest = p.rest[1:]
		p.s.lastLine = true
		return &address{end: true}, nil
	case c == '/' || c == '\\':
		if c == '\\' {
			p.rest = p.rest[1:]
		}
		re, err := p.regex(p.next())
		if err != nil {
			return nil, err
		}
		return &address{re: re}, nil
	case c < '0' || c > '9':
		return nil, nil
	}
	n := int64(0)
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		if n = n*10 + int64(c-'0'); n > 1<<40 {
			return nil, errGarbled
		}
		p.rest = p.rest[1:]
	}
	if p.s.lines++; p.s.lines >= maxLines {
		return nil, errors.New("too many line numbers")
	}
	p.s.lastLine = true
	return &address{line: n}, nil
}

// regex reads an expression; an empty one is the last there was.
func (p *parser) regex(delimiter byte) (*regex, error) {
	if delimiter == 0 {
		return nil, errGarbled
	}
	re, rest, err := compileRegex(p.rest, delimiter)
	if err != nil {
		return nil, err
	}
	p.rest = rest
	if re == nil {
		if p.s.last == nil || p.s.lastLine {
			return nil, errFirst
		}
		return p.s.last, nil
	}
	p.s.last, p.s.lastLine = re, false
	return re, nil
}

// command reads a command behind its addresses; done tells that what follows on
// the line does not count.
func (p *parser) command(c *command) (done bool, err error) {
	c.name = p.next()
	switch c.name {
	case '{':
		if len(p.s.open) == maxDepth {
			return false, errors.New("too many {'s")
		}
		c.jumps = true
		p.s.open = append(p.s.open, c)
	case '}':
		if c.from != nil {
			return false, errors.New("no addresses allowed: ")
		}
		if len(p.s.open) == 0 {
			return false, errors.New("too many }'s")
		}
		p.s.open[len(p.s.open)-1].target = len(p.s.commands)
		p.s.open = p.s.open[:len(p.s.open)-1]
		return true, nil
	case ':':
		return true, p.label(c)
	case 'a', 'i', 'c', 'r', '=', 'q':
		if c.to != nil && c.name != 'c' {
			return false, errors.New("only one address allowed: ")
		}
		if err := p.textOf(c); err != nil {
			return false, err
		}
	case 'b', 't':
		if err := p.branch(c); err != nil {
			return false, err
		}
	case 's':
		err = p.substitute(c)
	case 'y':
		err = p.transform(c)
	case 'w':
		err = p.file(c)
	case 'g', 'G', 'h', 'H', 'n', 'N', 'p', 'P', 'd', 'D', 'l', 'x':
	default:
		return false, errors.New("unrecognized command: ")
	}
	c.index = len(p.s.commands)
	p.s.commands = append(p.s.commands, c)
	return false, err
}

func (p *parser) label(c *command) error {
	if c.from != nil {
		return errors.New("no addresses allowed: ")
	}
	p.skip(" ")
	if len(p.rest) >= maxLabel {
		return errors.New("label too long: ")
	}
	if _, twice := p.s.labels[p.rest]; twice {
		return errors.New("duplicate labels: ")
	}
	if p.s.labels == nil {
		p.s.labels = map[string]int{}
	}
	p.s.labels[p.rest] = len(p.s.commands)
	return p.countLabels()
}

func (p *parser) branch(c *command) error {
	p.skip(" ")
	if len(p.rest) >= maxLabel {
		return errors.New("label too long: ")
	}
	if c.label, p.rest = p.rest, ""; c.label == "" {
		return nil
	}
	if p.s.wanted == nil {
		p.s.wanted = map[string]bool{}
	}
	p.s.wanted[c.label] = true
	return p.countLabels()
}

func (p *parser) countLabels() error {
	if len(p.s.labels)+len(p.s.wanted) > 2*maxLabels {
		return errors.New("too many labels: ")
	}
	return nil
}

// textOf reads the text of a, i and c, and the file of r.
func (p *parser) textOf(c *command) error {
	switch c.name {
	case '=', 'q':
		return nil
	case 'r':
		if p.next() != ' ' {
			return errGarbled
		}
	default:
		if p.peek() == '\\' {
			p.next()
		}
		if p.next() != '\n' {
			return errGarbled
		}
	}
	c.text = p.text()
	return nil
}

// text is the rest, without white space at its lines' begin and without
// backslashes.
func (p *parser) text() string {
	var b strings.Builder
	p.skip(" \t")
	for p.rest != "" {
		ch := p.next()
		if ch == '\\' {
			ch = p.next()
		}
		if b.WriteByte(ch); ch == '\n' {
			p.skip(" \t")
		}
	}
	return b.String()
}

// file reads the file that w writes to.
func (p *parser) file(c *command) error {
	if p.next() != ' ' {
		return errors.New("Space missing before filename: ")
	}
	name := p.text()
	for i, known := range p.s.files {
		if known == name {
			c.file = i + 1
			return nil
		}
	}
	if len(p.s.files) >= maxFiles {
		return errors.New("too many files in w commands")
	}
	p.s.files = append(p.s.files, name)
	c.file = len(p.s.files)
	return nil
}

func (p *parser) substitute(c *command) (err error) {
	delimiter := p.next()
	if c.re, err = p.regex(delimiter); err != nil {
		return err
	}
	if c.by, err = p.replacement(delimiter, c.re.groups); err != nil {
		return err
	}
	if p.peek() == 'g' {
		p.next()
		c.every = true
	}
	if ch := p.peek(); ch >= '1' && ch <= '9' {
		c.every = false
		for ch := p.peek(); ch >= '0' && ch <= '9'; ch = p.peek() {
			if c.nth = c.nth*10 + int(ch-'0'); c.nth > 512 {
				return errors.New("suffix too large: ")
			}
			p.next()
		}
	}
	for _, flag := range "pP" {
		if p.peek() == byte(flag) {
			c.print = p.next()
		}
	}
	if p.peek() == 'w' {
		p.next()
		return p.file(c)
	}
	return nil
}

// replacement reads what is put in the place of a match, as it is written
// (compsub).
func (p *parser) replacement(delimiter byte, groups int) (string, error) {
	for i := 0; i < len(p.rest); i++ {
		switch ch := p.rest[i]; ch {
		case delimiter:
			by := p.rest[:i]
			p.rest = p.rest[i+1:]
			return by, nil
		case '\\':
			if i++; i < len(p.rest) && p.rest[i] > byte(groups)+'0' && p.rest[i] <= '9' {
				return "", errors.New("``\\digit'' out of range: ")
			}
		}
	}
	return "", errors.New("ending delimiter missing on substitution: ")
}

// transform reads y/from/to/ (ycomp).
func (p *parser) transform(c *command) error {
	delimiter := p.next()
	from, ok1 := p.transformed(delimiter)
	to, ok2 := p.transformed(delimiter)
	switch {
	case !ok1 || !ok2:
		return errors.New("ending delimiter missing on string: ")
	case len(from) != len(to):
		return errors.New("transform strings not the same size: ")
	}
	c.table = &[256]byte{}
	for i := range c.table {
		c.table[i] = byte(i)
	}
	for i, ch := range from {
		c.table[ch] = to[i]
	}
	return nil
}

// transformed is one side of y.
func (p *parser) transformed(delimiter byte) (set []byte, ok bool) {
	for p.rest != "" {
		ch := p.next()
		switch {
		case ch == delimiter:
			return set, true
		case ch == '\n':
			return nil, false
		case ch == '\\' && p.peek() == 'n':
			p.next()
			ch = '\n'
		}
		set = append(set, ch)
	}
	return nil, false
}
