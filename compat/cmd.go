package compat

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"understudy/apacheconf"
)

// A Cmd is one directive while it is obeyed: Apache's cmd_parms.
type Cmd struct {
	Node     *apacheconf.Node
	Name     string // as the module's table spells it
	Raw      string // everything after the name
	Words    []string
	Build    *Build
	Host     *Host    // the host being configured, the main server at top level
	Section  *Section // the innermost one around, the host's own at server level
	Vector   *Vector  // what Set fills in
	Allowed  Place    // the places this is
	Dir      string   // the path of the enclosing <Directory>, <Location> …; "" at server level
	HTAccess bool
	// Parents are the sections around, outermost first, by their names as
	// written: "<Directory", "<Limit", "<RequireAny".
	Parents []*apacheconf.Node
	// Methods are those of an enclosing <Limit> (or, with Except, those not
	// of <LimitExcept>); nil: all.
	Methods []string
	Except  bool
	// OverrideOptions are the Options a .htaccess may name, where AllowOverride
	// Options= says so; nil: all.
	OverrideOptions *OptionSet
	// Run obeys what is inside the directive, in the same section, where
	// allowed may stand; set by who walks the tree.
	Run func(allowed Place) error
	// RunApart obeys what is inside the directive where allowed may stand, and
	// returns a section that says it, to be entered when it is needed. Its path
	// is Dir.
	RunApart func(allowed Place) (*Section, error)
}

// Named is c under the name its table has, for who obeys a section itself.
func (c *Cmd) Named(name string) *Cmd { c.Name = name; return c }

// Arg is word i, or "".
func (c *Cmd) Arg(i int) string {
	if i >= len(c.Words) {
		return ""
	}
	return c.Words[i]
}

// On is the value of a Flag directive.
func (c *Cmd) On() bool { return strings.EqualFold(c.Arg(0), "on") }

// AtServer reports whether c stands at server level: in no section but perhaps
// <VirtualHost>.
func (c *Cmd) AtServer() bool { return c.Dir == "" && !c.HTAccess }

// Path is p relative to ServerRoot (ap_server_root_relative), cleaned.
func (c *Cmd) Path(p string) string { return c.Build.Path(p) }

// Path is p relative to ServerRoot, cleaned.
func (b *Build) Path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(b.Tree.Root, p)
}

// RuntimePath is p relative to DefaultRuntimeDir (ap_runtime_dir_relative).
func (b *Build) RuntimePath(p string) string {
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	dir := b.Tree.RuntimeDir
	if dir == "" {
		dir = filepath.Join(b.Tree.Root, "logs")
	}
	return filepath.Join(dir, p)
}

// Errorf is an error with Apache's text, put behind the place by who reports it.
func Errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// Warnf adds a warning that is printed as a line of the error log.
func (c *Cmd) Warnf(module string, level Level, format string, args ...any) {
	c.Build.Warn(apacheconf.Diagnostic{Pos: c.Node.Pos, Bare: true, Module: module,
		Level: level.String(), Message: fmt.Sprintf(format, args...)})
}

// ErrDecline tells that a directive is not meant for this place after all.
var ErrDecline = errors.New("declined")

// Invoke checks how many words d takes (invoke_cmd), and calls Set. The words
// are split here, so that one place decides for all modules. Errors are
// Apache's texts without place.
func Invoke(c *Cmd, d *Directive, config any) error {
	c.Name, c.Raw = d.Name, c.Node.Args
	switch d.Args {
	case RawArgs:
		return d.Set(c, config)
	case Iterate, Iterate2:
		return d.iterate(c, config)
	}
	words, text := d.Args.split(c.Raw)
	if text != "" {
		if d.Args == NoArgs || d.Args == Flag {
			return fmt.Errorf("%s %s", d.Name, text)
		}
		return d.wrong(text)
	}
	c.Words = words
	return d.Set(c, config)
}

// iterate calls Set for each word, with Iterate2 together with the first. An
// empty word ends the list.
func (d *Directive) iterate(c *Cmd, config any) error {
	w, rest := apacheconf.Word(c.Raw)
	switch {
	case d.Args == Iterate && w == "":
		return d.wrong("requires at least one argument")
	case d.Args == Iterate2 && (w == "" || rest == ""):
		return d.wrong("requires at least two arguments")
	}
	var first []string
	if d.Args == Iterate2 {
		first = []string{w}
		w, rest = apacheconf.Word(rest)
	}
	for w != "" {
		c.Words = append(first[:len(first):len(first)], w)
		if err := d.Set(c, config); err != nil {
			return err
		}
		w, rest = apacheconf.Word(rest)
	}
	return nil
}

func (d *Directive) wrong(text string) error {
	if d.Help == "" {
		return fmt.Errorf("%s %s", d.Name, text)
	}
	return fmt.Errorf("%s %s, %s", d.Name, text, d.Help)
}
