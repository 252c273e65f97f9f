package apacheconf

import (
	"strconv"
	"strings"
)

// A Position is a place in the configuration: the physical line on which a
// directive ends, and the chain of Include and Use lines that led to its file.
type Position struct {
	File string    // as opened; or "-c/-C directives", or Apache's name for a macro's text
	Line int       // counted from 1
	From *Position // the Include, IncludeOptional or Use line; nil at the top
}

// String is "FILE:LINE", as in -S.
func (p Position) String() string { return p.File + ":" + strconv.Itoa(p.Line) }

// A Node is one directive, or one section with what it holds. After Load only
// the nodes that count are left: conditionals are decided, includes and macros
// replaced by their contents, ${NAME} expanded.
type Node struct {
	Pos      Position
	Name     string  // as written; a section's starts with "<": "<Directory"
	Args     string  // the rest of the line, raw; of a section without its ">"
	Children []*Node // of a section
	EndLine  int     // of a section: the line of its closing tag
}

// Section reports whether n is a section.
func (n *Node) Section() bool { return strings.HasPrefix(n.Name, "<") }

// Is reports whether n is the directive or section called name (with its "<"),
// in any case.
func (n *Node) Is(name string) bool { return strings.EqualFold(n.Name, name) }
