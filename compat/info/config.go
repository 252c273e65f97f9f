package info

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// A writer writes lines of configuration, each behind its number, and the name
// of a file where that changes.
type writer interface {
	file(name string)
	line(n *apacheconf.Node, nest int)
	open(n *apacheconf.Node, nest int)
	end(n *apacheconf.Node, nest int)
}

// A walk shows a tree, or what of it is one module's with the sections around
// (mod_info_module_cmds).
type walk struct {
	w       writer
	has     func(*apacheconf.Node) bool
	now     string             // the file
	parents []*apacheconf.Node // around, outermost first
}

// nodes shows nodes at a depth. from is the depth down to which the sections
// around are shown already, and so is the result.
func (k *walk) nodes(nodes []*apacheconf.Node, from int) (shown int) {
	shown = from
	level := len(k.parents)
	for _, n := range nodes {
		if len(n.Children) > 0 {
			k.parents = append(k.parents, n)
			deeper := k.nodes(n.Children, shown)
			k.parents = k.parents[:level]
			if level < deeper {
				shown = level
				k.at(n.Pos.File)
				k.w.end(n, level)
			}
			continue
		}
		if !k.has(n) {
			continue
		}
		for ; shown < level; shown++ {
			k.at(k.parents[shown].Pos.File)
			k.w.open(k.parents[shown], shown)
		}
		k.at(n.Pos.File)
		k.w.line(n, level)
	}
	return shown
}

func (k *walk) at(file string) {
	if file != k.now {
		k.now = file
		k.w.file(file)
	}
}

// Dump writes the configuration as text, where the module is loaded: what
// -D DUMP_CONFIG shows.
func Dump(w io.Writer, b *compat.Build) {
	if b.Loaded(Module.Name) == nil {
		return
	}
	k := walk{w: plain{w}, has: func(*apacheconf.Node) bool { return true }}
	k.nodes(b.Tree.Nodes, 0)
}

// plain writes text.
type plain struct{ io.Writer }

func (p plain) file(name string) { fmt.Fprintf(p, "# In file: %s\n", name) }

func (p plain) indent(nest int) string { return strings.Repeat("  ", nest) }

func (p plain) line(n *apacheconf.Node, nest int) {
	in := p.indent(nest)
	if n.Pos.Line > 0 {
		fmt.Fprintf(p, "%s#%s:\n", in, number(n.Pos.Line, " "))
	}
	fmt.Fprintf(p, "%s%s %s\n", in, n.Name, n.Args)
}

func (p plain) open(n *apacheconf.Node, nest int) { p.line(n, nest) }

func (p plain) end(n *apacheconf.Node, nest int) {
	fmt.Fprintf(p, "%s</%s>\n", p.indent(nest), strings.TrimPrefix(n.Name, "<"))
}

// number is a line's, four columns wide.
func number(n int, blank string) string {
	digits := strconv.Itoa(n)
	return strings.Repeat(blank, max(0, 4-len(digits))) + digits
}

// configuration shows what of the configuration has directives of a module,
// or all of it.
func (p *page) configuration(m *compat.Module) {
	has := func(*apacheconf.Node) bool { return true }
	if m != nil {
		names := map[string]bool{}
		for i := range m.Directives {
			names[strings.ToLower(m.Directives[i].Name)] = true
		}
		has = func(n *apacheconf.Node) bool { return names[strings.ToLower(n.Name)] }
	}
	k := walk{w: p, has: has}
	k.nodes(p.b.Tree.Nodes, 0)
}

func (p *page) file(name string) {
	p.write("<dd><tt><strong>In file: ", compat.EscapeHTML(name), "</strong></tt></dd>\n")
}

const blank = "&nbsp;"

func (p *page) indent(number string, nest int) {
	p.write("<dd><tt>", number, ":", blank, strings.Repeat(blank+blank, nest))
}

func (p *page) line(n *apacheconf.Node, nest int) {
	p.indent(number(n.Pos.Line, blank), nest)
	p.write(compat.EscapeHTML(n.Name), " <i>", compat.EscapeHTML(n.Args), "</i></tt></dd>\n")
}

func (p *page) open(n *apacheconf.Node, nest int) {
	p.indent(number(n.Pos.Line, blank), nest)
	p.write(compat.EscapeHTML(n.Name), " ", compat.EscapeHTML(n.Args), "</tt></dd>\n")
}

func (p *page) end(n *apacheconf.Node, nest int) {
	p.indent(strings.Repeat(blank, 4), nest)
	if name, section := strings.CutPrefix(n.Name, "<"); section {
		p.write("&lt;/", compat.EscapeHTML(name), "&gt;</tt></dd>")
		return
	}
	p.write("/", compat.EscapeHTML(n.Name), "</tt></dd>")
}
