package directory

import (
	"strings"
	"time"
)

// A URLView is what is remembered of one URL.
type URLView struct {
	Chain, Offset           int // its place in the table of URLs
	URL                     string
	Searches, Compares, DNs *Table
}

// View calls show with the tables, which must not be kept. urls is nil where
// nothing is remembered.
func (m *Memory) View(show func(urls *Table, of []URLView)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.urls == nil {
		show(nil, nil)
		return
	}
	var all []URLView
	for i, chain := range m.urls.chains {
		for j, e := range chain {
			c := e.payload.(*caches)
			all = append(all, URLView{i, j, e.key, c.searches, c.compares, c.dns})
		}
	}
	show(m.urls, all)
}

// EachUser calls f with the users of a table of searches.
func (t *Table) EachUser(f func(filter, dn string, at time.Time)) {
	t.each(func(e *entry) {
		k := e.payload.(known)
		f(e.key, k.DN, k.at)
	})
}

// A Comparison is a row of a table of comparisons.
type Comparison struct {
	DN, Attribute, Value string
	Code                 Code
	At                   time.Time
	Groups, Asked        bool // whether there are groups within, and whether that was asked
}

// EachComparison calls f with the rows of a table of comparisons.
func (t *Table) EachComparison(f func(Comparison)) {
	t.each(func(e *entry) {
		k := e.payload.(*comparison)
		p := strings.SplitN(e.key, "\x00", 3)
		f(Comparison{p[0], p[1], p[2], k.code, k.at, k.groups != nil, k.asked})
	})
}

// EachDN calls f with the names of a table of names: the one asked for, and the
// one the server has.
func (t *Table) EachDN(f func(asked, real string)) {
	t.each(func(e *entry) { f(e.key, e.payload.(string)) })
}

func (t *Table) each(f func(*entry)) {
	for _, chain := range t.chains {
		for _, e := range chain {
			f(e)
		}
	}
}
