package filter

import (
	"strings"

	"understudy/compat"
)

// chain changes the chain of a section (filter_chain).
func chain(c *compat.Cmd, conf *config) error {
	conf.link(c.Arg(0))
	return nil
}

func (c *config) link(arg string) {
	if arg == "" {
		c.chain = append(c.chain, link{})
		return
	}
	switch name := arg[1:]; arg[0] {
	case '+':
		c.chain = append(c.chain, link{name: name})
	case '@':
		c.chain = append([]link{{name: name}}, c.chain...)
	case '-':
		c.unlink(name)
	case '!':
		c.chain = []link{{reset: true}}
	case '=':
		c.chain = []link{{reset: true}, {name: name}}
	default:
		c.chain = append(c.chain, link{name: arg})
	}
}

// unlink removes a name; of two in a row the second stays, and so does
// everything but the first if that has the name.
func (c *config) unlink(name string) {
	is := func(l link) bool { return !l.reset && strings.EqualFold(l.name, name) }
	if len(c.chain) == 0 {
		return
	}
	if is(c.chain[0]) {
		c.chain = c.chain[1:]
		return
	}
	kept := c.chain[:1:1]
	for i := 1; i < len(c.chain); i++ {
		if is(c.chain[i]) && i+1 < len(c.chain) {
			i++
		} else if is(c.chain[i]) {
			continue
		}
		kept = append(kept, c.chain[i])
	}
	c.chain = kept
}

// insert puts the chain into a request (filter_insert).
func insert(r *compat.Request, c *config) compat.Status {
	links := c.chain
	for i, l := range links {
		if l.reset {
			links = c.chain[i+1:]
		}
	}
	held := false
	for _, l := range links {
		f := c.filters[l.name]
		if f == nil {
			r.Logf("filter", compat.LevelWarn, nil, "AH01380: Unknown filter %s not added", l.name)
			continue
		}
		if !held && f.flags&(compat.FilterNoByteRange|compat.FilterChangesLength) != 0 {
			holdRange(r)
			held = true
		}
		r.AddOutputFilter(&f.handle)
	}
	return compat.OK
}
