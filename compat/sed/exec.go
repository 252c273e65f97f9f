package sed

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
)

const (
	maxSpace   = 8 << 20 // of the line, and of what is held
	maxAppends = 20
	// freeSteps is what a script may do at all, and stepsPerByte for each byte
	// it is given.
	freeSteps    = 4 << 20
	stepsPerByte = 1 << 10
)

// An eval runs a script over lines (sed_eval_t).
type eval struct {
	s     *script
	out   io.Writer
	log   func(string) // what goes wrong without ending it
	files []*os.File

	line    []byte
	held    []byte
	number  int64
	inRange []bool
	appends []*command
	pending int // command to go on with at the next line; 0: the first
	steps   int64

	last, replaced, deleted, quit bool
}

// newEval opens the files of s (sed_reset_eval).
func newEval(s *script, out io.Writer, log func(string)) (*eval, error) {
	e := &eval{s: s, out: out, log: log, inRange: make([]bool, len(s.commands)), steps: freeSteps}
	for _, name := range s.files {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666)
		if err != nil {
			e.close()
			log("cannot open " + name)
			return nil, err
		}
		e.files = append(e.files, f)
	}
	return e, nil
}

func (e *eval) close() {
	for _, f := range e.files {
		f.Close()
	}
}

// text is the line up to a NUL, which is all that commands see.
func text(line []byte) []byte {
	if i := bytes.IndexByte(line, 0); i >= 0 {
		return line[:i]
	}
	return line
}

// run takes e.line through the commands, and leaves the next line its place
// (execute).
func (e *eval) run() error {
	e.number++
	e.replaced = false
	pc := e.pending
	e.pending = 0
	for pc < len(e.s.commands) {
		if e.steps -= 1 + int64(len(e.line)/8); e.steps < 0 {
			return errSteps
		}
		c := e.s.commands[pc]
		fits, err := e.fits(c)
		if err != nil {
			return err
		}
		if pc++; c.jumps {
			if !fits {
				pc = c.target
			}
			continue
		}
		if !fits {
			continue
		}
		next, err := e.do(c, pc)
		if err != nil || e.quit || e.pending > 0 {
			return err
		}
		if pc = next; e.deleted {
			break
		}
	}
	if !e.s.quiet && !e.deleted {
		if err := e.print(e.line); err != nil {
			return err
		}
	}
	e.deleted = false
	err := e.flushAppends()
	e.line = e.line[:0]
	return err
}

// fits reports whether c is for the line.
func (e *eval) fits(c *command) (bool, error) {
	if c.from == nil {
		return !c.negate, nil
	}
	if e.inRange[c.index] {
		switch to := c.to; {
		case to.end:
		case to.re == nil:
			if e.number >= to.line {
				e.inRange[c.index] = false
			}
			if e.number > to.line {
				return c.negate, nil
			}
		default:
			ok, err := e.match(to.re)
			if err != nil {
				return false, err
			}
			if ok {
				e.inRange[c.index] = false
			}
		}
		return !c.negate, nil
	}
	ok, err := e.begins(c.from)
	if err != nil {
		return false, err
	}
	// A range of which the first line is the last one does not begin.
	if ok && c.to != nil && !c.from.end {
		e.inRange[c.index] = true
	}
	return ok != c.negate, nil
}

func (e *eval) begins(a *address) (bool, error) {
	switch {
	case a.end:
		return e.last, nil
	case a.re == nil:
		return e.number == a.line, nil
	}
	return e.match(a.re)
}

func (e *eval) match(re *regex) (bool, error) {
	x := matcher{text: text(e.line), steps: &e.steps, barred: -1}
	return x.find(re, 0)
}

// do obeys c. next is the command to go on with.
func (e *eval) do(c *command, after int) (next int, err error) {
	next = after
	switch c.name {
	case 'a', 'r':
		e.later(c)
	case 'c':
		if e.deleted = true; !e.inRange[c.index] || e.last {
			err = e.print([]byte(c.text))
		}
	case 'd':
		e.deleted = true
	case 'D':
		_, rest, found := bytes.Cut(text(e.line), newline)
		if !found {
			e.deleted = true
			break
		}
		e.line = append(e.line[:0], rest...)
		next = 0
	case '=':
		err = e.print(strconv.AppendInt(nil, e.number, 10))
	case 'i':
		err = e.print([]byte(c.text))
	case 'b':
		next = e.branch(c)
	case 't':
		if e.replaced {
			e.replaced = false
			next = e.branch(c)
		}
	case 'l':
		err = e.list()
	case 'n', 'N', 'q':
		err = e.turn(c, after)
	case 'p':
		err = e.print(e.line)
	case 'P':
		err = e.printFirst()
	case 's':
		err = e.substitute(c)
	case 'w':
		e.write(c)
	case 'y':
		for i, ch := range text(e.line) {
			e.line[i] = c.table[ch]
		}
	default:
		err = e.hold(c.name)
	}
	return next, err
}

var newline = []byte("\n")

// hold moves between the line and what is held: g, G, h, H and x.
func (e *eval) hold(name byte) error {
	switch name {
	case 'g':
		e.line = append(e.line[:0], e.held...)
	case 'G':
		e.line = append(append(text(e.line), '\n'), e.held...)
	case 'h':
		e.held = append(e.held[:0], text(e.line)...)
	case 'H':
		e.held = append(append(e.held, '\n'), text(e.line)...)
	case 'x':
		line := text(e.line)
		e.line, e.held = e.held, line
	}
	e.steps -= int64(len(e.line)+len(e.held)) / 16
	if len(e.line) > maxSpace || len(e.held) > maxSpace {
		return errSpace
	}
	return nil
}

// later has the text of a, or the file of r, follow the line.
func (e *eval) later(c *command) {
	if len(e.appends) < maxAppends {
		e.appends = append(e.appends, c)
		return
	}
	what := "appends"
	if c.name == 'r' {
		what = "reads"
	}
	e.log(fmt.Sprintf("too many %s after line %d", what, e.number))
}

func (e *eval) branch(c *command) int {
	if c.label == "" {
		return len(e.s.commands)
	}
	return e.s.labels[c.label]
}

// turn obeys the commands that go to another line: n, N and q.
func (e *eval) turn(c *command, after int) error {
	if c.name != 'N' && !e.s.quiet {
		if err := e.print(e.line); err != nil {
			return err
		}
	}
	if err := e.flushAppends(); err != nil {
		return err
	}
	switch c.name {
	case 'q':
		e.quit = true
		return nil
	case 'N':
		e.line = append(text(e.line), '\n')
	case 'n':
		e.line = e.line[:0]
	}
	// Behind the last command there is still one to go on with, which is none.
	e.pending = after
	return nil
}

func (e *eval) write(c *command) {
	if c.file > 0 {
		e.files[c.file-1].Write(append(bytes.Clone(text(e.line)), '\n'))
	}
}

func (e *eval) print(line []byte) error {
	if e.steps -= int64(len(line)); e.steps < 0 {
		return errSteps
	}
	if _, err := e.out.Write(line); err != nil {
		return err
	}
	_, err := e.out.Write(newline)
	return err
}

func (e *eval) printFirst() error {
	first, _, _ := bytes.Cut(text(e.line), newline)
	return e.print(first)
}

// flushAppends writes what a and r said (arout).
func (e *eval) flushAppends() error {
	list := e.appends
	e.appends = e.appends[:0]
	for _, c := range list {
		if c.name == 'a' {
			if err := e.print([]byte(c.text)); err != nil {
				return err
			}
			continue
		}
		if err := copyFile(e.out, c.text); err != nil {
			return err
		}
	}
	return nil
}

// copyFile writes a file to w. One that cannot be read is passed over.
func copyFile(w io.Writer, name string) error {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	_, err = io.CopyN(w, f, info.Size())
	if err == io.EOF {
		return nil
	}
	return err
}

// list writes the line so that all of it can be seen, in pieces of 72.
func (e *eval) list() error {
	piece := make([]byte, 0, 72)
	for _, ch := range text(e.line) {
		for _, shown := range visible(ch) {
			if piece = append(piece, shown); len(piece) == 71 {
				if err := e.print(append(piece, '\\')); err != nil {
					return err
				}
				piece = piece[:0]
			}
		}
	}
	return e.print(piece)
}

// visible is how l shows a byte. The first digit of one above 127 comes out of
// its sign in Apache, and here.
func visible(ch byte) []byte {
	switch {
	case ch == '\n':
		return newline
	case ch < ' ':
		return []byte{'\\', ch>>3 + '0', ch&7 + '0'}
	case ch == 0x7f:
		return []byte(`\177`)
	case ch > 0x7f:
		return []byte{'\\', byte(int8(ch)>>6 + '0'), ch>>3&7 + '0', ch&7 + '0'}
	}
	return []byte{ch}
}
