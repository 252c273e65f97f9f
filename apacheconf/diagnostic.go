package apacheconf

import (
	"fmt"
	"strings"
)

// A Diagnostic is something wrong with a configuration. Error prints it as
// Apache does, letter for letter; Explain (terminal, `understudy check`) adds
// the source line, a caret and the hint.
type Diagnostic struct {
	Pos     Position
	Message string // Apache's text, without "Syntax error on line …"
	Hint    string // ours: what to do about it; may be empty
	Reading bool   // raised while reading (pass 1): printed with the include chain on one line
	Program string // base name of argv[0], for those raised while reading
	Bare    bool   // Message is the whole text
	Module  string // of a warning that is a line of the error log: "core"
	Level   string // and its level: "warn"
	Ours    bool   // nothing that Apache would say: for people and the log, not for tools
}

// Error is what Apache prints: one line naming the files from the outermost
// in while reading, "AH00526: Syntax error …" and the message below it later.
func (d *Diagnostic) Error() string {
	if d.Bare {
		return d.Message
	}
	if !d.Reading {
		return fmt.Sprintf("AH00526: Syntax error on line %d of %s:\n%s", d.Pos.Line, d.Pos.File, d.Message)
	}
	var b strings.Builder
	b.WriteString(d.Program + ": ")
	for _, p := range chain(d.Pos) {
		fmt.Fprintf(&b, "Syntax error on line %d of %s: ", p.Line, p.File)
	}
	b.WriteString(d.Message)
	return b.String()
}

// chain lists the places that led to p, outermost first, p last.
func chain(p Position) []Position {
	if p.From == nil {
		return []Position{p}
	}
	return append(chain(*p.From), p)
}
