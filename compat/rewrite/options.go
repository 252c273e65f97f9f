package rewrite

import (
	"strings"

	"understudy/compat"
)

// options is a set of RewriteOptions.
type options uint16

const (
	inherit options = 1 << iota
	inheritBefore
	inheritDown
	inheritDownBefore
	ignoreInherit
	allowNoSlash
	allowAnyURI
	mergeBase
	ignoreContextInfo
	legacyPrefixDocRoot
	unsafePrefixStat
)

var optionNames = map[string]options{
	"inherit": inherit, "inheritbefore": inheritBefore, "inheritdown": inheritDown,
	"inheritdownbefore": inheritDownBefore, "ignoreinherit": ignoreInherit,
	"allownoslash": allowNoSlash, "allowanyuri": allowAnyURI, "mergebase": mergeBase,
	"ignorecontextinfo": ignoreContextInfo, "legacyprefixdocroot": legacyPrefixDocRoot,
	"unsafeprefixstat": unsafePrefixStat,
}

func (o *options) has(one options) bool { return o != nil && *o&one != 0 }

// An inheritance says where the rules of the place around go.
type inheritance uint8

const (
	none inheritance = iota
	after
	before
)

// inherited decides by the options of the place around and of that inside.
func inherited(around, inside *options) inheritance {
	down := func(one options) bool { return around.has(one) && !inside.has(ignoreInherit) }
	switch {
	case inside.has(inherit) || down(inheritDown):
		return after
	case inside.has(inheritBefore) || down(inheritDownBefore):
		return before
	}
	return none
}

func setOption(c *compat.Cmd) error {
	word := c.Arg(0)
	one, known := optionNames[strings.ToLower(word)]
	if !known && len(word) >= len("MaxRedirects=") && strings.EqualFold(word[:len("MaxRedirects=")], "MaxRedirects=") {
		c.Warnf("rewrite", compat.LevelWarn, "AH00664: RewriteOptions: MaxRedirects option has been removed in favor of "+
			"the global LimitInternalRecursion directive and will be ignored.")
		known = true
	}
	if !known {
		return compat.Errorf("RewriteOptions: unknown option '%s'", word)
	}
	s := sectionOf(c)
	s.options = s.options.with(one)
	if c.AtServer() {
		h := serverOf(c)
		h.options = h.options.with(one)
	}
	return nil
}

func (o *options) with(one options) *options {
	if o != nil {
		one |= *o
	}
	return &one
}

func setEngine(c *compat.Cmd) error {
	on := c.On()
	sectionOf(c).engine = &on
	if c.AtServer() {
		serverOf(c).engine = &on
	}
	return nil
}

func setBase(c *compat.Cmd) error {
	base := c.Arg(0)
	switch {
	case c.AtServer():
		return compat.Errorf("RewriteBase: only valid in per-directory config files")
	case base == "":
		return compat.Errorf("RewriteBase: empty URL not allowed")
	case base[0] != '/':
		return compat.Errorf("RewriteBase: argument is not a valid URL")
	}
	sectionOf(c).base = &base
	return nil
}

// serverOf is the configuration of the host that c stands in.
func serverOf(c *compat.Cmd) *server {
	s := ofServer.Make(c.Host.Section.Vector)
	s.said = true
	return s
}

// sectionOf is the configuration of the section that c stands in. A section of
// a host makes it one that has rules of its own, as far as Apache can tell.
func sectionOf(c *compat.Cmd) *section {
	s := ofSection.Make(c.Vector)
	if c.AtServer() {
		return s
	}
	if !c.HTAccess {
		serverOf(c)
	}
	s.dir = c.Dir
	if !strings.HasSuffix(s.dir, "/") {
		s.dir += "/"
	}
	return s
}
