package directory

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTable(t *testing.T) {
	bytes, entries, ttl := 0, 100, time.Minute
	m := newMemory(Settings{Bytes: &bytes, SearchEntries: &entries, SearchTTL: &ttl})
	c := m.of("ldap://x/")
	for i := range 250 {
		c.learn(fmt.Sprintf("(uid=%d)", i), User{DN: fmt.Sprint(i)}, []byte("x"))
	}
	if c.searches.Entries > 100 || c.searches.Purges == 0 {
		t.Errorf("%d entries after %d purges", c.searches.Entries, c.searches.Purges)
	}
	if k, ok := c.user("(uid=249)"); !ok || k.DN != "249" || string(k.digest) != "x" {
		t.Errorf("got %v %v", k, ok)
	}
	c.learn("(uid=249)", User{DN: "249"}, nil)
	if k, _ := c.user("(uid=249)"); k.digest == nil {
		t.Error("a search made a password forgotten that was checked")
	}
	none := 0
	if newMemory(Settings{SearchEntries: &none}).of("x") != nil || newMemory(Settings{CompareEntries: &none}).of("x") != nil {
		t.Error("there is a memory although there is to be none")
	}
}

// What is remembered stays within LDAPSharedCacheSize, and is counted right.
func TestTableBytes(t *testing.T) {
	bytes := 20000
	m := newMemory(Settings{Bytes: &bytes})
	for i := range 500 {
		c := m.of(fmt.Sprintf("ldap://%d/", i%7))
		if c == nil {
			continue
		}
		c.learn(strings.Repeat("x", i*7%900), User{DN: "y", Values: []string{"z"}}, nil)
		c.noteCompared("a", "b", fmt.Sprint(i), CompareTrue, time.Now())
		c.noteGroups("g", fmt.Sprint(i), []string{"1", "2"})
		c.noteSameDN(fmt.Sprint(i), "dn")
	}
	if m.bytes > bytes+100 {
		t.Errorf("%d bytes, %d at most", m.bytes, bytes)
	}
	sum := 0
	count := func(tables ...*Table) {
		for _, table := range tables {
			table.each(func(e *entry) { sum += e.size })
		}
	}
	count(m.urls)
	m.View(func(_ *Table, all []URLView) {
		for _, u := range all {
			count(u.Searches, u.Compares, u.DNs)
		}
	})
	if sum != m.bytes {
		t.Errorf("%d bytes are there, %d were counted", sum, m.bytes)
	}
}

func TestHosts(t *testing.T) {
	for _, tt := range []struct {
		list string
		mode Mode
		want string
	}{
		{"a b:1", Plain, "a:389 b:1"}, {"a", SSL, "a:636"}, {"[::1]:5 ::1 [::2]", StartTLS, "[::1]:5 [::1]:389 [::2]:389"},
		{":5", Plain, "localhost:5"}, {"", Plain, ""},
	} {
		if got := strings.Join(hosts(tt.list, tt.mode), " "); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.list, got, tt.want)
		}
	}
}

func FuzzReferral(f *testing.F) {
	f.Add("ldap://h:389/dc=x??sub?(a=b)", "dc=y")
	f.Add("ldaps://[::1]/", "")
	f.Fuzz(func(t *testing.T, text, dn string) {
		if p, ok := placeOf(text, dn, Plain); ok && p.address == "" {
			t.Errorf("%q leads nowhere", text)
		}
		scopeOf(text, 2)
	})
}
