package rewrite

import (
	"math/rand/v2"
	"os"
	"strings"

	"understudy/compat"
)

// A rewriteMap is a RewriteMap.
type rewriteMap struct {
	kind     mapKind
	file     *textMap            // of text and random maps
	internal func(string) string // of internal ones
	program  *program
	dbm      *dbmMap
	dbd      *dbdMap
}

type mapKind uint8

const (
	textKind mapKind = iota
	randomKind
	internalKind
	programKind
	dbmKind
	dbdKind
)

// internals are the functions of int: maps.
var internals = map[string]func(string) string{
	"toupper": upperASCII, "tolower": lowerASCII, "escape": compat.EscapePath, "unescape": compat.Unescape,
}

// addMap obeys RewriteMap (cmd_rewritemap).
func addMap(c *compat.Cmd) error {
	m, file, err := newMap(c)
	if err != nil {
		return compat.Errorf("%s", err)
	}
	if file != "" && !c.Build.Serving {
		if _, err := os.Stat(file); err != nil {
			return compat.Errorf("RewriteMap: file for map %s not found:%s", c.Arg(0), file)
		}
	}
	s := serverOf(c)
	sectionOf(c)
	if s.maps == nil {
		s.maps = map[string]*rewriteMap{}
	}
	s.maps[c.Arg(0)] = m
	return nil
}

// newMap is the map that a source like "txt:file" means, and the file it needs.
func newMap(c *compat.Cmd) (m *rewriteMap, file string, err error) {
	source := c.Arg(1)
	lower := strings.ToLower(source)
	switch {
	case strings.HasPrefix(lower, "txt:"), strings.HasPrefix(lower, "rnd:"):
		file = c.Path(source[len("txt:"):])
		m = &rewriteMap{kind: textKind, file: &textMap{path: file}}
		if lower[0] == 'r' {
			m.kind = randomKind
		}
		return m, file, nil
	case strings.HasPrefix(lower, "dbm"):
		d, file, err := newDBMMap(c, source)
		return &rewriteMap{kind: dbmKind, dbm: d}, file, err
	case strings.HasPrefix(lower, "dbd:"), strings.HasPrefix(lower, "fastdbd:"):
		d, err := newDBDMap(c, source)
		return &rewriteMap{kind: dbdKind, dbd: d}, "", err
	case strings.HasPrefix(lower, "prg:"):
		p, err := newProgram(c, source[len("prg:"):], c.Arg(2))
		if err != nil {
			return nil, "", err
		}
		return &rewriteMap{kind: programKind, program: p}, p.argv[0], nil
	case strings.HasPrefix(lower, "int:"):
		f := internals[source[len("int:"):]]
		if f == nil {
			return nil, "", compat.Errorf("RewriteMap: internal map not found:%s", source[len("int:"):])
		}
		return &rewriteMap{kind: internalKind, internal: f}, "", nil
	}
	file = c.Path(source)
	return &rewriteMap{kind: textKind, file: &textMap{path: file}}, file, nil
}

// lookUp asks the map called name (lookup_map).
func (p *pass) lookUp(name, key string) (value string, ok bool) {
	s := ofServer.OfServer(p.r.Host)
	if s == nil || s.maps[name] == nil {
		return "", false
	}
	m := s.maps[name]
	if m.kind != internalKind && m.kind != textKind {
		p.r.Once()
	}
	switch m.kind {
	case internalKind:
		value = m.internal(key)
		p.note(5, 1925, "map lookup OK: map=%s key=%s -> val=%s", name, key, value)
		return value, true
	case programKind:
		if !isOn(s.engine) {
			return "", false // Apache has not started the program then.
		}
		if value, ok = m.program.ask(p.r, key); !ok {
			p.note(5, 1905, "map lookup FAILED: map=%s key=%s", name, key)
			return "", false
		}
		p.note(5, 1910, "map lookup OK: map=%s key=%s -> val=%s", name, key, value)
		return value, true
	case dbmKind:
		return p.lookUpDBM(m.dbm, name, key)
	case dbdKind:
		return p.lookUpDBD(m.dbd, name, key)
	default:
		return p.lookUpText(m, name, key)
	}
}

func (p *pass) lookUpText(m *rewriteMap, name, key string) (string, bool) {
	p.r.Saw(m.file.path)
	value, fresh, err := m.file.find(key)
	if err != nil {
		p.r.Logf("rewrite", compat.LevelError, cause(err), "%s text RewriteMap file %s", problem(err), m.file.path)
		return "", false
	}
	switch {
	case fresh && value == "":
		p.note(6, 1777, "cache lookup FAILED, forcing new map lookup")
		p.note(5, 1782, "map lookup FAILED: map=%s[txt] key=%s", name, key)
	case fresh:
		p.note(6, 1777, "cache lookup FAILED, forcing new map lookup")
		p.note(5, 1788, "map lookup OK: map=%s[txt] key=%s -> val=%s", name, key, value)
	default:
		p.note(5, 1793, "cache lookup OK: map=%s[txt] key=%s -> val=%s", name, key, value)
	}
	if m.kind == randomKind && value != "" {
		parts := strings.Split(value, "|")
		value = parts[rand.IntN(len(parts))]
		p.note(5, 1799, "randomly chosen the subvalue `%s'", value)
	}
	return value, value != ""
}

func upperASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c + 'A' - 'a'
		}
	}
	return string(b)
}
