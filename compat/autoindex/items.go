package autoindex

import (
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// A kind says by what an item is found.
type kind uint8

const (
	byPath kind = iota
	byType
	byEncoding
)

// An item is an icon, a text for one, or a name that is not shown.
type item struct {
	kind kind
	at   string // pattern of the path it is for
	to   string // pattern of name, type or encoding
	data string
}

// newItem makes an item (push_item).
func newItem(c *compat.Cmd, k kind, to, data string) item {
	switch {
	case k == byPath && to == "**DIRECTORY**":
		to = "^^DIRECTORY^^"
	case k == byEncoding:
		to = strings.ToLower(to)
	}
	if k == byPath && !strings.ContainsAny(to, "*?") {
		to = "*" + to
	}
	return item{k, c.Dir + "*", to, data}
}

func itemRow(name string, k kind, add func(*compat.Cmd, *config, kind) error, help string) compat.Directive {
	return slot.Directive(name, compat.Iterate2, compat.Indexes, func(c *compat.Cmd, conf *config) error {
		return add(c, conf, k)
	}, help)
}

func addAlt(c *compat.Cmd, conf *config, k kind) error {
	conf.alts = append(conf.alts, newItem(c, k, c.Arg(1), c.Arg(0)))
	return nil
}

// addIcon takes "URL" or "(text,URL)" (add_icon).
func addIcon(c *compat.Cmd, conf *config, k kind) error {
	icon := c.Arg(0)
	if inner, ok := strings.CutPrefix(icon, "("); ok {
		inner, _, closed := strings.Cut(inner, ")")
		if !closed {
			return compat.Errorf("missing closing paren")
		}
		var alt string
		alt, icon, _ = strings.Cut(inner, ",")
		conf.alts = append(conf.alts, newItem(c, k, c.Arg(1), alt))
	}
	conf.icons = append(conf.icons, newItem(c, k, c.Arg(1), icon))
	return nil
}

func addIgnore(c *compat.Cmd, conf *config) error {
	conf.ignored = append(conf.ignored, newItem(c, byPath, c.Arg(0), ""))
	return nil
}

// A description is a text for files.
type description struct {
	text, pattern string
	whole         bool // the pattern is for the path, not the name alone
	wild          bool // it is a pattern, not a part of the name
}

// addDescription is AddDescription (add_desc).
func addDescription(c *compat.Cmd, conf *config) error {
	d := description{text: c.Arg(0), pattern: c.Arg(1)}
	d.whole = strings.Contains(d.pattern, "/")
	d.wild = d.whole || pattern.IsGlob(d.pattern)
	switch {
	case d.whole:
		d.pattern = "*/" + d.pattern + "*"
	case d.wild:
		d.pattern = "*" + d.pattern + "*"
	}
	conf.descriptions = append(conf.descriptions, d)
	return nil
}

// describe is the text for a file (find_desc).
func (c *config) describe(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	for _, d := range c.descriptions {
		s := name
		if d.whole {
			s = path
		}
		if d.wild && pattern.Fnmatch(d.pattern, s, false) || !d.wild && strings.Contains(s, d.pattern) {
			return d.text
		}
	}
	return ""
}

// find is what an item says for a file (find_item).
func find(list []item, path, mediaType, encoding string, pathOnly bool) string {
	own := strings.HasPrefix(path, "^")
	for _, i := range list {
		if !own && !match(path, i.at) {
			continue
		}
		switch {
		case i.to == "":
			return i.data
		case i.kind == byPath || own:
			if match(path, i.to) {
				return i.data
			}
		case pathOnly:
		case encoding == "":
			if i.kind == byType && mediaType != "" && match(strings.ToLower(mediaType), strings.ToLower(i.to)) {
				return i.data
			}
		case i.kind == byEncoding && match(strings.ToLower(encoding), strings.ToLower(i.to)):
			return i.data
		}
	}
	return ""
}

// ignores reports whether IndexIgnore names a file (ignore_entry).
func (c *config) ignores(path string) bool {
	name := path[strings.LastIndexByte(path, '/')+1:]
	for _, i := range c.ignored {
		if match(path, i.at) && match(name, i.to[strings.LastIndexByte(i.to, '/')+1:]) {
			return true
		}
	}
	return false
}

// match compares s with a pattern of * and ? (ap_strcmp_match).
func match(s, p string) bool {
	star, from := -1, 0
	i, j := 0, 0
	for i < len(s) {
		switch {
		case j < len(p) && p[j] == '*':
			star, from = j, i
			j++
		case j < len(p) && (p[j] == '?' || p[j] == s[i]):
			i, j = i+1, j+1
		case star >= 0:
			from++
			i, j = from, star+1
		default:
			return false
		}
	}
	return strings.Trim(p[j:], "*") == ""
}
