package proxy

import "strings"

// A segment is a part of a path between slashes.
type segment struct {
	name  string // without parameters
	start int    // in the path it is of
	end   int    // behind name, where parameters begin
}

// servlet compares as servlet engines do: path parameters (";x=y") do not count,
// "." and ".." are resolved, and whole components must be equal
// (alias_match_servlet). What is passed on is the rest of the path as it was
// sent.
func (m *mapping) servlet() {
	uri := m.r.Path
	all, ok := segments(uri)
	if !ok || !strings.HasPrefix(m.fake, "/") {
		return
	}
	var want []string
	for part := range strings.SplitSeq(m.fake, "/") {
		if part != "" {
			want = append(want, part)
		}
	}
	if len(want) > len(all) {
		return
	}
	for i, name := range want {
		if all[i].name != name {
			return
		}
	}
	m.ok, m.nocanon = true, false
	m.path = joined(all, strings.HasSuffix(uri, "/"))
	closed := strings.HasSuffix(m.fake, "/")
	rest := len(uri)
	switch n := len(want); {
	case n > 0 && n < len(all) && !closed && all[n-1].end < len(uri) && uri[all[n-1].end] == ';':
		rest = all[n-1].end
	case n < len(all):
		if rest = all[n].start; !closed {
			rest--
		}
	case closed && !strings.HasSuffix(uri, "/") && n > 0:
		m.ok = false // "/app" is shorter than "/app/".
		return
	}
	m.url = m.real + uri[rest:]
}

// segments takes a path apart; ok is false if it leaves the root.
func segments(path string) (all []segment, ok bool) {
	if !strings.HasPrefix(path, "/") {
		return nil, false
	}
	for i := 0; i < len(path); {
		for i < len(path) && path[i] == '/' {
			i++
		}
		start := i
		for i < len(path) && path[i] != '/' {
			i++
		}
		name, _, _ := strings.Cut(path[start:i], ";")
		switch name {
		case "", ".":
		case "..":
			if len(all) == 0 {
				return nil, false
			}
			all = all[:len(all)-1]
		default:
			all = append(all, segment{name, start, start + len(name)})
		}
	}
	return all, true
}

func joined(all []segment, slash bool) string {
	var b strings.Builder
	for _, s := range all {
		b.WriteString("/" + s.name)
	}
	if slash || len(all) == 0 {
		b.WriteByte('/')
	}
	return b.String()
}
