package vhost

import (
	"slices"
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// routes are the sections of a host, the main server's among them, in the
// order in which Apache tries them (spec: request walk, section order).
type routes struct {
	dirs      map[string][]*compat.Section // plain <Directory> by path
	globs     []*compat.Section            // those with wildcards
	order     map[*compat.Section]int      // place of a directory section among those of its depth
	matches   []*compat.Section            // <DirectoryMatch>, <Directory ~>
	locations []*compat.Section
	// files and ifs are the <Files> and <If> that stand in no other section.
	files, ifs []*compat.Section
	// plainRoot tells that no host needs more than one look at the file.
	deepest int
}

// newRoutes joins the sections of the main server and of a host; host is nil
// for the main server itself.
func newRoutes(main, host *sections, mainDefaults, hostDefaults *compat.Section) *routes {
	r := &routes{dirs: map[string][]*compat.Section{}, order: map[*compat.Section]int{}}
	dirs, locations := main.dirs, main.locations
	inner := mainDefaults.Inner
	if host != nil {
		dirs = slices.Concat(dirs, host.dirs)
		locations = slices.Concat(locations, host.locations)
		inner = slices.Concat(inner, hostDefaults.Inner)
	}
	r.locations = locations
	for i, s := range dirs {
		m := s.Match.(*matcher)
		r.order[s] = i
		switch {
		case m.regex():
			r.matches = append(r.matches, s)
		case m.glob:
			r.globs = append(r.globs, s)
		default:
			r.dirs[m.path] = append(r.dirs[m.path], s)
		}
		r.deepest = max(r.deepest, m.depth)
	}
	for _, s := range inner {
		r.files, r.ifs = addInner(r.files, r.ifs, s)
	}
	return r
}

func addInner(files, ifs []*compat.Section, s *compat.Section) ([]*compat.Section, []*compat.Section) {
	if strings.HasPrefix(s.Kind, "<Files") {
		return append(files, s), ifs
	}
	return files, append(ifs, s)
}

// directories are the <Directory> sections for one directory; path ends with a
// slash. Those with wildcards stand between the plain ones in file order.
func (r *routes) directories(path string, into []*compat.Section) []*compat.Section {
	into = append(into[:0], r.dirs[path]...)
	if len(r.globs) == 0 {
		return into
	}
	depth := strings.Count(path, "/")
	found := false
	for _, s := range r.globs {
		if m := s.Match.(*matcher); m.depth == depth && matchPath(m.path, path) {
			into = append(into, s)
			found = true
		}
	}
	if found {
		slices.SortFunc(into, func(a, b *compat.Section) int { return r.order[a] - r.order[b] })
	}
	return into
}

// matchPath matches a path against a shell pattern whose wildcards do not match
// a slash.
func matchPath(shape, path string) bool {
	for {
		p, patternRest, more := strings.Cut(shape, "/")
		s, pathRest, moreToo := strings.Cut(path, "/")
		if more != moreToo || !pattern.Fnmatch(p, s, true) {
			return false
		}
		if !more {
			return true
		}
		shape, path = patternRest, pathRest
	}
}

// coversURL reports whether a <Location> applies to a URL path; groups of its
// pattern are left in r's environment.
func coversURL(s *compat.Section, r *compat.Request) bool {
	m := s.Match.(*matcher)
	switch {
	case m.regex():
		return m.matchInto(r, r.Path)
	case m.glob:
		return matchPath(m.path, r.Path)
	}
	path := m.path
	if !strings.HasPrefix(r.Path, path) {
		return false
	}
	return len(path) == len(r.Path) || strings.HasSuffix(path, "/") || r.Path[len(path)] == '/'
}

// coversFile reports whether a <Files> applies to the last part of a path.
func coversFile(s *compat.Section, r *compat.Request, name string) bool {
	m := s.Match.(*matcher)
	switch {
	case m.regex():
		return m.matchInto(r, name)
	case m.glob:
		return pattern.Fnmatch(m.path, name, true)
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
