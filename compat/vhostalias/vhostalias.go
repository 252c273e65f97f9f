// Package vhostalias is mod_vhost_alias: the directories of many hosts, made of
// their names.
package vhostalias

import (
	"strconv"
	"strings"

	"understudy/compat"
)

// Module is mod_vhost_alias.
var Module = compat.Module{
	Name:  "vhost_alias_module",
	File:  "mod_vhost_alias.c",
	Alone: true,
	Directives: []compat.Directive{
		row("VirtualScriptAlias", "how to create a ScriptAlias based on the host", func(c *config) **root { return &c.scripts }, false),
		row("VirtualDocumentRoot", "how to create the DocumentRoot based on the host", func(c *config) **root { return &c.documents }, false),
		row("VirtualScriptAliasIP", "how to create a ScriptAlias based on the host", func(c *config) **root { return &c.scripts }, true),
		row("VirtualDocumentRootIP", "how to create the DocumentRoot based on the host", func(c *config) **root { return &c.documents }, true),
	},
	Hooks: []compat.Hook{
		compat.Run(compat.Translate, translate).Repeats(),
	},
}

var slot = compat.NewSlot[config]()

// A config is what a host says; nil: nothing.
type config struct{ scripts, documents *root }

// A root is a directory with parts of a name in it.
type root struct {
	parts   []part
	address bool // the name is the server's address
	none    bool
}

// A part is text, or what of the name stands in its place.
type part struct {
	text string
	port bool
	take func(name string) string
}

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	if over.scripts == nil {
		over.scripts = base.scripts
	}
	if over.documents == nil {
		over.documents = base.documents
	}
	return over
}

func row(name, help string, at func(*config) **root, address bool) compat.Directive {
	return slot.Directive(name, compat.Take1, compat.Server, func(c *compat.Cmd, conf *config) error {
		r, err := parse(c.Arg(0))
		if err == nil {
			r.address = address
			*at(conf) = r
		}
		return err
	}, help)
}

var errSyntax = compat.Errorf("syntax error in format string")

// parse reads a format (vhost_alias_set).
func parse(s string) (*root, error) {
	if !strings.HasPrefix(s, "/") {
		if !strings.EqualFold(s, "none") {
			return nil, compat.Errorf("format string must be an absolute path, or 'none'")
		}
		return &root{none: true}, nil
	}
	r := &root{}
	for {
		text, rest, more := strings.Cut(s, "%")
		r.parts = append(r.parts, part{text: text})
		switch {
		case !more:
			return r, nil
		case strings.HasPrefix(rest, "%"):
			r.parts = append(r.parts, part{text: "%"})
			s = rest[1:]
			continue
		case strings.HasPrefix(rest, "p"):
			r.parts = append(r.parts, part{port: true})
			s = rest[1:]
			continue
		}
		dots, rest, ok := parsePick(rest)
		if !ok {
			return nil, errSyntax
		}
		var chars pick
		if strings.HasPrefix(rest, ".") {
			if chars, rest, ok = parsePick(rest[1:]); !ok {
				return nil, errSyntax
			}
		}
		r.parts = append(r.parts, part{take: func(name string) string { return chars.chars(dots.labels(name)) }})
		s = rest
	}
}

// A pick says which parts of something are taken: the nth, from the end with a
// dash, and all behind it (before it, from the end) with a plus; 0 is all.
type pick struct {
	n          int
	dash, plus bool
}

func parsePick(s string) (p pick, rest string, ok bool) {
	s, p.dash = strings.CutPrefix(s, "-")
	if s == "" || s[0] < '0' || s[0] > '9' {
		return p, s, false
	}
	p.n = int(s[0] - '0')
	rest, p.plus = strings.CutPrefix(s[1:], "+")
	return p, rest, true
}

// maxLabels bounds the dots in a name that count, as in Apache.
const maxLabels = 19

func (p pick) labels(name string) string {
	if p.n == 0 {
		return name
	}
	labels := strings.SplitN(name, ".", maxLabels)
	n := len(labels)
	switch {
	case p.n > n:
		return "_"
	case !p.dash && p.plus:
		labels = labels[p.n-1:]
	case !p.dash:
		labels = labels[p.n-1 : p.n]
	case p.plus:
		labels = labels[:n-p.n+1]
	default:
		labels = labels[n-p.n : n-p.n+1]
	}
	return strings.Join(labels, ".")
}

func (p pick) chars(s string) string {
	switch n := len(s); {
	case p.n == 0:
		return s
	case p.n > n:
		return "_"
	case !p.dash && p.plus:
		return s[p.n-1:]
	case !p.dash:
		return s[p.n-1 : p.n]
	case p.plus:
		return s[:n-p.n+1]
	default:
		return s[n-p.n : n-p.n+1]
	}
}

// dir is the directory for r (vhost_alias_interpolate).
func (t *root) dir(r *compat.Request) string {
	name := compat.ServerName(r)
	if t.address {
		name = r.Conn.Local.Addr().Unmap().String()
	}
	var b strings.Builder
	for _, p := range t.parts {
		switch {
		case p.port:
			b.WriteString(strconv.Itoa(compat.ServerPort(r)))
		case p.take != nil:
			b.WriteString(strings.ToLower(p.take(name)))
		default:
			b.WriteString(p.text)
		}
	}
	return strings.TrimSuffix(b.String(), "/")
}

// translate is mva_translate.
func translate(r *compat.Request) compat.Status {
	c := slot.OfServer(r.Host)
	if c == nil || !strings.HasPrefix(r.Path, "/") {
		return compat.Declined
	}
	t, uri := c.documents, r.Path
	scripts := c.scripts != nil && !c.scripts.none && strings.HasPrefix(strings.TrimLeft(r.Path, "/"), "cgi-bin/")
	if scripts {
		t, uri = c.scripts, strings.TrimLeft(r.Path, "/")[len("cgi-bin"):]
	}
	if t == nil || t.none {
		return compat.Declined
	}
	dir := t.dir(r)
	r.Filename = compat.CleanFilename(dir + uri)
	r.CanonicalFilename = r.Filename
	r.ContextPrefix, r.ContextRoot, r.Root = "", dir, dir
	if scripts {
		r.Handler, r.ContextPrefix = "cgi-script", "/cgi-bin"
		r.Notes.Set("alias-forced-type", r.Handler)
	}
	return compat.OK
}
