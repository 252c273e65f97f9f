package apacheconf

import (
	"path/filepath"
	"slices"
	"strings"
)

// A Patch is what came of files that changed since a tree was loaded, where that
// is virtual hosts only.
type Patch struct {
	Tree  *Tree // as Load would have made it
	Hosts []int // which <VirtualHost> of it are new, counted from 0
	// Part is Tree without the hosts that did not change.
	Part *Tree
	// Was is the hosts that Hosts are instead of.
	Was []*Node
}

// Reload loads what o says when nothing but the files called changed is different
// from when t was loaded with the same Options. ok is false, and t must be loaded
// anew as a whole, unless these are included files which hold nothing but virtual
// hosts, as many as before, and nothing that is decided while reading: variables,
// conditionals, includes, macros. An error is Load's. The Cache of o must be that
// of the load.
func (t *Tree) Reload(o Options, changed []string) (p *Patch, ok bool, err error) {
	p = &Patch{Tree: new(Tree)}
	*p.Tree = *t
	p.Tree.Nodes, p.Tree.Warnings = slices.Clone(t.Nodes), slices.Clip(t.Warnings)
	for _, path := range changed {
		file, once := t.included(path)
		if !once {
			return nil, false, nil
		}
		if ok, err := p.reread(o, file); !ok || err != nil {
			return nil, ok, err
		}
	}
	p.part(t)
	return p, true, nil
}

// included finds the one Include that reads the file called path.
func (t *Tree) included(path string) (*Include, bool) {
	var found *Include
	for i := range t.Includes {
		in := &t.Includes[i]
		if in.From != nil && in.From.File == path {
			return nil, false
		}
		if in.File != path && !leadsTo(in.File, path) {
			continue
		}
		if found != nil || in.From == nil {
			return nil, false
		}
		found = in
	}
	return found, found != nil
}

// leadsTo reports whether link is a symbolic link to path, as those of Debian's
// sites-enabled are. Only names that end alike are looked at.
func leadsTo(link, path string) bool {
	if !strings.HasSuffix(link, path[strings.LastIndexByte(path, filepath.Separator)+1:]) {
		return false
	}
	to, err := filepath.EvalSymlinks(link)
	return err == nil && to == path
}

// reread puts the hosts that a file has now into the place of those it had.
func (p *Patch) reread(o Options, in *Include) (ok bool, err error) {
	begin := slices.IndexFunc(p.Tree.Nodes, func(n *Node) bool { return n.Pos.File == in.File })
	if begin < 0 {
		return false, nil
	}
	end := begin
	for end < len(p.Tree.Nodes) && p.Tree.Nodes[end].Pos.File == in.File {
		end++
	}
	if slices.ContainsFunc(p.Tree.Nodes[end:], func(n *Node) bool { return n.Pos.File == in.File }) {
		return false, nil
	}
	before, known := o.Cache.had(in.File)
	lines, err := o.Cache.read(in.File)
	if err != nil || !known || !plainLines(before) || !plainLines(lines) {
		return false, nil // Load finds the words for it.
	}
	var b block
	l := &loader{Options: o, tree: p.Tree, depth: in.Depth}
	if err := l.readSource(&b, &source{name: in.File, lines: lines, from: in.From}); err != nil {
		return true, err
	}
	was := p.Tree.Nodes[begin:end]
	if len(b.nodes) != len(was) || !onlyHosts(b.nodes) || !onlyHosts(was) {
		return false, nil
	}
	p.Was = append(p.Was, was...)
	p.Tree.Nodes = slices.Replace(p.Tree.Nodes, begin, end, b.nodes...)
	return true, nil
}

// Hosts are the virtual hosts of t, which stand in nothing else.
func (t *Tree) Hosts() []*Node {
	var hosts []*Node
	for _, n := range t.Nodes {
		if n.Is("<VirtualHost") {
			hosts = append(hosts, n)
		}
	}
	return hosts
}

func onlyHosts(nodes []*Node) bool {
	return !slices.ContainsFunc(nodes, func(n *Node) bool { return !n.Is("<VirtualHost") })
}

// plainLines reports whether nothing in lines is decided while reading.
func plainLines(lines []line) bool {
	for _, l := range lines {
		if strings.Contains(l.text, "${") {
			return false
		}
		name, _ := Word(l.text)
		if _, special := execOnRead[strings.ToLower(strings.TrimSuffix(name, ">"))]; special {
			return false
		}
	}
	return true
}

// part makes the tree of what is new, and numbers its hosts.
func (p *Patch) part(old *Tree) {
	p.Part = new(Tree)
	*p.Part = *p.Tree
	p.Part.Nodes = nil
	host := 0
	for i, n := range p.Tree.Nodes {
		isHost := n.Is("<VirtualHost")
		if isHost && n != old.Nodes[i] {
			p.Hosts = append(p.Hosts, host)
		}
		if !isHost || n != old.Nodes[i] {
			p.Part.Nodes = append(p.Part.Nodes, n)
		}
		if isHost {
			host++
		}
	}
}
