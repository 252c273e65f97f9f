package apacheconf

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
}
func (d *Diagnostic) Error() string { return d.Message }
