package compat

import (
	"errors"
	"slices"
	"strings"

	"understudy/apacheconf"
)

// A Trial looks whether a configuration would serve if it were in force:
// whether what it names can be had, and read by those who are to read it. It is
// made by -t and before a reload. A start makes it too, but only warns.
type Trial struct {
	Server Who  // the server process
	Reload bool // the configuration is to take over from one in force
	// Identify is who a user and groups are; empty ones are the server's.
	Identify func(user, group string, supplementary []string) (Who, error)
}

// A Who is whom a process runs as.
type Who struct {
	Name   string // for messages
	Self   bool   // as we do; the rest does not count
	UID    uint32
	Groups []uint32
}

// A trial is one thing to look at.
type trial struct {
	pos   apacheconf.Position
	check func(*Trial) error
}

// Try adds something for a [Trial] to look at. What is wrong is said to be wrong
// at pos.
func (b *Build) Try(pos apacheconf.Position, check func(*Trial) error) {
	if !b.Serving {
		b.trials = append(b.trials, trial{pos, check})
	}
}

// Try is [Build.Try] at the directive. Those of .htaccess are not tried.
func (c *Cmd) Try(check func(*Trial) error) {
	if !c.HTAccess {
		c.Build.Try(c.Node.Pos, check)
	}
}

// TryRead has a [Trial] look whether the server can read the file that the
// directive names. That there is none is not looked at.
func (c *Cmd) TryRead(path string) {
	name := c.Name
	c.Try(func(t *Trial) error {
		if err := t.Server.Read(path); err != nil {
			return Errorf("%s cannot be read by the server: %v", name, err)
		}
		return nil
	})
}

// Try makes the trial, and returns all that is wrong.
func (t *Trial) Try(b *Build) []*apacheconf.Diagnostic {
	var wrong []*apacheconf.Diagnostic
	for _, one := range b.trials {
		if err := one.check(t); err != nil {
			wrong = append(wrong, Placed(one.pos, err))
		}
	}
	return wrong
}

// Placed is err as -t says it: at its own place, or else at pos. What Apache
// says only at a start comes without the lines that tell that it ends.
func Placed(pos apacheconf.Position, err error) *apacheconf.Diagnostic {
	d := &apacheconf.Diagnostic{Pos: pos, Message: err.Error()}
	var own *apacheconf.Diagnostic
	if errors.As(err, &own) {
		*d = *own
		if d.Pos.File == "" {
			d.Pos = pos
		}
	}
	lines := strings.Split(d.Message, "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool {
		return slices.ContainsFunc(endings, func(e string) bool { return strings.Contains(l, e) })
	})
	if len(lines) > 0 {
		d.Message = strings.Join(lines, "\n")
	}
	d.Bare, d.Ours = d.Pos.File == "", true
	return d
}

// endings are in the lines with which Apache ends.
var endings = []string{"AH00016: ", "AH00015: ", "AH02312: ", "no listening sockets available"}

// Place is where h says name; the last such line counts. Without one it is the
// place of the host itself.
func (b *Build) Place(h *Host, name string) apacheconf.Position {
	pos, ok := b.Find(h, func(n *apacheconf.Node) bool { return n.Is(name) })
	if !ok {
		return h.Pos
	}
	return pos
}

// Find is the place of the last directive for h that is as asked for. What the
// main server says counts where the host does not.
func (b *Build) Find(h *Host, is func(*apacheconf.Node) bool) (pos apacheconf.Position, ok bool) {
	if h.Virtual && h.Section.Node != nil {
		if pos, ok = find(h.Section.Node.Children, is); ok {
			return pos, true
		}
	}
	return find(b.Tree.Nodes, is)
}

func find(nodes []*apacheconf.Node, is func(*apacheconf.Node) bool) (pos apacheconf.Position, ok bool) {
	for _, n := range slices.Backward(nodes) {
		if is(n) {
			return n.Pos, true
		}
		if n.Section() && !n.Is("<VirtualHost") {
			if pos, ok = find(n.Children, is); ok {
				return pos, true
			}
		}
	}
	return pos, false
}
