// Package socache is small things that are kept for a while, in memory or by
// memcached or Redis: Apache's shared object caches (ap_socache.h).
package socache

import (
	"cmp"
	"strings"
	"sync"
	"time"

	"understudy/compat"
	"understudy/compat/internal/registry"
)

// A Store keeps values for a while. It may forget any of them.
type Store interface {
	// Get is the value of a key, and whether there is one.
	Get(key string) (value []byte, ok bool, err error)
	// Put keeps a value until a moment.
	Put(key string, value []byte, until time.Time) error
}

// A Provider makes stores.
type Provider struct {
	Name   string // "shmcb"
	Module string // identifier of the module that must be loaded
	// Open makes a store of what follows the name; namespace is for whom.
	Open func(args, namespace string) (Store, error)
}

var providers registry.Of[Provider]

// Register makes a provider known; package variables call it.
func Register(p Provider) { providers.Register(p.Name, p.Module, p) }

// Default is the provider where none is named.
const Default = "shmcb"

// stores are those that were made: one that is asked for again, after a reload
// too, is the same.
var stores = struct {
	mu sync.Mutex // guards of
	of map[string]Store
}{of: map[string]Store{}}

// Find is the store that text names, "provider" or "provider:args", if its
// module is loaded.
func Find(b *compat.Build, text, namespace string) (Store, error) {
	name, args, _ := strings.Cut(text, ":")
	p, ok := providers.Find(b, name)
	if !ok {
		return nil, compat.Errorf("Unknown socache provider '%s'. Maybe you need to load the appropriate socache module "+
			"(mod_socache_%s?)", text, text)
	}
	key := namespace + " " + text
	stores.mu.Lock()
	defer stores.mu.Unlock()
	if s := stores.of[key]; s != nil {
		return s, nil
	}
	s, err := p.Open(args, namespace)
	if err == nil {
		stores.of[key] = s
	}
	return s, err
}

// A memory is a Store within the process, of a bounded size.
type memory struct {
	mu    sync.Mutex // guards all below
	limit int
	size  int
	of    map[string]item
}

type item struct {
	value []byte
	until time.Time
}

// DefaultSize is how many bytes NewMemory keeps where nobody says (mod_socache_shmcb).
const DefaultSize = 512 << 10

// itemCost is what an item takes besides key and value.
const itemCost = 64

// NewMemory is a Store within the process that keeps limit bytes at most.
func NewMemory(limit int) Store {
	return &memory{limit: cmp.Or(limit, DefaultSize), of: map[string]item{}}
}

// Get is the value of a key.
func (m *memory) Get(key string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := m.of[key]
	if ok && time.Now().After(i.until) {
		m.drop(key)
		ok = false
	}
	return i.value, ok, nil
}

// Put keeps a value. Others go where there is no room.
func (m *memory) Put(key string, value []byte, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(key)
	cost := len(key) + len(value) + itemCost
	if cost > m.limit {
		return nil
	}
	for other := range m.of {
		if m.size+cost <= m.limit {
			break
		}
		m.drop(other)
	}
	m.of[key] = item{value, until}
	m.size += cost
	return nil
}

func (m *memory) drop(key string) {
	if i, ok := m.of[key]; ok {
		m.size -= len(key) + len(i.value) + itemCost
		delete(m.of, key)
	}
}
