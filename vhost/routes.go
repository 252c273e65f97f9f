package vhost

import (
	"cmp"
	"slices"
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// routes are the sections a host has, those of the main server first, in the
// order in which Apache tries them (ap_core_reorder_directories and the walks
// of request.c).
type routes struct {
	main, own *table             // own is nil for the main server, and where a host has no sections
	matches   []*compat.Section  // <DirectoryMatch> and <Directory ~> of both
	locations []*locations       // of main and own
	inner     [2]*compat.Section // whose Inner are the <Files> and <If> that stand in no other section
}

// A table is the <Directory> sections of one host.
type table struct {
	plain map[string][]*compat.Section // by path, without the slash at the end
	globs []*compat.Section            // those with wildcards
}

// newRoutes joins the sections of the main server and of a host; own is nil for
// the main server itself. What they share is made once.
func newRoutes(main *routes, own *sections, defaults *compat.Section) *routes {
	r := &routes{}
	if main != nil {
		*r = *main
		r.inner[1] = defaults
	} else {
		r.inner[0] = defaults
	}
	if len(own.dirs) > 0 {
		t, matches := newTable(own.dirs)
		if main != nil {
			r.own = t
			matches = byDepth(slices.Concat(main.matches, matches))
		} else {
			r.main = t
		}
		r.matches = matches
	}
	if len(own.locations) > 0 {
		r.locations = append(slices.Clip(r.locations), newLocations(own.locations))
	}
	return r
}

func newTable(dirs []*compat.Section) (*table, []*compat.Section) {
	t := &table{plain: map[string][]*compat.Section{}}
	var matches []*compat.Section
	for i, s := range dirs {
		m := s.Match.(*matcher)
		m.order = i
		switch {
		case m.regex():
			matches = append(matches, s)
		case m.glob:
			t.globs = append(t.globs, s)
		default:
			path := strings.TrimSuffix(m.path, "/")
			t.plain[path] = append(t.plain[path], s)
		}
	}
	return t, byDepth(matches)
}

// byDepth puts patterns with fewer slashes first: Apache sorts by what it takes
// for the number of directories in them (reorder_sorter).
func byDepth(matches []*compat.Section) []*compat.Section {
	slices.SortStableFunc(matches, func(a, b *compat.Section) int {
		return cmp.Compare(a.Match.(*matcher).depth, b.Match.(*matcher).depth)
	})
	return matches
}

// find adds the sections for one directory, in the order of the file. path has
// no slash at its end.
func (t *table) find(path string, into []*compat.Section) []*compat.Section {
	if t == nil {
		return into
	}
	start := len(into)
	into = append(into, t.plain[path]...)
	if len(t.globs) == 0 || path == "" {
		return into
	}
	depth, found := strings.Count(path, "/")+1, false
	for _, s := range t.globs {
		m := s.Match.(*matcher)
		if m.depth == depth && matchPath(m.path[:len(m.path)-1], path) {
			into, found = append(into, s), true
		}
	}
	if found {
		slices.SortFunc(into[start:], func(a, b *compat.Section) int {
			return a.Match.(*matcher).order - b.Match.(*matcher).order
		})
	}
	return into
}

// matchPath matches a path against a shell pattern whose wildcards do not match
// a slash.
func matchPath(shape, path string) bool {
	for {
		p, shapeRest, more := strings.Cut(shape, "/")
		s, pathRest, moreToo := strings.Cut(path, "/")
		if more != moreToo || !pattern.Fnmatch(p, s, false) {
			return false
		}
		if !more {
			return true
		}
		shape, path = shapeRest, pathRest
	}
}

// coversFile reports whether a <Files> applies to the last part of a path.
func coversFile(s *compat.Section, r *compat.Request, name string) bool {
	m := s.Match.(*matcher)
	switch {
	case m.regex():
		return m.matchInto(r, name)
	case m.glob:
		return pattern.Fnmatch(m.path, name, false)
	}
	return m.path == name
}

// matchInto matches s; named groups become MATCH_NAME in r's environment.
func (m *matcher) matchInto(r *compat.Request, s string) bool {
	if m.names == nil {
		return m.re.Match(s)
	}
	loc, err := m.re.Find(s)
	if err != nil || loc == nil {
		return false
	}
	for i, name := range m.names {
		if name != "" && 2*i+1 < len(loc) && loc[2*i] >= 0 {
			r.Env.Set(name, s[loc[2*i]:loc[2*i+1]])
		}
	}
	return true
}
