package vhost

import (
	"strings"

	"understudy/compat"
)

// locations are the <Location> sections of one host. A plain one can only
// apply to URLs with the same first segment, so one looks at the list for that
// segment; patterns are in every list.
type locations struct {
	all   []*compat.Section
	first map[string][]*compat.Section // by first segment; nil: few enough to try all
	rest  []*compat.Section            // for every other segment
}

// fewLocations are tried one by one sooner than looked up.
const fewLocations = 16

func newLocations(all []*compat.Section) *locations {
	l := &locations{all: all}
	if len(all) <= fewLocations {
		return l
	}
	l.first = map[string][]*compat.Section{}
	for _, s := range all {
		if segment, ok := s.Match.(*matcher).segment(); ok {
			l.first[segment] = nil
		}
	}
	for _, s := range all {
		segment, ok := s.Match.(*matcher).segment()
		if ok {
			l.first[segment] = append(l.first[segment], s)
			continue
		}
		l.rest = append(l.rest, s)
		for segment := range l.first {
			l.first[segment] = append(l.first[segment], s)
		}
	}
	return l
}

// segment is the first segment of URLs m can apply to, if there is but one.
func (m *matcher) segment() (string, bool) {
	if m.regex() || m.glob || len(m.path) < 2 || m.path[0] != '/' || m.path[1] == '/' {
		return "", false
	}
	return firstSegment(m.path), true
}

func firstSegment(path string) string {
	if path == "" || path[0] != '/' {
		return ""
	}
	if i := strings.IndexByte(path[1:], '/'); i >= 0 {
		return path[1 : 1+i]
	}
	return path[1:]
}

// candidates are the sections that may apply to a URL path, in order.
func (l *locations) candidates(path string) []*compat.Section {
	if l.first == nil {
		return l.all
	}
	if list, ok := l.first[firstSegment(path)]; ok {
		return list
	}
	return l.rest
}

// coversURL reports whether a <Location> applies. Patterns see the path as it
// is, others see it with its slashes merged, whatever MergeSlashes says
// (ap_location_walk). Groups of a pattern are left in r's environment.
func coversURL(s *compat.Section, r *compat.Request, merged string) bool {
	m := s.Match.(*matcher)
	switch {
	case m.regex():
		return m.matchInto(r, r.Path)
	case m.glob:
		return matchPath(m.path, merged)
	}
	if !strings.HasPrefix(merged, m.path) {
		return false
	}
	return len(m.path) == len(merged) || m.path == "" || strings.HasSuffix(m.path, "/") || merged[len(m.path)] == '/'
}

// mergedPath is r's path with its slashes merged (ap_no2slash).
func mergedPath(r *compat.Request) string {
	path := r.Path
	if !strings.Contains(path, "//") {
		return path
	}
	b := make([]byte, 0, len(path))
	for i := range len(path) {
		if path[i] != '/' || i == 0 || path[i-1] != '/' {
			b = append(b, path[i])
		}
	}
	return string(b)
}
