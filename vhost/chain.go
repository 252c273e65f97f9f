package vhost

import (
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// A chain is the hosts of one address in the order of the file: Apache's
// name_chain, with the names looked up instead of tried.
type chain struct {
	hosts []*compat.Host
	names map[string]int // of ServerName and ServerAlias, lower case → the first host
	wild  []wildName
	// texts are the names written in <VirtualHost>, which count where no other does.
	texts map[string]int
}

// A wildName is a ServerAlias with wildcards.
type wildName struct {
	shape string // lower case
	host  int
}

func add[K comparable](to map[K]*chain, key K, h *compat.Host, a compat.HostAddress) {
	c := to[key]
	if c == nil {
		c = &chain{names: map[string]int{}, texts: map[string]int{}}
		to[key] = c
	}
	if text, _, err := splitHostPort(a.Text); err == nil {
		first(c.texts, canonical(text), len(c.hosts))
	}
	if n := len(c.hosts); n > 0 && c.hosts[n-1] == h {
		return // A name with several addresses, or one written twice.
	}
	i := len(c.hosts)
	c.hosts = append(c.hosts, h)
	first(c.names, canonical(h.Name), i)
	for _, alias := range h.Aliases {
		if isWild(alias) {
			c.wild = append(c.wild, wildName{strings.ToLower(alias), i})
			continue
		}
		first(c.names, canonical(alias), i)
	}
}

func first(names map[string]int, name string, i int) {
	if _, ok := names[name]; !ok {
		names[name] = i
	}
}

func isWild(alias string) bool { return strings.ContainsAny(alias, "*?") }

// canonical is a name as it is looked up.
func canonical(name string) string { return bracketless(strings.ToLower(name)) }

func bracketless(name string) string {
	if strings.HasPrefix(name, "[") {
		return strings.Trim(name, "[]")
	}
	return name
}

// find is the index of the first host called name, in lower case, or -1: a
// wildcard alias before comes first (update_server_from_aliases).
func (c *chain) find(name string) int {
	if name == "" {
		return -1
	}
	best, ok := c.names[name]
	for _, w := range c.wild {
		if ok && w.host >= best {
			break
		}
		if pattern.Fnmatch(w.shape, name, false) {
			return w.host
		}
	}
	if ok {
		return best
	}
	if i, ok := c.texts[name]; ok {
		return i
	}
	return -1
}

// answersTo reports whether name, in lower case, is one of h's.
func answersTo(h *compat.Host, name string) bool {
	if canonical(h.Name) == name {
		return true
	}
	for _, a := range h.Aliases {
		if canonical(a) == name || isWild(a) && pattern.Fnmatch(strings.ToLower(a), name, false) {
			return true
		}
	}
	return false
}
