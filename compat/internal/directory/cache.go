package directory

import (
	"sync"
	"time"
)

// A Memory is what servers said, by the URLs of AuthLDAPURL. Its tables are
// those of mod_ldap (util_ldap_cache_mgr.c), for the page about them shows how
// they are built.
type Memory struct {
	mu       sync.Mutex // guards everything below
	settings Settings
	urls     *Table
	bytes    int // of all tables
}

// caches are the tables of one URL.
type caches struct {
	memory                  *Memory
	searches, compares, dns *Table
}

func newMemory(s Settings) *Memory {
	m := &Memory{settings: s}
	m.urls = m.table(or(s.SearchEntries, defaultEntries), or(s.SearchTTL, defaultTTL))
	return m
}

// of are the tables of url, made when it is first asked for; nil: nothing is
// remembered.
func (m *Memory) of(url string) *caches {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.urls == nil {
		return nil
	}
	if e := m.urls.fetch(url); e != nil {
		return e.payload.(*caches)
	}
	compares, ttl := or(m.settings.CompareEntries, defaultEntries), or(m.settings.CompareTTL, defaultTTL)
	c := &caches{m, m.table(or(m.settings.SearchEntries, defaultEntries), or(m.settings.SearchTTL, defaultTTL)),
		m.table(compares, ttl), m.table(compares, ttl)}
	if c.searches == nil || c.compares == nil || !m.urls.insert(url, 0, c) {
		return nil
	}
	return c
}

// A known is a user that was searched for.
type known struct {
	User
	digest []byte // of the password; nil: it was not checked
	at     time.Time
}

// user is what a filter found.
func (c *caches) user(filter string) (known, bool) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	e := c.searches.fetch(filter)
	if e == nil {
		return known{}, false
	}
	k := e.payload.(known)
	if time.Since(k.at) > c.searches.TTL {
		c.searches.remove(filter)
		return known{}, false
	}
	return k, true
}

// learn remembers what a filter found, and that the password was right.
func (c *caches) learn(filter string, u User, digest []byte) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	if e := c.searches.fetch(filter); e != nil {
		if digest == nil && e.payload.(known).digest != nil && e.payload.(known).DN == u.DN {
			return // When the password was checked counts.
		}
		c.searches.remove(filter)
	}
	size := len(u.DN) + len(digest)
	for _, v := range u.Values {
		size += len(v)
	}
	c.searches.insert(filter, size, known{u, digest, time.Now()})
}

// A comparison is what became of one, and the groups within the group that it
// was about.
type comparison struct {
	code   Code
	at     time.Time
	groups []string
	asked  bool // for the groups
}

func comparisonKey(dn, attribute, value string) string {
	return dn + "\x00" + attribute + "\x00" + value
}

func (c *caches) compared(dn, attribute, value string) (Code, bool) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	key := comparisonKey(dn, attribute, value)
	e := c.compares.fetch(key)
	if e == nil {
		return 0, false
	}
	k := e.payload.(*comparison)
	if time.Since(k.at) > c.compares.TTL {
		c.compares.remove(key)
		return 0, false
	}
	return k.code, true
}

func (c *caches) noteCompared(dn, attribute, value string, code Code, at time.Time) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	key := comparisonKey(dn, attribute, value)
	if e := c.compares.fetch(key); e != nil {
		k := e.payload.(*comparison)
		k.code, k.at = code, at
		return
	}
	c.compares.insert(key, 0, &comparison{code: code, at: at})
}

// groups are those within a group, where that was asked.
func (c *caches) groups(dn, class string) (groups []string, known bool) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	if e := c.compares.fetch(comparisonKey(dn, "objectClass", class)); e != nil {
		k := e.payload.(*comparison)
		return k.groups, k.asked
	}
	return nil, false
}

func (c *caches) noteGroups(dn, class string, groups []string) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	key := comparisonKey(dn, "objectClass", class)
	e := c.compares.fetch(key)
	if e == nil {
		c.compares.insert(key, 0, &comparison{code: CompareTrue})
		if e = c.compares.fetch(key); e == nil {
			return
		}
	}
	k := e.payload.(*comparison)
	if !k.asked {
		k.groups, k.asked = groups, true
		for _, g := range groups {
			c.compares.grow(e, len(g))
		}
	}
}

// sameDN is the name that the entry with another name has.
func (c *caches) sameDN(other string) (string, bool) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	if e := c.dns.fetch(other); e != nil {
		return e.payload.(string), true
	}
	return "", false
}

func (c *caches) noteSameDN(other, dn string) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	if c.dns.fetch(other) != nil {
		c.dns.remove(other)
	}
	c.dns.insert(other, len(dn), dn)
}
