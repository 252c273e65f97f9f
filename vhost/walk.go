package vhost

import (
	"strings"

	"understudy/compat"
)

// A walk finds the sections that apply to a request and folds them into a
// scope.
type walk struct {
	snap   *Snapshot
	r      *compat.Request
	routes *routes
	scope  *compat.Scope
}

func (s *Snapshot) newWalk(r *compat.Request) walk {
	return walk{snap: s, r: r, routes: r.Host.Routes.(*routes), scope: r.Host.Scope}
}

func (w *walk) enter(s *compat.Section) {
	w.scope = s.Enter(w.scope)
	if w.r.Trace != nil {
		w.r.Tracef("core", where(s), "%s %s> applies", s.Kind, s.Arg)
	}
}

// where is the place of a section in the configuration.
func where(s *compat.Section) string {
	if s.Node == nil {
		return s.Arg
	}
	return s.Node.Pos.String()
}

// locations folds the <Location> sections for r.Path (ap_location_walk).
func (w *walk) locations() {
	if len(w.routes.locations) == 0 {
		return
	}
	path := mergedPath(w.r)
	for _, l := range w.routes.locations {
		for _, s := range l.candidates(path) {
			if coversURL(s, w.r, path) {
				w.enter(s)
			}
		}
	}
}

// files folds the <Files> sections for the last part of the path: those at
// server level, and those inside what was entered (ap_file_walk).
func (w *walk) files() {
	name := w.r.Filename[strings.LastIndexByte(w.r.Filename, '/')+1:]
	var buffer [16]*compat.Section
	for _, around := range w.withInner(buffer[:0]) {
		for _, s := range around.Inner {
			if isFiles(s) && coversFile(s, w.r, name) {
				w.enter(s)
			}
		}
	}
}

func isFiles(s *compat.Section) bool { return s.Match.(*matcher).isFiles() }

// isFiles tells <Files> from <If> among inner sections.
func (m *matcher) isFiles() bool { return m.cond == nil && !m.other }

// withInner are the sections that apply and have <Files> and <If> inside, in
// the order in which they were folded.
func (w *walk) withInner(into []*compat.Section) []*compat.Section {
	for _, s := range w.routes.inner {
		if s != nil && len(s.Inner) > 0 {
			into = append(into, s)
		}
	}
	start := len(into)
	for s := w.scope; s.Outer != nil; s = s.Outer {
		if len(s.Section.Inner) > 0 {
			into = append(into, s.Section)
		}
	}
	for i, j := start, len(into)-1; i < j; i, j = i+1, j-1 {
		into[i], into[j] = into[j], into[i]
	}
	return into
}

// conditions folds the <If> sections (ap_if_walk). Those inside of one that
// applies come after all on its level, and so on (ap_if_walk_sub).
func (w *walk) conditions() {
	var buffer [16]*compat.Section
	list := w.withInner(buffer[:0])
	for len(list) > 0 {
		before := w.scope
		for _, around := range list {
			w.chain(around.Inner)
		}
		list = list[:0]
		for s := w.scope; s != before; s = s.Outer {
			if len(s.Section.Inner) > 0 {
				list = append([]*compat.Section{s.Section}, list...)
			}
		}
	}
}

// chain tries the <If>, <ElseIf> and <Else> of one list.
func (w *walk) chain(list []*compat.Section) {
	taken := false
	for _, s := range list {
		m := s.Match.(*matcher)
		if m.isFiles() || m.other && taken {
			continue
		}
		w.r.Scope = w.scope
		taken = m.cond == nil || m.cond.Eval(compat.ExprContext(w.r))
		if taken {
			w.enter(s)
		}
	}
}
