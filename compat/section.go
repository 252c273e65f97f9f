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
	Vector *Vector
	// Walk is which walk finds the section. Those one walk finds are merged with
	// each other, and what they come to with what applied before.
	Walk Walk
	// Inner are the <Files> and <If> sections inside, in order.
	Inner []*Section
	// Match is the matcher vhost made of Arg.
	Match any
}

// A Walk is one of the steps in which Apache finds the sections for a request.
// For modules whose merge is not associative, as AuthMerging is not, it matters
// which sections are merged first.
type Walk uint16

// The walks, in order.
const (
	HostWalk      Walk = iota // what is at server level
	DirectoryWalk             // with .htaccess (ap_directory_walk)
	FileWalk
	ProxyWalk
	LocationWalk
	ApartWalk // RunApart
	IfWalk    // and one more for each <If> around
)

// A Scope is the sections that apply to a request, merged, and the hooks that
// follow from them.
type Scope struct {
	Vector   *Vector
	Pipeline *Pipeline
	Core     *Core // never nil
	Outer    *Scope
	Section  *Section // the last one folded in
	plan     *Plan
	// base is what applied before the walk that found Section, and found what its
	// sections come to.
	base, found *Vector
	// memo remembers the scopes inside: *Section → *Scope. They die with it.
	memo sync.Map
}

// Answering is s where doc is what is sent for a status, for one request
// (ap_custom_response).
func (s *Scope) Answering(status int, doc ErrorDocument) *Scope {
	core := *s.Core
	core.ErrorDocuments = union(core.ErrorDocuments, map[int]ErrorDocument{status: doc})
	return &Scope{Vector: s.Vector, Pipeline: s.Pipeline, Core: &core, Outer: s.Outer, Section: s.Section,
		plan: s.plan, base: s.base, found: s.found}
}

// NewScope is the scope of a host: the outermost.
func NewScope(plan *Plan, s *Section) *Scope {
	return newScope(plan, s.Vector, nil, s)
}

func newScope(plan *Plan, v *Vector, outer *Scope, s *Section) *Scope {
	core := CoreSlot.In(v)
	if core == nil {
		core = &Core{}
	}
	return &Scope{Vector: v, Pipeline: plan.Compile(v), Core: core, Outer: outer, Section: s, plan: plan}
}

// Enter is the scope inside s where outer applies. It is remembered, so that
// entering again costs one lookup and no memory. Clients choose which patterns
// and conditions apply, and so how many scopes there are; those beyond the
// bound of the plan are made anew each time.
func (s *Section) Enter(outer *Scope) *Scope {
	if in, ok := outer.memo.Load(s); ok {
		return in.(*Scope)
	}
	base, found := outer.Vector, s.Vector
	if outer.found != nil && outer.Section.Walk == s.Walk {
		base, found = outer.base, outer.found.Merge(s.Vector)
	}
	in := newScope(outer.plan, base.Merge(found), outer, s)
	in.base, in.found = base, found
	if outer.plan.scopes.Load() >= outer.plan.maxScopes {
		return in
	}
	kept, loaded := outer.memo.LoadOrStore(s, in)
	if !loaded {
		outer.plan.scopes.Add(1)
	}
	return kept.(*Scope)
}

// Forget lets go of the scope inside s, and of all inside that.
func (outer *Scope) Forget(s *Section) {
	if in, ok := outer.memo.LoadAndDelete(s); ok {
		outer.plan.scopes.Add(-in.(*Scope).count())
	}
}

// count is how many scopes s is, with those remembered inside.
func (s *Scope) count() int64 {
	n := int64(1)
	s.memo.Range(func(_, in any) bool {
		n += in.(*Scope).count()
		return true
	})
	return n
}
