package vhost

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/apacheconf/expr"
	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// sections are those that one host has, in the order of the file. Its <Files>
// and <If> are in its Section.Inner.
type sections struct {
	dirs, locations []*compat.Section
}

// A matcher decides whether a section applies.
type matcher struct {
	path  string           // of <Directory> with a slash at the end
	glob  bool             // path is a shell pattern
	depth int              // of a <Directory>: the number of slashes, of a pattern too; 0 for "/"
	order int              // of a <Directory>: its place among those of its host
	re    *pattern.Pattern // of the Match forms and "~"
	names []string         // variables MATCH_… of re's groups, "" for those without a name
	cond  *expr.Expr       // of <If> and <ElseIf>
	other bool             // <ElseIf> and <Else>: only if the one before did not apply
}

// regex reports whether the section is one of the Match forms.
func (m *matcher) regex() bool { return m.re != nil }

type opener func(b *builder, r row, n *apacheconf.Node, p place) error

var sectionOpeners map[string]opener

func init() {
	sectionOpeners = map[string]opener{
		"<virtualhost": virtualHost, "<directory": directory, "<directorymatch": directory,
		"<files": files, "<filesmatch": files, "<location": location, "<locationmatch": location,
		"<if": condition, "<elseif": condition, "<else": condition,
		"<limit": limit, "<limitexcept": limit,
	}
}

// argument is what stands between the name and the last ">" of a section.
func argument(r row, n *apacheconf.Node) (string, error) {
	end := strings.LastIndexByte(n.Args, '>')
	if end < 0 {
		return "", fmt.Errorf("%s> directive missing closing '>'", r.Name)
	}
	if end == 0 && r.Name != "<Else" {
		return "", fmt.Errorf("%s> directive requires additional arguments", r.Name)
	}
	return n.Args[:end], nil
}

// open walks what is in a section, as a section of its own.
func (b *builder) open(r row, n *apacheconf.Node, p place, m *matcher, rest string) (*compat.Section, error) {
	s := &compat.Section{Kind: r.Name, Arg: strings.TrimSpace(strings.TrimSuffix(n.Args, ">")),
		Node: n, Vector: compat.NewVector(), Match: m, Walk: walkOf(r, p)}
	b.note(s, p)
	in := p.inside(n)
	in.section = s
	if err := b.walk(n.Children, in); err != nil {
		return nil, err
	}
	if rest != "" {
		return nil, fmt.Errorf("Multiple %s> arguments not (yet) supported.", r.Name)
	}
	return s, nil
}

// walkOf is the walk that finds a section at p.
func walkOf(r row, p place) compat.Walk {
	switch r.Name {
	case "<Files", "<FilesMatch":
		return compat.FileWalk
	case "<Location", "<LocationMatch":
		return compat.LocationWalk
	case "<If", "<ElseIf", "<Else":
		depth := compat.Walk(0)
		for _, around := range p.parents {
			if around.Is("<If") || around.Is("<ElseIf") || around.Is("<Else") {
				depth++
			}
		}
		return compat.IfWalk + depth
	}
	return compat.DirectoryWalk
}

// note lists a section of the configuration. Those of .htaccess files come and
// go with requests, and are not looked at by those who look at all.
func (b *builder) note(s *compat.Section, p place) {
	if p.htaccess == nil {
		b.Sections = append(b.Sections, s)
	}
}

// regexArgument compiles the pattern of a Match form, or of "~".
func regexArgument(r row, word string, rest *string, flags pattern.Flags) (*matcher, error) {
	if word == "~" && !strings.HasSuffix(r.Name, "Match") {
		word, *rest = apacheconf.Word(*rest)
	} else if !strings.HasSuffix(r.Name, "Match") {
		return &matcher{path: word}, nil
	}
	re, err := pattern.Compile(word, flags)
	if err != nil {
		return nil, errors.New("Regex could not be compiled")
	}
	m := &matcher{path: word, re: re}
	for _, name := range re.Names() {
		if name != "" {
			name = "MATCH_" + strings.ToUpper(name)
		}
		m.names = append(m.names, name)
	}
	if slices.IndexFunc(m.names, func(s string) bool { return s != "" }) < 0 {
		m.names = nil
	}
	return m, nil
}

func directory(b *builder, r row, n *apacheconf.Node, p place) error {
	if err := b.cmd(n, p).Named(r.Name).Forbid(compat.NotInDirContext); err != nil {
		return err
	}
	arg, err := argument(r, n)
	if err != nil {
		return err
	}
	word, rest := apacheconf.Word(arg)
	m, err := regexArgument(r, word, &rest, pattern.DotAll)
	if err != nil {
		return err
	}
	if m.path != "/" {
		if !m.regex() {
			m.path = cleanDir(m.path) // A relative one is accepted, and never matches.
			m.glob = pattern.IsGlob(m.path)
		}
		m.depth = strings.Count(m.path, "/")
	}
	p.dir, p.allowed = m.path, compat.InSection
	s, err := b.open(r, n, p, m, rest)
	if err != nil {
		return err
	}
	to := p.host.Routes.(*sections)
	to.dirs = append(to.dirs, s)
	return nil
}

func location(b *builder, r row, n *apacheconf.Node, p place) error {
	if err := b.cmd(n, p).Named(r.Name).Forbid(compat.NotInDirContext); err != nil {
		return err
	}
	arg, err := argument(r, n)
	if err != nil {
		return err
	}
	word, rest := apacheconf.Word(arg)
	m, err := regexArgument(r, word, &rest, pattern.DotAll)
	if err != nil {
		return err
	}
	m.glob = !m.regex() && pattern.IsGlob(m.path)
	p.dir, p.allowed = m.path, compat.InSection
	s, err := b.open(r, n, p, m, rest)
	if err != nil {
		return err
	}
	to := p.host.Routes.(*sections)
	to.locations = append(to.locations, s)
	return nil
}

func files(b *builder, r row, n *apacheconf.Node, p place) error {
	if err := b.cmd(n, p).Named(r.Name).Forbid(compat.NotInLocation | compat.NotInLimit); err != nil {
		return err
	}
	arg, err := argument(r, n)
	if err != nil {
		return err
	}
	word, rest := apacheconf.Word(arg)
	m, err := regexArgument(r, word, &rest, pattern.DotAll)
	if err != nil {
		return err
	}
	m.glob = !m.regex() && pattern.IsGlob(m.path)
	return b.inner(r, n, p, m, rest, m.path)
}

func condition(b *builder, r row, n *apacheconf.Node, p place) error {
	if err := b.cmd(n, p).Named(r.Name).Forbid(compat.NotInLimit); err != nil {
		return err
	}
	arg, err := argument(r, n)
	if err != nil {
		return err
	}
	m := &matcher{other: r.Name != "<If"}
	rest := ""
	if r.Name == "<Else" {
		if arg != "" {
			return errors.New("<Else> does not take an argument")
		}
	} else {
		var text string
		text, rest = apacheconf.Word(arg)
		if m.cond, err = b.cmd(n, p).Condition(text); err != nil {
			return fmt.Errorf("Cannot parse condition clause: %v", err)
		}
	}
	if m.other && !afterCondition(p.section.Inner) {
		return errors.New("<Else> or <ElseIf> section without previous <If> or <ElseIf> section in same scope")
	}
	return b.inner(r, n, p, m, rest, "*If")
}

// afterCondition reports whether the last <If> section of a list is one that
// an <Else> can follow.
func afterCondition(inner []*compat.Section) bool {
	for i := len(inner) - 1; i >= 0; i-- {
		if m := inner[i].Match.(*matcher); m.cond != nil || m.other {
			return m.cond != nil
		}
	}
	return false
}

// inner opens a section that is tried after the one around it.
func (b *builder) inner(r row, n *apacheconf.Node, p place, m *matcher, rest, dir string) error {
	around := p.section
	if p.dir == "" {
		p.allowed = compat.InSection
	}
	p.dir = dir
	s, err := b.open(r, n, p, m, rest)
	if err != nil {
		return err
	}
	around.Inner = append(around.Inner, s)
	return nil
}

// limit is <Limit> and <LimitExcept>: what is inside belongs to the section
// around, for some methods (ap_limit_section).
func limit(b *builder, r row, n *apacheconf.Node, p place) error {
	arg, err := argument(r, n)
	if err != nil {
		return err
	}
	except := r.Name == "<LimitExcept"
	words := apacheconf.Words(arg)
	for _, m := range words {
		switch {
		case m == "TRACE" && !except:
			return errors.New("TRACE cannot be controlled by <Limit>, see TraceEnable")
		case b.KnowsMethod(m):
		case p.htaccess != nil:
			return fmt.Errorf("Could not register method '%s' for %s from .htaccess configuration", m, r.Name)
		default:
			b.RegisterMethod(m)
		}
	}
	own := compat.NewMethods(words, except)
	switch limited := p.limits.And(own); {
	case limited.Empty():
		return fmt.Errorf("%s> directive excludes all methods", r.Name)
	case own.Covers(p.limits):
		return fmt.Errorf("%s> directive specifies methods already excluded", r.Name)
	default:
		p.limits = limited
	}
	return b.walk(n.Children, p.inside(n))
}

// virtualHost is <VirtualHost>.
func virtualHost(b *builder, r row, n *apacheconf.Node, p place) error {
	if err := b.cmd(n, p).Named(r.Name).Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	arg, err := argument(r, n)
	if err != nil {
		return err
	}
	h := &compat.Host{Virtual: true, Pos: n.Pos, Main: b.Main, Build: b.Build, Index: len(b.Hosts) + 1,
		Section: &compat.Section{Kind: r.Name, Arg: arg, Node: n, Vector: compat.NewVector()},
		Routes:  &sections{}}
	for _, word := range apacheconf.Words(arg) {
		addresses, err := b.hostAddresses(word)
		if err != nil {
			return err
		}
		h.Addresses = append(h.Addresses, addresses...)
	}
	h.Port = b.Main.Port // Until ServerName says another, or none (ap_parse_vhost_addrs).
	if len(h.Addresses) > 0 {
		h.Port = cmp.Or(h.Addresses[0].Port, h.Port)
	}
	b.Hosts = append(b.Hosts, h)
	b.Sections = append(b.Sections, h.Section)
	p = place{host: h, section: h.Section, allowed: compat.AtServer}
	return b.walk(n.Children, p.inside(n))
}
