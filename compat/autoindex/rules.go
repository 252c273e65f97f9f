package autoindex

import (
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// A rule gives files an icon or a text instead of one, or hides them.
type rule struct {
	by    kind
	to    string // a pattern of paths, types or encodings
	under string // and the path the file must match, where the rule was given
	value string
}

// A kind is what a rule looks at.
type kind uint8

const (
	byName kind = iota // IndexIgnore: the last part of the path
	byPath
	byType
	byEncoding
)

// The names that are no files: a directory, and the room above the icons.
const (
	directoryMark = "^^DIRECTORY^^"
	blankMark     = "^^BLANKICON^^"
)

type setter = func(*compat.Cmd, *config) error

func newRule(c *compat.Cmd, by kind, to, value string) rule {
	switch {
	case by == byPath && to == "**DIRECTORY**":
		to = directoryMark
	case by == byEncoding:
		to = compat.Lower(to)
	}
	if by == byPath && !strings.ContainsAny(to, "*?") {
		to = "*" + to
	}
	return rule{by: by, to: to, under: sectionPath(c) + "*", value: value}
}

// sectionPath is the path of the section around c as Apache has it, with a
// slash at the end of a directory's.
func sectionPath(c *compat.Cmd) string {
	if c.Section.Kind == "<Directory" && !strings.HasPrefix(c.Section.Arg, "~") && !strings.HasSuffix(c.Dir, "/") {
		return c.Dir + "/"
	}
	return c.Dir
}

func addAlt(by kind) setter {
	return func(c *compat.Cmd, conf *config) error {
		conf.alts = append(conf.alts, newRule(c, by, c.Arg(1), c.Arg(0)))
		return nil
	}
}

// addIcon is AddIcon and its like: a URL, or "(text,URL)".
func addIcon(by kind) setter {
	return func(c *compat.Cmd, conf *config) error {
		icon := c.Arg(0)
		if strings.HasPrefix(icon, "(") {
			inside, _, closed := strings.Cut(icon, ")")
			if !closed {
				return compat.Errorf("missing closing paren")
			}
			alt, _, _ := strings.Cut(icon, ",")
			conf.alts = append(conf.alts, newRule(c, by, c.Arg(1), alt[1:]))
			_, icon, _ = strings.Cut(inside, ",")
			icon = strings.TrimLeft(icon, ",")
		}
		conf.icons = append(conf.icons, newRule(c, by, c.Arg(1), icon))
		return nil
	}
}

func addIgnore(c *compat.Cmd, conf *config) error {
	conf.ignored = append(conf.ignored, newRule(c, byName, c.Arg(0), ""))
	return nil
}

// A description is given to files by name, or by path if it has a slash.
type description struct {
	pattern         string
	path, wildcards bool
	text            string
}

func addDescription(c *compat.Cmd, conf *config) error {
	d := description{text: c.Arg(0), pattern: c.Arg(1)}
	d.path = strings.Contains(d.pattern, "/")
	d.wildcards = d.path || pattern.IsGlob(d.pattern)
	switch {
	case d.path:
		d.pattern = "*/" + d.pattern + "*"
	case d.wildcards:
		d.pattern = "*" + d.pattern + "*"
	}
	conf.descriptions = append(conf.descriptions, d)
	return nil
}

// describe is the first description of a file; found tells one that is empty
// from none.
func (conf *config) describe(path string) (text string, found bool) {
	for i := range conf.descriptions {
		d := &conf.descriptions[i]
		name := path
		if !d.path {
			name = last(path)
		}
		if d.wildcards && pattern.Fnmatch(d.pattern, name, false) || !d.wildcards && strings.Contains(name, d.pattern) {
			return d.text, true
		}
	}
	return "", false
}

// last is the part of a path behind the last slash.
func last(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// ignores reports whether IndexIgnore hides a file.
func (conf *config) ignores(path string) bool {
	name := last(path)
	for i := range conf.ignored {
		r := &conf.ignored[i]
		if pattern.Wildcard(r.under, path) && pattern.Wildcard(last(r.to), name) {
			return true
		}
	}
	return false
}

// A subject is what rules are compared with: a file, or one of the marks.
type subject struct {
	path            string
	media, encoding string
	pathOnly        bool
}

// of is a value given for a file, "" if there is none (find_item). found tells
// one that is empty from none.
func (s subject) of(rules []rule) (value string, found bool) {
	mark := strings.HasPrefix(s.path, "^")
	for i := range rules {
		r := &rules[i]
		if !mark && !pattern.Wildcard(r.under, s.path) {
			continue
		}
		if r.to == "" || s.matches(r, mark) {
			return r.value, true
		}
	}
	return "", false
}

func (s subject) matches(r *rule, mark bool) bool {
	switch {
	case r.by == byPath || mark:
		return pattern.Wildcard(r.to, s.path)
	case s.pathOnly:
		return false
	case s.encoding != "":
		return r.by == byEncoding && pattern.Wildcard(compat.Lower(r.to), compat.Lower(s.encoding))
	}
	return r.by == byType && s.media != "" && pattern.Wildcard(compat.Lower(r.to), compat.Lower(s.media))
}
