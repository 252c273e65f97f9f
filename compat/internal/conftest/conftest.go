// Package conftest lets tests of modules obey lines of configuration and run
// hooks, without the packages that do so for the server.
package conftest

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"understudy/apacheconf"
	"understudy/compat"
)

// New is a configuration with modules, at a ServerRoot that is removed after
// the test.
func New(t testing.TB, modules ...*compat.Module) *compat.Build {
	t.Helper()
	b := &compat.Build{
		Tree:    &apacheconf.Tree{Root: t.TempDir()},
		Program: "apache2",
		Modules: modules,
		Shared:  map[string]any{},
	}
	b.Main = host(b, nil)
	b.Main.Name = "localhost"
	return b
}

func host(b *compat.Build, main *compat.Host) *compat.Host {
	return &compat.Host{Build: b, Main: main, Virtual: main != nil,
		Section: &compat.Section{Vector: compat.NewVector()}}
}

// VirtualHost adds a host called name.
func VirtualHost(b *compat.Build, name string) *compat.Host {
	h := host(b, b.Main)
	h.Name = name
	b.Hosts = append(b.Hosts, h)
	return h
}

// A Place is where lines stand.
type Place struct {
	Host    *compat.Host
	Section *compat.Section // nil: the host's own
	Dir     string          // path of the section around
	Around  string          // and its name: "<Location"
	Lines   int             // obeyed so far
}

// In is a section of h with a path: In(h, "<Location", "/a").
func In(h *compat.Host, around, dir string) *Place {
	return &Place{Host: h, Dir: dir, Around: around,
		Section: &compat.Section{Kind: around, Vector: compat.NewVector()}}
}

// Obey obeys lines, and answers with the error of the first that has one.
func (p *Place) Obey(lines ...string) error {
	for _, line := range lines {
		p.Lines++
		if err := p.obey(line); err != nil {
			return err
		}
	}
	return nil
}

func (p *Place) obey(line string) error {
	name, args, _ := strings.Cut(line, " ")
	section := p.Section
	if section == nil {
		section = p.Host.Section
	}
	c := &compat.Cmd{
		Node:    &apacheconf.Node{Name: name, Args: strings.TrimSpace(args), Pos: apacheconf.Position{File: "f", Line: p.Lines}},
		Build:   p.Host.Build,
		Host:    p.Host,
		Section: section,
		Vector:  section.Vector,
		Dir:     p.Dir,
	}
	if p.Around != "" {
		c.Parents = []*apacheconf.Node{{Name: p.Around}}
	}
	for _, m := range p.Host.Build.Modules {
		for i := range m.Directives {
			d := &m.Directives[i]
			if !strings.EqualFold(d.Name, name) {
				continue
			}
			var config any
			if d.Slot >= 0 {
				config = c.Vector.At(d.Slot)
			}
			return compat.Invoke(c, d, config)
		}
	}
	return fmt.Errorf("Invalid command '%s'", name)
}

// Warnings are those of b, one a line.
func Warnings(b *compat.Build) string {
	var s strings.Builder
	for _, w := range b.Warnings {
		if w.Level != "" {
			fmt.Fprintf(&s, "[%s:%s] ", w.Module, w.Level)
		}
		s.WriteString(w.Message + "\n")
	}
	return s.String()
}

// Init runs the Init functions of b's modules and makes the scopes of hosts.
func Init(b *compat.Build) error {
	for _, m := range b.Modules {
		if m.Init == nil {
			continue
		}
		if err := m.Init(b); err != nil {
			return err
		}
	}
	plan := compat.NewPlan(b.Modules)
	b.Main.Scope = compat.NewScope(plan, b.Main.Section)
	for _, h := range b.Hosts {
		h.DocumentRoot = cmp.Or(h.DocumentRoot, b.Main.DocumentRoot)
		s := &compat.Section{Vector: b.Main.Section.Vector.MergeServer(h.Section.Vector)}
		h.Scope = compat.NewScope(plan, s)
	}
	return nil
}

// Get is a request for path at h, as it is once it has been read.
func Get(h *compat.Host, path string) *compat.Request {
	path, query, has := strings.Cut(path, "?")
	return &compat.Request{
		Line: "GET " + path + " HTTP/1.1", Method: "GET", Target: path, Protocol: "HTTP/1.1", ProtoNum: 1001,
		Path: path, RawPath: path, Query: query, HasQuery: has, Host: h, Hostname: h.Name,
		Scope: h.Scope, Status: 200, Start: time.Now(),
		RemoteAddr: netip.MustParseAddrPort("192.0.2.1:4711"),
		Conn: &compat.Conn{
			Remote: netip.MustParseAddrPort("192.0.2.1:4711"),
			Local:  netip.MustParseAddrPort("127.0.0.1:8080"),
		},
		Engine: &Engine{},
	}
}

// Run runs the hooks of a phase as the server does.
func Run(r *compat.Request, p compat.Phase) compat.Status {
	for _, step := range r.Scope.Pipeline.In(p) {
		s := step.Run(r)
		if s > 0 || s == compat.OK && !p.RunsAll() {
			return s
		}
	}
	if p.RunsAll() {
		return compat.OK
	}
	return compat.Declined
}

// An Engine answers lookups from a table, and notes what was asked of it.
type Engine struct {
	compat.Engine
	Found   map[string]*compat.Request // by URL
	Adopted *compat.Request
	Asked   []string
	Lines   []string
}

// Lookup finds uri in the table; what is not there is a 404.
func (e *Engine) Lookup(r *compat.Request, uri, method string) *compat.Request {
	e.Asked = append(e.Asked, uri)
	if sub := e.Found[uri]; sub != nil {
		return sub
	}
	return &compat.Request{Status: 404, Main: r}
}

// Adopt notes sub.
func (e *Engine) Adopt(r, sub *compat.Request) { e.Adopted = sub }

// LogHost notes a line of the error log.
func (e *Engine) LogHost(_ *compat.Host, module string, level compat.Level, text string) {
	e.Log(nil, module, level, nil, text)
}

// Log notes a line of the error log.
func (e *Engine) Log(_ *compat.Request, module string, level compat.Level, _ error, text string) {
	e.Lines = append(e.Lines, module+":"+level.String()+" "+text)
}
