package check

import (
	"fmt"
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// A Recorder keeps what becomes of each line. The zero value is ready.
type Recorder struct {
	lines map[place]*Line
	order []place
}

// A place is a line of a file; a name tells apart what stands on one line of a
// macro's text.
type place struct {
	file string
	line int
}

// Seen notes that a module obeys the directive at n as its row says; nil: no
// module that is loaded has it.
func (r *Recorder) Seen(n *apacheconf.Node, m *compat.Module, d *compat.Directive) {
	if m == nil {
		r.note(n, Line{Effect: Refused, Note: "no module that is loaded has this directive"})
		return
	}
	l := Line{Module: m.Name, Effect: Obeyed}
	switch d.Effect {
	case compat.Inert:
		l.Effect, l.Note = None, d.Note
	case compat.NotYet, compat.Guard:
		l.Effect, l.Note = Unsupported, "read and checked; "+m.Name+" is not yet supported"
	}
	r.note(n, l)
}

// note keeps l at the place of n, or the worse of the two that are there: a
// directive of several modules is seen once for each.
func (r *Recorder) note(n *apacheconf.Node, l Line) {
	l.Line, l.Directive = n.Pos.Line, n.Name
	if n.Section() {
		l.Directive += ">"
	}
	at := place{n.Pos.File, n.Pos.Line}
	have := r.lines[at]
	if have != nil && severity[have.Effect] >= severity[l.Effect] {
		return
	}
	if r.lines == nil {
		r.lines = map[place]*Line{}
	}
	if have == nil {
		r.order = append(r.order, at)
	}
	r.lines[at] = &l
}

// refused notes that the line of d is not accepted.
func (r *Recorder) refused(d *apacheconf.Diagnostic) {
	at := place{d.Pos.File, d.Pos.Line}
	if at.file == "" {
		return
	}
	l := r.lines[at]
	if l == nil {
		r.note(&apacheconf.Node{Pos: d.Pos}, Line{Effect: Refused})
		l = r.lines[at]
	}
	l.Effect, l.Note, l.explain = Refused, d.Message, d
}

// readingObeyed notes what was obeyed while the files were read.
func (r *Recorder) readingObeyed(t *apacheconf.Tree, modules []*compat.Module) {
	unsupported := map[string]bool{}
	for _, m := range modules {
		unsupported[m.Name] = m.Unsupported
	}
	owners := owners(modules)
	for _, o := range t.Obeyed {
		l := Line{Module: owners[strings.ToLower(o.Node.Name)], Effect: Obeyed}
		if o.Skipped {
			l.Note = "false here: what it holds is not read"
		}
		if id, _ := apacheconf.Word(o.Node.Args); o.Node.Is("LoadModule") && unsupported[id] {
			l.Effect, l.Note = None, fmt.Sprintf("%s is not yet supported: it can be loaded, and does nothing", id)
		}
		r.note(o.Node, l)
	}
}

// owners are the modules of directives, by the lower-case name of these.
func owners(modules []*compat.Module) map[string]string {
	all := map[string]string{}
	for _, m := range modules {
		for i := range m.Directives {
			if name := strings.ToLower(m.Directives[i].Name); all[name] == "" {
				all[name] = m.Name
			}
		}
	}
	return all
}

// files are the lines by file, in the order in which the files were read.
func (r *Recorder) files(t *apacheconf.Tree) []File {
	files := []File{}
	index := map[string]int{}
	add := func(name string) int {
		i, ok := index[name]
		if !ok {
			i = len(files)
			index[name] = i
			files = append(files, File{Name: name, Lines: []Line{}})
		}
		return i
	}
	for _, in := range t.Includes {
		add(in.File)
	}
	for _, at := range r.order {
		f := &files[add(at.file)]
		f.Lines = append(f.Lines, *r.lines[at])
	}
	for _, f := range files {
		slices.SortFunc(f.Lines, func(a, b Line) int { return a.Line - b.Line })
	}
	return files
}
