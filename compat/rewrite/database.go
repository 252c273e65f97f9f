package rewrite

import (
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"sync"

	"understudy/compat"
	"understudy/compat/internal/dbd"
	"understudy/compat/internal/dbm"
)

// A dbmMap is a DBM file: "dbm:file" and "dbm=type:file".
type dbmMap struct {
	kind, path string
	asked      asked
}

// newDBMMap reads the source of a dbm map. file is the first of those it needs.
func newDBMMap(c *compat.Cmd, source string) (m *dbmMap, file string, err error) {
	kind, name := "default", ""
	switch rest := source[len("dbm"):]; {
	case strings.HasPrefix(rest, ":"):
		name = rest[1:]
	case strings.HasPrefix(rest, "="):
		var ok bool
		if kind, name, ok = strings.Cut(rest[1:], ":"); !ok {
			return nil, "", compat.Errorf("RewriteMap: bad map:%s", source)
		}
	default:
		return nil, "", compat.Errorf("RewriteMap: bad map:%s", source)
	}
	m = &dbmMap{kind: kind, path: c.Path(name)}
	if file = m.file(); file == "" {
		return nil, "", compat.Errorf("RewriteMap: dbm type %s is invalid", kind)
	}
	return m, file, nil
}

// file is the first file of m; "" if m's kind is none of Debian's
// (apr_dbm_get_usednames_ex).
func (m *dbmMap) file() string {
	switch strings.ToLower(m.kind) {
	case "default", "db", "gdbm":
		return m.path
	case "sdbm":
		return m.path + ".dir"
	}
	return ""
}

// lookUpDBM asks a dbm map (lookup_map, lookup_map_dbmfile).
func (p *pass) lookUpDBM(m *dbmMap, name, key string) (string, bool) {
	if _, err := os.Stat(m.file()); err != nil {
		p.r.Logf("rewrite", compat.LevelError, cause(err), "AH00662: mod_rewrite: can't access DBM RewriteMap file %s", m.file())
		return "", false
	}
	f, err := dbm.Open(m.kind, m.path)
	if err != nil {
		p.r.Logf("rewrite", compat.LevelError, cause(err), "AH00656: mod_rewrite: can't open DBM RewriteMap %s", m.path)
		p.note(5, 1838, "map lookup FAILED: map=%s[dbm] key=%s", name, key)
		return "", false
	}
	value, ok := f.Get(key)
	switch {
	case !m.asked.first(f.State, key):
		p.note(5, 1851, "cache lookup OK: map=%s[dbm] key=%s -> val=%s", name, key, value)
		return value, value != ""
	case !ok:
		p.note(6, 1833, "cache lookup FAILED, forcing new map lookup")
		p.note(5, 1838, "map lookup FAILED: map=%s[dbm] key=%s", name, key)
	default:
		p.note(6, 1833, "cache lookup FAILED, forcing new map lookup")
		p.note(5, 1844, "map lookup OK: map=%s[dbm] key=%s -> val=%s", name, key, value)
	}
	return value, ok
}

// maxAsked bounds the keys that are remembered of a map.
const maxAsked = 10_000

// asked are the keys that a map was asked for since its file changed.
type asked struct {
	mu    sync.Mutex // guards what follows
	state uint64
	keys  map[string]bool
}

// first reports whether key was not asked for in this state before.
func (a *asked) first(state uint64, key string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.keys == nil || a.state != state {
		a.state, a.keys = state, map[string]bool{}
	}
	if a.keys[key] {
		return false
	}
	if len(a.keys) < maxAsked {
		a.keys[strings.Clone(key)] = true
	}
	return true
}

// A dbdMap is a statement: "dbd:select …" and "fastdbd:select …".
type dbdMap struct {
	label string
	cache *answers // of fastdbd; nil: each lookup asks the database
}

func newDBDMap(c *compat.Cmd, source string) (*dbdMap, error) {
	if c.Build.Loaded(dbd.ModuleName) == nil {
		return nil, compat.Errorf("RewriteMap types dbd and fastdbd require mod_dbd!")
	}
	kind, query, _ := strings.Cut(source, ":")
	m := &dbdMap{label: c.Arg(0)}
	if strings.EqualFold(kind, "fastdbd") {
		m.cache = &answers{}
	}
	dbd.Prepare(c, m.label, query)
	return m, nil
}

// lookUpDBD asks a dbd map (lookup_map).
func (p *pass) lookUpDBD(m *dbdMap, name, key string) (string, bool) {
	failed, found := 1861, 1866
	if m.cache != nil {
		if value, ok := m.cache.get(key); ok {
			p.note(5, 1895, "cache lookup OK: map=%s[SQL] key=%s, val=%s", name, key, value)
			return value, value != ""
		}
		p.note(6, 1877, "cache lookup FAILED, forcing new map lookup")
		failed, found = 1882, 1888
	}
	value, ok := p.query(m.label, key)
	if m.cache != nil {
		m.cache.set(key, value)
	}
	if !ok {
		p.note(5, failed, "SQL map lookup FAILED: map %s key=%s", name, key)
		return "", false
	}
	p.note(5, found, "SQL map lookup OK: map %s key=%s, val=%s", name, key, value)
	return value, true
}

// query is the first column of a row that the statement finds, any of them
// (lookup_map_dbd).
func (p *pass) query(label, key string) (string, bool) {
	_, rows, err := dbd.Select(p.r, label, key)
	switch {
	case errors.Is(err, dbd.ErrNoConnection):
		p.r.Logf("rewrite", compat.LevelError, nil, "AH02963: rewritemap: No db handle available! Check your database access")
		return "", false
	case err != nil:
		p.r.Logf("rewrite", compat.LevelError, nil, "AH00657: rewritemap: error %v querying for %s", err, key)
		return "", false
	case len(rows) == 0:
		return "", false
	case len(rows) > 1:
		p.note(3, 1572, "Multiple values found for %s", key)
	}
	value := rows[rand.IntN(len(rows))][0]
	if value == nil {
		return "", false
	}
	return *value, true
}

// answers are what a fastdbd map has answered, "" for nothing. Apache keeps all
// until it is restarted.
type answers struct {
	mu  sync.Mutex // guards what follows
	all map[string]string
}

func (a *answers) get(key string) (string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	value, ok := a.all[key]
	return value, ok
}

func (a *answers) set(key, value string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil || len(a.all) >= maxAsked {
		a.all = map[string]string{}
	}
	a.all[strings.Clone(key)] = value
}
