package rewrite

import (
	"bufio"
	"math/rand/v2"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"understudy/compat"
)

// A rewriteMap is a RewriteMap: by key it finds a value.
type rewriteMap struct {
	name string
	find func(m *rewriteMap, x *context, key string) (string, bool)
	file string
	text *textMap
	prog *program
}

// addMap is RewriteMap (cmd_rewritemap).
func addMap(c *compat.Cmd, conf *config) error {
	s := at(c, conf)
	m := &rewriteMap{name: c.Arg(0)}
	spec := c.Arg(1)
	kind, rest, ok := strings.Cut(spec, ":")
	if !ok {
		kind, rest = "", spec
	}
	switch k := strings.ToLower(kind); {
	case k == "txt", k == "rnd":
		m.file, m.find = c.Path(rest), (*rewriteMap).fromText
		if k == "rnd" {
			m.find = (*rewriteMap).random
		}
	case k == "int":
		f := internalMaps[rest]
		if f == nil {
			return compat.Errorf("RewriteMap: internal map not found:%s", rest)
		}
		m.find = func(_ *rewriteMap, _ *context, key string) (string, bool) { return f(key), true }
	case k == "prg":
		argv := strings.Fields(rest)
		if len(argv) == 0 {
			return compat.Errorf("RewriteMap: bad path to prg map: %s", rest)
		}
		argv[0] = c.Path(argv[0])
		m.file, m.prog = argv[0], programOf(argv)
		m.find = (*rewriteMap).ask
	case k == "dbd", k == "fastdbd":
		return compat.Errorf("RewriteMap types dbd and fastdbd require mod_dbd!")
	case strings.HasPrefix(k, "dbm"):
		return compat.Errorf("RewriteMap: dbm maps are not supported by Understudy: make a txt map of %s", rest)
	default:
		m.file, m.find = c.Path(spec), (*rewriteMap).fromText
	}
	if m.file != "" {
		if _, err := os.Stat(m.file); err != nil {
			return compat.Errorf("RewriteMap: file for map %s not found:%s", m.name, m.file)
		}
		m.text = &textMap{}
	}
	if s.maps == nil {
		s.maps = map[string]*rewriteMap{}
	}
	s.maps[m.name] = m
	return nil
}

var internalMaps = map[string]func(string) string{
	"toupper": strings.ToUpper, "tolower": strings.ToLower, "escape": compat.EscapePath,
	"unescape": func(s string) string {
		if v, err := url.PathUnescape(s); err == nil {
			return v
		}
		return s
	},
}

// lookup asks a map of the host; an empty value is none.
func (x *context) lookup(name, key string) (string, bool) {
	c := slot.OfServer(x.r.Host)
	if c == nil || c.server == nil || c.server.maps[name] == nil {
		return "", false
	}
	m := c.server.maps[name]
	v, ok := m.find(m, x, key)
	if !ok {
		x.log(5, "map lookup FAILED: map=%s key=%s", name, key)
		return "", false
	}
	x.log(5, "map lookup OK: map=%s key=%s -> val=%s", name, key, v)
	return v, v != ""
}

// A textMap is the content of a map's file, read again when that changes.
type textMap struct {
	mu     sync.Mutex // guards the fields below
	mtime  time.Time
	size   int64
	values map[string]string
}

func (m *rewriteMap) fromText(x *context, key string) (string, bool) {
	info, err := os.Stat(m.file)
	if err != nil {
		x.r.Logf("rewrite", compat.LevelError, err, "AH00661: mod_rewrite: can't access text RewriteMap file %s", m.file)
		return "", false
	}
	t := m.text
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.values == nil || !info.ModTime().Equal(t.mtime) || info.Size() != t.size {
		values, err := readText(m.file)
		if err != nil {
			x.r.Logf("rewrite", compat.LevelError, err, "AH00655: mod_rewrite: can't open text RewriteMap file %s", m.file)
			return "", false
		}
		t.values, t.mtime, t.size = values, info.ModTime(), info.Size()
	}
	v, ok := t.values[key]
	return v, ok
}

// maxMapLine is Apache's bound on a line of a map.
const maxMapLine = 1024

// readText reads "key value" lines; the first for a key counts
// (lookup_map_txtfile).
func readText(file string) (map[string]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	values := map[string]string{}
	in := bufio.NewReaderSize(f, maxMapLine)
	for {
		line, err := in.ReadSlice('\n')
		if len(line) > 0 && line[0] != '#' && strings.IndexByte(blanks, line[0]) < 0 {
			if words := strings.Fields(string(line)); len(words) >= 2 {
				if _, known := values[words[0]]; !known {
					values[words[0]] = words[1]
				}
			}
		}
		if err != nil && err != bufio.ErrBufferFull {
			return values, nil
		}
	}
}

// random is a rnd map: one of the alternatives of a value.
func (m *rewriteMap) random(x *context, key string) (string, bool) {
	v, ok := m.fromText(x, key)
	if !ok {
		return "", false
	}
	alternatives := strings.Split(v, "|")
	return alternatives[rand.IntN(len(alternatives))], true
}

func (m *rewriteMap) ask(x *context, key string) (string, bool) {
	v, ok, err := m.prog.ask(key)
	if err != nil {
		x.r.Logf("rewrite", compat.LevelError, nil, "mod_rewrite: the program of map %s does not answer: %v", m.name, err)
	}
	return v, ok
}
