package apacheconf

import (
	"encoding/gob"
	"fmt"
	"io"
)

// maxTree bounds the encoded form of a tree.
const maxTree = 512 << 20

// encoded is a Tree with the chains of positions taken apart: every place is
// stored once, and named by its number.
type encoded struct {
	Tree   Tree // without Nodes, Includes and Watched
	Places []place
	Nodes  []encodedNode // depth first
}

type place struct {
	File string
	Line int
	From int // index into Places plus 1; 0: none
}

type encodedNode struct {
	File       int // index into Places plus 1 of a place in the same file …
	Line       int // … and the line
	Name, Args string
	Children   int // how many of the following nodes, with theirs, are inside
	EndLine    int
}

// Encode writes t so that Decode can read it, but for Includes and Watched: who
// decodes it does not read the files, and of many hosts they are the most.
func (t *Tree) Encode(w io.Writer) error {
	e := &encoder{places: map[Position]int{}}
	e.out.Tree = *t
	e.out.Tree.Nodes, e.out.Tree.Includes, e.out.Tree.Watched = nil, nil, nil
	e.nodes(t.Nodes)
	return gob.NewEncoder(w).Encode(&e.out)
}

type encoder struct {
	out    encoded
	places map[Position]int
}

// place numbers the file that p is in, with the chain that led to it.
func (e *encoder) place(p Position) int {
	p.Line = 0
	if n, ok := e.places[p]; ok {
		return n
	}
	at := place{File: p.File}
	if p.From != nil {
		at.From = e.place(*p.From)
		at.Line = p.From.Line
	}
	e.out.Places = append(e.out.Places, at)
	e.places[p] = len(e.out.Places)
	return len(e.out.Places)
}

func (e *encoder) nodes(nodes []*Node) {
	for _, n := range nodes {
		e.out.Nodes = append(e.out.Nodes, encodedNode{File: e.place(n.Pos), Line: n.Pos.Line,
			Name: n.Name, Args: n.Args, Children: len(n.Children), EndLine: n.EndLine})
		e.nodes(n.Children)
	}
}

// Decode reads what Encode wrote.
func Decode(r io.Reader) (*Tree, error) {
	var in encoded
	if err := gob.NewDecoder(io.LimitReader(r, maxTree)).Decode(&in); err != nil {
		return nil, fmt.Errorf("decode configuration: %w", err)
	}
	d := &decoder{in: &in, words: map[string]string{}}
	for i, p := range in.Places {
		at := Position{File: p.File}
		if p.From > i || p.From < 0 {
			return nil, fmt.Errorf("decode configuration: place %d follows from %d", i+1, p.From)
		}
		if p.From > 0 {
			from := d.files[p.From-1]
			from.Line = p.Line
			at.From = &from
		}
		d.files = append(d.files, at)
	}
	t := in.Tree
	for d.next < len(in.Nodes) {
		n, err := d.node(0)
		if err != nil {
			return nil, err
		}
		t.Nodes = append(t.Nodes, n)
	}
	return &t, nil
}

type decoder struct {
	in    *encoded
	files []Position
	next  int
	words map[string]string // those there were
}

// word is s, which is one string wherever it stands.
func (d *decoder) word(s string) string {
	w, ok := d.words[s]
	if !ok {
		d.words[s] = s
		return s
	}
	return w
}

func (d *decoder) node(depth int) (*Node, error) {
	if d.next >= len(d.in.Nodes) || depth > 2*maxNesting {
		return nil, fmt.Errorf("decode configuration: nodes are missing")
	}
	e := d.in.Nodes[d.next]
	d.next++
	if e.File < 1 || e.File > len(d.files) {
		return nil, fmt.Errorf("decode configuration: no file %d", e.File)
	}
	n := &Node{Pos: d.files[e.File-1], Name: d.word(e.Name), Args: d.word(e.Args), EndLine: e.EndLine}
	n.Pos.Line = e.Line
	if e.Children > 0 {
		n.Children = make([]*Node, 0, min(e.Children, len(d.in.Nodes)-d.next))
	}
	for range e.Children {
		child, err := d.node(depth + 1)
		if err != nil {
			return nil, err
		}
		n.Children = append(n.Children, child)
	}
	return n, nil
}
