package directory

import (
	"slices"
	"time"
)

// A Table remembers payloads by keys. When it is full it forgets all that was
// there when it became three quarters full, which was most of it.
type Table struct {
	Max, Size                      int // entries, chains
	Entries, FullMark              int
	TTL                            time.Duration
	MarkTime, LastPurge            time.Time
	Purges                         int
	PurgeTime                      float64 // microseconds, on average
	Fetches, Hits, Inserts, Leaves int
	memory                         *Memory
	chains                         [][]*entry
}

type entry struct {
	key     string
	added   time.Time
	size    int
	payload any
}

// primes are the sizes a table may have.
var primes = []int{11, 19, 37, 73, 109, 163, 251, 367, 557, 823, 1237, 1861, 2777, 4177, 6247, 9371, 14057, 21089, 31627, 47431,
	71143, 106721, 160073, 240101, 360163, 540217, 810343, 1215497, 1823231, 2734867, 4102283, 6153409, 9230113, 13845163}

// table makes one for max entries, or nil if that is none.
func (m *Memory) table(max int, ttl time.Duration) *Table {
	if max <= 0 {
		return nil
	}
	size := len(primes) - 1
	if i := slices.IndexFunc(primes, func(p int) bool { return p >= max/3 && p >= 64 }); i >= 0 {
		size = i
	}
	return &Table{Max: max, Size: primes[size], FullMark: max / 4 * 3, TTL: ttl, memory: m, chains: make([][]*entry, primes[size])}
}

// hash is the chain of a key, whose parts follow one another
// (util_ald_hash_string).
func (t *Table) hash(key string) int {
	var h uint64
	for i := 0; i < len(key); i++ {
		if key[i] == 0 {
			continue
		}
		h = h<<4 + uint64(int64(int8(key[i])))
		if g := h & 0xf0000000; g != 0 {
			h ^= g >> 24
			h ^= g
		}
	}
	return int(h % uint64(t.Size))
}

func (t *Table) fetch(key string) *entry {
	t.Fetches++
	for _, e := range t.chains[t.hash(key)] {
		if e.key == key {
			t.Hits++
			return e
		}
	}
	return nil
}

// entryCost is what an entry takes beside its texts, about.
const entryCost = 160

// insert adds a payload of about size bytes beside its key; false: there is no
// room.
func (t *Table) insert(key string, size int, payload any) bool {
	size += len(key) + entryCost
	if t.Entries >= t.Max {
		t.purge()
		if t.Entries >= t.Max {
			return false
		}
	}
	limit := or(t.memory.settings.Bytes, defaultBytes)
	if limit > 0 && t.memory.bytes+size > limit {
		if t.Entries < t.FullMark {
			t.MarkTime = time.Now()
		}
		t.purge()
		if t.memory.bytes+size > limit {
			return false
		}
	}
	t.Inserts++
	i := t.hash(key)
	e := &entry{key: key, added: time.Now(), payload: payload}
	t.chains[i] = slices.Insert(t.chains[i], 0, e)
	t.grow(e, size)
	if t.Entries++; t.Entries == t.FullMark {
		t.MarkTime = time.Now()
	}
	return true
}

func (t *Table) grow(e *entry, n int) {
	e.size += n
	t.memory.bytes += n
}

func (t *Table) remove(key string) {
	t.Leaves++
	i := t.hash(key)
	t.chains[i] = slices.DeleteFunc(t.chains[i], func(e *entry) bool { return e.key == key && t.drop(e) })
}

func (t *Table) drop(e *entry) bool {
	t.memory.bytes -= e.size
	t.Entries--
	if c, ok := e.payload.(*caches); ok {
		for _, inner := range []*Table{c.searches, c.compares, c.dns} {
			for _, chain := range inner.chains {
				for _, e := range chain {
					t.memory.bytes -= e.size
				}
			}
		}
	}
	return true
}

// purge forgets what is older than the mark, or too old anyway
// (util_ald_cache_purge).
func (t *Table) purge() {
	now := time.Now()
	t.LastPurge = now
	t.Purges++
	if old := now.Add(-t.TTL); old.After(t.MarkTime) {
		t.MarkTime = old
	}
	for i := range t.chains {
		t.chains[i] = slices.DeleteFunc(t.chains[i], func(e *entry) bool { return e.added.Before(t.MarkTime) && t.drop(e) })
	}
	took := float64(time.Since(now).Microseconds())
	t.PurgeTime = (took + t.PurgeTime*float64(t.Purges-1)) / float64(t.Purges)
}

// Chain is how long chains are, on average.
func (t *Table) Chain() float64 {
	chains := 0
	for _, c := range t.chains {
		if len(c) > 0 {
			chains++
		}
	}
	if chains == 0 {
		return 0
	}
	return float64(t.Entries) / float64(chains)
}
