package apacheconf

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Options say what to load and in what surroundings.
type Options struct {
	Root      string                      // ServerRoot (-d), absolute
	File      string                      // the main file (-f), relative to Root or absolute
	Before    []string                    // -C
	After     []string                    // -c
	Defines   []string                    // -D
	Program   string                      // base name of argv[0]
	LookupEnv func(string) (string, bool) // nil: os.LookupEnv
	Modules   Catalog
	Cache     *Cache // nil: read every file anew
	Thorough  bool   // for a report: go on after errors, and note what is obeyed
}

// A Catalog is what the loader must know of the modules there are.
type Catalog interface {
	// Module finds a module by identifier ("alias_module"). Static ones are
	// always loaded, and refuse LoadModule ("is built-in and can't be loaded").
	Module(identifier string) (file string, static, ok bool)
	// Static lists the identifiers of the modules that are always there.
	Static() []string
	// Directives lists the names (sections with "<") a module defines.
	Directives(identifier string) []string
}

// A Loaded is a module brought in by LoadModule, or a static one.
type Loaded struct {
	Identifier string // "alias_module"
	File       string // "mod_alias.c"
	Static     bool
	Path       string // as LoadModule gave it, absolute
	Pos        Position
}

// A Define is a name set by -D, Define, or the server.
type Define struct {
	Name, Value string
	HasValue    bool
}

// A Tree is a configuration as loaded: one list of nodes, and what the reading
// of it touched and decided.
type Tree struct {
	Nodes      []*Node
	Root       string       // ServerRoot in force at the end
	RootText   string       // as -S shows Root: with the slash at its end that ServerRoot has
	RuntimeDir string       // DefaultRuntimeDir, absolute; empty: not set
	Modules    []Loaded     // in load order, static ones first
	Defines    []Define     // in order of definition
	Includes   []Include    // every file read, for DUMP_INCLUDES
	Watched    []string     // every file, directory and glob directory that was looked at
	Warnings   []Diagnostic // AH00111 and the like, in order
	// Errors and Obeyed are of a thorough load: all that is wrong, and what was
	// obeyed while reading, of which no node is left.
	Errors []*Diagnostic
	Obeyed []Obeyed
}

// An Obeyed is a directive that was obeyed while reading.
type Obeyed struct {
	Node    *Node
	Skipped bool // a conditional that is false: what it holds was not read
}

// An Include is a file that was read, and by which line.
type Include struct {
	File  string
	From  *Position // nil: the main file
	Depth int
	// Line is the one Apache gives for it: of the Include obeyed last, which may
	// have stood in a file that the same pattern brought in before.
	Line int
}

// HasModule reports whether the module with that identifier or file name is
// loaded.
func (t *Tree) HasModule(name string) bool {
	for i := range t.Modules {
		if t.Modules[i].Identifier == name || t.Modules[i].File == name {
			return true
		}
	}
	return false
}

// A loader is a load under way.
type loader struct {
	Options
	tree        *Tree
	src         *source
	macros      map[string]*macro
	depth       int // of includes
	lastInclude int // line of the Include obeyed last
	nesting     int // of sections and conditionals
	seen        map[string]bool
	// inHtaccess: only conditionals are obeyed while reading.
	inHtaccess bool
	// noConditionals: not even those.
	noConditionals bool
	unreadable     error           // of the line that could not be read; nothing comes after it
	read           map[string]bool // files
	made           int             // bytes of text that was made of other text, or read again
}

// A source is a text being read: a file, or what a macro made, in which case
// the lines around the Use follow.
type source struct {
	name  string
	lines []line
	next  int
	no    int       // line number of the line read last
	done  int       // that of the directive obeyed last while reading; 0: none
	again bool      // it is a macro's, or a file's that was read before
	from  *Position // the Include that led here
	upper *source
}

// maxNesting bounds how deep sections stand in each other; Apache's stack
// would give up later.
const maxNesting = 2000

// Load reads a configuration (ap_read_config). An error is the first one
// found, a *Diagnostic; the Tree that comes with it holds what was read and
// the warnings up to there, or up to the end if the load is thorough.
func Load(o Options) (*Tree, error) {
	l := &loader{Options: o, tree: &Tree{Root: o.Root}, seen: map[string]bool{}, read: map[string]bool{}}
	if o.Cache == nil {
		l.Cache = NewCache()
	}
	for _, id := range o.Modules.Static() {
		file, _, _ := o.Modules.Module(id)
		l.tree.Modules = append(l.tree.Modules, Loaded{Identifier: id, File: file, Static: true})
	}
	for _, d := range o.Defines {
		l.define(d, "", false)
	}
	var b block
	for _, read := range []func(*block) error{
		func(b *block) error { return l.commandLine(b, o.Before) },
		l.mainFile,
		func(b *block) error { return l.commandLine(b, o.After) },
	} {
		err := read(&b)
		l.tree.Nodes = b.nodes
		if err != nil && !l.goOn(err) {
			return l.tree, err
		}
	}
	if len(l.tree.Errors) > 0 {
		return l.tree, l.tree.Errors[0]
	}
	return l.tree, nil
}

// maxErrors bounds how many errors of a configuration are told.
const maxErrors = 1000

// goOn keeps err and reports whether to read on.
func (l *loader) goOn(err error) bool {
	d, ok := err.(*Diagnostic)
	if !ok || !l.Thorough || len(l.tree.Errors) == maxErrors {
		return false
	}
	l.tree.Errors = append(l.tree.Errors, d)
	return true
}

func (l *loader) mainFile(b *block) error {
	if len(l.Before)+len(l.After) > 0 {
		if _, err := os.Stat(l.path(l.File)); err != nil {
			return nil // Not required with -C or -c.
		}
	}
	if isDir(l.path(l.File)) {
		return &Diagnostic{Bare: true, Message: fmt.Sprintf("%s: %v", l.Program, l.notRegular(l.path(l.File)))}
	}
	if err := l.include(b, l.path(l.File), false); err != nil {
		if d, ok := err.(*Diagnostic); ok {
			return d
		}
		return &Diagnostic{Bare: true, Message: l.Program + ": " + err.Error()}
	}
	return nil
}

// commandLine reads the texts of -C or -c.
func (l *loader) commandLine(b *block, texts []string) error {
	if len(texts) == 0 {
		return nil
	}
	src := &source{name: "-c/-C directives"}
	for i, t := range texts {
		src.lines = append(src.lines, line{strings.TrimSpace(t), i + 1})
	}
	if err := l.readSource(b, src); err != nil {
		if d, ok := err.(*Diagnostic); ok {
			err = fmt.Errorf("%s", d.Message)
		}
		return &Diagnostic{Bare: true,
			Message: l.Program + ": Syntax error in -C/-c directive: " + err.Error()}
	}
	return nil
}

// path is p relative to ServerRoot.
func (l *loader) path(p string) string {
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(l.tree.Root, p)
}

// A block is a list of nodes under construction, and the sections opened in it
// and not yet closed.
type block struct {
	nodes []*Node
	open  []*Node
}

func (b *block) parent() *Node {
	if len(b.open) == 0 {
		return nil
	}
	return b.open[len(b.open)-1]
}

func (b *block) add(nodes ...*Node) {
	if p := b.parent(); p != nil {
		p.Children = append(p.Children, nodes...)
		return
	}
	b.nodes = append(b.nodes, nodes...)
}

// readSource reads all of src into b (ap_build_config).
func (l *loader) readSource(b *block, src *source) error {
	around := l.src
	l.src = src
	defer func() { l.src = around }()
	inner := &block{}
	for {
		var err error
		text, ok := l.getline()
		if ok {
			err = l.line(inner, text)
		}
		if l.unreadable != nil {
			err, l.unreadable = l.unreadable, nil
			return err
		}
		if !ok {
			break
		}
		if err != nil && !l.goOn(err) {
			return err
		}
	}
	b.add(inner.nodes...)
	return l.unclosed(inner)
}

func (l *loader) unclosed(b *block) error {
	if len(b.open) == 0 {
		return nil
	}
	var texts []string
	for i := len(b.open) - 1; i >= 0; i-- {
		texts = append(texts, fmt.Sprintf("%s: %s> was not closed.", b.open[i].Pos, b.open[i].Name))
	}
	return l.errorAt(b.open[0].Pos, strings.Join(texts, "\n"))
}

// getline takes the next line that is not blank.
func (l *loader) getline() (string, bool) {
	for {
		text, ok := l.getlineRaw()
		if !ok || text != "" {
			return text, ok
		}
	}
}

// getlineRaw takes the next line, blank ones too. Where a macro's text ends,
// the text around its Use goes on.
func (l *loader) getlineRaw() (string, bool) {
	for l.src.next == len(l.src.lines) {
		if l.src.upper == nil {
			return "", false
		}
		l.src = l.src.upper
	}
	ln := l.src.lines[l.src.next]
	l.src.next++
	l.src.no = ln.no
	if ln.text == tooLong {
		l.stop("Line too long")
		return "", false
	}
	if l.src.again && !l.make(len(ln.text)+lineCost) {
		return "", false
	}
	return ln.text, true
}

// maxMade bounds what a few lines can come to that include, use and define each
// other twice, and twice again. A line costs what is kept of it, too.
const (
	maxMade    = 256 << 20
	sourceCost = 1024 // of a file that is read again, of a macro that is used
	lineCost   = 64
)

// make reports whether n more bytes of text may be made.
func (l *loader) make(n int) bool {
	if l.made += n; l.made > maxMade {
		l.stop("it comes to too much, there appears to be a recursion")
		return false
	}
	return true
}

// stop ends the reading at the line read last.
func (l *loader) stop(why string) { l.unreadable = l.src.unreadable(l, why) }

// unreadable is the error for the line read last; Apache names the directive
// that it obeyed last while reading, too.
func (s *source) unreadable(l *loader, why string) error {
	text := fmt.Sprintf("Error reading %s at line %d: %s", s.name, s.no, why)
	if s.done == 0 {
		return errors.New(text)
	}
	return l.errorAt(Position{File: s.name, Line: s.done, From: s.from}, text)
}

func (l *loader) pos() Position {
	if l.src == nil {
		return Position{}
	}
	return Position{File: l.src.name, Line: l.src.no, From: l.src.from}
}

func (l *loader) errorAt(p Position, message string) error {
	return &Diagnostic{Pos: p, Message: message, Reading: true, Program: l.Program}
}

// hinted is an error at the line read last, with what to do about it.
func (l *loader) hinted(hint, format string, args ...any) error {
	d := l.errorAt(l.pos(), fmt.Sprintf(format, args...)).(*Diagnostic)
	d.Hint = hint
	return d
}

// line takes in one line. Errors of it get its position: that of a section
// that is read at once is where it began.
func (l *loader) line(b *block, text string) error {
	pos := l.pos()
	err := l.obey(b, text)
	if _, placed := err.(*Diagnostic); err == nil || placed {
		return err
	}
	return l.errorAt(pos, err.Error())
}

// obey is ap_build_config_sub.
func (l *loader) obey(b *block, text string) error {
	name, args := Word(l.expand(text))
	if name == "" {
		return nil
	}
	closing := strings.HasPrefix(name, "</")
	if !closing && !(len(name) > 1 && name[1] == '/') {
		name = strings.TrimSuffix(name, ">")
		if strings.HasPrefix(name, "<") && args == "" {
			args = ">"
		}
	}
	if run := l.onRead(name); run != nil {
		l.src.done = l.src.no
		if l.Thorough {
			l.tree.Obeyed = append(l.tree.Obeyed, Obeyed{Node: &Node{Pos: l.pos(), Name: name, Args: args}})
		}
		return run(l, b, args)
	}
	if closing {
		return l.closeSection(b, name)
	}
	n := &Node{Pos: l.pos(), Name: name, Args: args}
	b.add(n)
	if strings.HasPrefix(name, "<") {
		if len(b.open)+l.nesting > maxNesting {
			return fmt.Errorf("sections are nested more than %d deep", maxNesting)
		}
		b.open = append(b.open, n)
	}
	return nil
}

// closeThrough closes the sections up to the innermost that name closes. Where
// there is none, the innermost is taken to have been meant.
func (b *block) closeThrough(name string) {
	for i := len(b.open) - 1; i >= 0; i-- {
		if strings.EqualFold(b.open[i].Name[1:], name) {
			b.open = b.open[:i]
			return
		}
	}
	b.open = b.open[:len(b.open)-1]
}

func (l *loader) closeSection(b *block, name string) error {
	p := b.parent()
	if p == nil {
		return fmt.Errorf("%s without matching <%s section", name, name[2:])
	}
	word, ok := strings.CutSuffix(name, ">")
	if !ok {
		return fmt.Errorf("%s> directive missing closing '>'", name)
	}
	if !strings.EqualFold(word[2:], p.Name[1:]) {
		if l.Thorough {
			b.closeThrough(word[2:])
		}
		return fmt.Errorf("Expected </%s> but saw %s>", p.Name[1:], word)
	}
	p.EndLine = l.src.no
	b.open = b.open[:len(b.open)-1]
	return nil
}
