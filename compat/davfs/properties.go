package davfs

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"understudy/compat/internal/dav"
	"understudy/compat/internal/dbm"
)

// The key that names the namespaces of a file of properties, and the version of
// its form (dbm.c).
const (
	namespacesKey = "METADATA"
	oldKey        = "NS_TABLE"
	propsMajor    = 4
	propsHead     = 4 // bytes before the names: version and number
	maxNamespaces = 32767
)

// writing has those who change properties wait for each other: there is no
// more than one at a time for each of some groups of files.
var writing [64]sync.Mutex

func turnOf(path string) *sync.Mutex {
	var h uint32
	for i := 0; i < len(path); i++ {
		h = h*31 + uint32(path[i])
	}
	return &writing[h%uint32(len(writing))]
}

// properties are the dead properties of a resource. A key is the number of the
// namespace, a colon, the name, and a zero byte; a value the language, and the
// content, both with a zero byte.
type properties struct {
	path       string
	book       *dbm.Book
	namespaces []string
	index      map[string]int
	numbers    []int // of the namespaces of a document
	dirty      bool
	turn       *sync.Mutex // nil: only read
}

// Properties reads those of res.
func (files) Properties(res *dav.Resource, writable bool) (dav.Properties, *dav.Error) {
	p := &properties{path: statePath(res), index: map[string]int{}}
	if writable {
		p.turn = turnOf(p.path)
		p.turn.Lock()
	}
	if err := p.read(); err != nil {
		p.release()
		return nil, err.Push(500, "Could not open the property database.")
	}
	return p, nil
}

func (p *properties) release() {
	if p.turn != nil {
		p.turn.Unlock()
		p.turn = nil
	}
}

func (p *properties) read() *dav.Error {
	book, err := dbm.ReadBook(p.path)
	if err != nil {
		e := dav.Caused(500, cause(err), "Could not open property database.")
		e.ID = 1
		return e
	}
	p.book = book
	meta, ok := book.Get(namespacesKey)
	if !ok {
		if _, old := book.Get(oldKey); old {
			return dav.Numbered(500, dav.ErrPropMajor, "Prop database has the wrong major version number and cannot be used.")
		}
		return nil
	}
	if len(meta) < propsHead || meta[0] != propsMajor {
		return dav.Numbered(500, dav.ErrPropMajor, "Prop database has the wrong major version number and cannot be used.")
	}
	count := int(binary.BigEndian.Uint16([]byte(meta[2:])))
	rest := meta[propsHead:]
	for range count {
		name, after, ok := strings.Cut(rest, "\x00")
		if !ok {
			return dav.Numbered(500, dav.ErrPropMajor, "Prop database namespace table is invalid and cannot be used.")
		}
		p.add(name)
		rest = after
	}
	return nil
}

func (p *properties) add(namespace string) int {
	n := len(p.namespaces)
	p.index[namespace] = n
	p.namespaces = append(p.namespaces, namespace)
	return n
}

// key is that of a property; ok is false where none of its namespace is there.
func (p *properties) key(n dav.Name) (key string, ok bool) {
	if n.Namespace == "" {
		return ":" + n.Local + "\x00", true
	}
	number, ok := p.index[n.Namespace]
	return strconv.Itoa(number) + ":" + n.Local + "\x00", ok
}

// Names are the properties that are there.
func (p *properties) Names() []dav.Name {
	var names []dav.Name
	for _, pair := range p.book.Pairs() {
		if strings.HasPrefix(pair.Key, "M") {
			continue
		}
		number, local, ok := strings.Cut(strings.TrimSuffix(pair.Key, "\x00"), ":")
		if !ok {
			continue
		}
		n := dav.Name{Local: local}
		if number != "" {
			i, err := strconv.Atoi(number)
			if err != nil || i < 0 || i >= len(p.namespaces) {
				continue
			}
			n.Namespace = p.namespaces[i]
		}
		names = append(names, n)
	}
	return names
}

// Namespaces are those of "nsN".
func (p *properties) Namespaces() []string { return p.namespaces }

// Get is the element of a property (dav_append_prop).
func (p *properties) Get(n dav.Name) (string, bool) {
	key, ok := p.key(n)
	if !ok {
		return "", false
	}
	value, ok := p.book.Get(key)
	if !ok {
		return "", false
	}
	tag := strings.TrimSuffix(key, "\x00")
	if rest, plain := strings.CutPrefix(tag, ":"); plain {
		tag = rest
	} else {
		tag = "ns" + tag
	}
	lang, content, _ := strings.Cut(value, "\x00")
	content = strings.TrimSuffix(content, "\x00")
	switch {
	case content == "":
		return "<" + tag + "/>\n", true
	case lang != "":
		return "<" + tag + ` xml:lang="` + lang + `">` + content + "</" + tag + ">\n", true
	}
	return "<" + tag + ">" + content + "</" + tag + ">\n", true
}

// Map gives numbers to the namespaces of a document
// (dav_propdb_map_namespaces).
func (p *properties) Map(namespaces []string) {
	p.numbers = make([]int, len(namespaces))
	for i, name := range namespaces {
		number, ok := p.index[name]
		if !ok {
			number = p.add(name)
			p.dirty = true
		}
		p.numbers[i] = number
	}
}

// Set keeps the content of e.
func (p *properties) Set(n dav.Name, e *dav.Element) *dav.Error {
	if len(p.namespaces) > maxNamespaces {
		return dav.New(500, "Too many distinct namespaces in property database.")
	}
	lang := ""
	if e.Lang != nil {
		lang = *e.Lang
	}
	key, _ := p.key(n)
	p.book.Set(key, lang+"\x00"+e.Inner(p.numbers)+"\x00")
	p.dirty = true
	return nil
}

// Remove forgets a property, if it is there.
func (p *properties) Remove(n dav.Name) {
	key, ok := p.key(n)
	if _, there := p.book.Get(key); ok && there {
		p.book.Delete(key)
		p.dirty = true
	}
}

// Close writes what was changed.
func (p *properties) Close(commit bool) *dav.Error {
	defer p.release()
	if !commit || !p.dirty {
		return nil
	}
	meta := []byte{propsMajor, 0, byte(len(p.namespaces) >> 8), byte(len(p.namespaces))}
	for _, name := range p.namespaces {
		meta = append(append(meta, name...), 0)
	}
	p.book.Set(namespacesKey, string(meta))
	if err := makeState(filepath.Dir(p.path)); err != nil {
		return dav.Caused(500, cause(err), "Could not open property database.")
	}
	if err := p.book.Write(p.path); err != nil {
		return dav.Caused(500, cause(err), "Could not open property database.")
	}
	return nil
}

// makeState makes a state directory where there is none.
func makeState(dir string) error {
	if err := os.Mkdir(dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
