package compat

import (
	"sync"

	"understudy/apacheconf"
)

// A Section is a part of the configuration that applies to some requests:
// <Directory>, <Files>, <Location>, <If>, a .htaccess file, or a whole host.
type Section struct {
	Kind   string // "<Directory", "<VirtualHost", ".htaccess", …; "" for the main server
	Arg    string // its argument, as written
	Node   *apacheconf.Node
	Vector Vector
	// Inner are the <Files> and <If> sections inside, in order.
	Inner []*Section
	// Match is the matcher vhost made of Arg.
	Match any
	// memo remembers, for each scope around, the scope inside: *Scope → *Scope.
	memo sync.Map
}

// A Scope is the sections that apply to a request, merged, and the hooks that
// follow from them.
type Scope struct {
	Vector   Vector
	Pipeline *Pipeline
	Core     *Core // never nil
	Outer    *Scope
	Section  *Section // the last one folded in
	plan     *Plan
}

// NewScope is the scope of a host: the outermost.
func NewScope(plan *Plan, s *Section) *Scope {
	return newScope(plan, s.Vector, nil, s)
}

func newScope(plan *Plan, v Vector, outer *Scope, s *Section) *Scope {
	core := CoreSlot.In(v)
	if core == nil {
		core = &Core{}
	}
	return &Scope{Vector: v, Pipeline: plan.Compile(v), Core: core, Outer: outer, Section: s, plan: plan}
}

// Enter is the scope inside s where outer applies. It is remembered, so that
// entering again costs one lookup and no memory.
func (s *Section) Enter(outer *Scope) *Scope {
	if in, ok := s.memo.Load(outer); ok {
		return in.(*Scope)
	}
	in := newScope(outer.plan, outer.Vector.Merge(s.Vector), outer, s)
	kept, _ := s.memo.LoadOrStore(outer, in)
	return kept.(*Scope)
}
