package vhost

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"understudy/apacheconf"
	"understudy/compat"
)

// Options say what to build from.
type Options struct {
	Tree            *apacheconf.Tree
	Modules         []*compat.Module  // all there are, in the order of their hooks
	Program         string            // base name of argv[0], for messages
	Testing         bool              // -t
	NoDocumentRoots bool              // -T: do not look whether they are there
	Serving         bool              // checked already: files are not looked at again
	Generation      int               // how many configurations there were, if Serving
	Handed          map[string][]byte // of the supervisor, if Serving
	// Elsewhere says of a directive that none of Modules has where it belongs, or
	// "". It may be nil.
	Elsewhere func(name string) string
	// Thorough builds for a report: it goes on after errors, and Build.Errors has
	// them all. Seen is then told of each directive and who obeys it: nobody, where
	// none of the loaded modules knows it.
	Thorough bool
	Seen     func(*apacheconf.Node, *compat.Module, *compat.Directive)
}

// A Snapshot is a configuration put together. It never changes.
type Snapshot struct {
	Build     *compat.Build
	addresses addressIndex
	htaccess  *htaccessCache
	answers   *answers
	catalog   apacheconf.Catalog
	builder   *builder
	// byConfig tells that the checks of access go by the configuration alone, so
	// that requests under the same are not checked twice (auth_internal_per_conf).
	byConfig bool
}

// Build puts a configuration together. An error is the first that Apache would
// find, an *apacheconf.Diagnostic where it has a place. Warnings are in the
// Snapshot's Build, which comes with an error too.
func Build(o Options) (*Snapshot, error) {
	b := newBuilder(o)
	snap := &Snapshot{Build: b.Build, builder: b, catalog: NewCatalog(o.Modules), htaccess: newHtaccessCache(), answers: newAnswers()}
	for _, step := range b.steps(o) {
		if err := step(); err != nil && !b.goOn(err) {
			return snap, err
		}
	}
	if len(b.Errors) > 0 {
		return snap, b.Errors[0]
	}
	b.banner()
	b.warnUnobeyed()
	b.compile()
	snap.byConfig = !slices.ContainsFunc(b.Modules, func(m *compat.Module) bool { return m.ChecksAnew })
	snap.addresses = indexAddresses(b.Build)
	return snap, nil
}

// steps are what is checked and obeyed, in the order in which Apache would find
// errors.
func (b *builder) steps(o Options) []func() error {
	steps := []func() error{
		func() error { return compat.CheckMPM(o.Tree, o.Program) },
		func() error {
			return b.walk(o.Tree.Nodes, place{host: b.Main, section: b.Main.Section, allowed: compat.AtServer})
		},
		func() error { return b.complete(!o.NoDocumentRoots) },
	}
	for _, m := range b.Modules {
		if m.Init != nil {
			steps = append(steps, func() error {
				if b.failed[m] {
					return nil // What it says now would follow from what was refused.
				}
				return m.Init(b.Build)
			})
		}
	}
	if !o.Serving {
		steps = append(steps, b.checkLogs)
	}
	return steps
}

// A builder is a Build under way.
type builder struct {
	*compat.Build
	mu      sync.Mutex        // held while a .htaccess is built, as requests do it
	rows    map[string][]row  // directives of the loaded modules by lower-case name
	unknown map[string]string // those of modules that are not loaded: name → module
	notYet  map[*compat.Module][]string
	plan    *compat.Plan
	// elsewhere says where directives belong that no module has.
	elsewhere func(name string) string
	thorough  bool
	hostsDone bool // the hosts are complete
	seen      func(*apacheconf.Node, *compat.Module, *compat.Directive)
	failed    map[*compat.Module]bool // a directive of theirs was refused, and the build went on
}

// A row is a directive and the module it is of.
type row struct {
	*compat.Directive
	module *compat.Module
}

func newBuilder(o Options) *builder {
	b := &builder{rows: map[string][]row{}, unknown: map[string]string{}, notYet: map[*compat.Module][]string{},
		elsewhere: o.Elsewhere, thorough: o.Thorough, seen: o.Seen, failed: map[*compat.Module]bool{}}
	if b.seen == nil {
		b.seen = func(*apacheconf.Node, *compat.Module, *compat.Directive) {}
	}
	b.Build = &compat.Build{Tree: o.Tree, Program: o.Program, Testing: o.Testing, NoDocumentRoots: o.NoDocumentRoots, Serving: o.Serving,
		Generation: o.Generation, Handed: o.Handed, Shared: map[string]any{}}
	b.Warnings = slices.Clone(o.Tree.Warnings)
	b.Main = &compat.Host{Build: b.Build, Section: &compat.Section{Vector: compat.NewVector()}, Routes: &sections{}}
	b.Sections = append(b.Sections, b.Main.Section)
	b.Errors = slices.Clone(o.Tree.Errors)
	for _, m := range o.Modules {
		if !m.Static && !o.Tree.HasModule(m.Name) && !b.standsIn(m) {
			for i := range m.Directives {
				b.unknown[strings.ToLower(m.Directives[i].Name)] = m.Name
			}
			continue
		}
		b.Modules = append(b.Modules, m)
		for _, f := range m.OutputFilters {
			b.AddOutputFilter(&f)
		}
		for i := range m.InputFilters {
			b.AddInputFilter(&m.InputFilters[i])
		}
		for i := range m.Directives {
			d := &m.Directives[i]
			key := strings.ToLower(d.Name)
			b.rows[key] = append(b.rows[key], row{d, m})
		}
	}
	b.plan = compat.NewPlan(b.Modules)
	return b
}

// A place is where in the configuration the walk is.
type place struct {
	host     *compat.Host
	section  *compat.Section
	allowed  compat.Place
	dir      string // path of the enclosing section; "" at server level
	parents  []*apacheconf.Node
	limits   compat.Methods // of <Limit>
	htaccess *override      // not nil in .htaccess
}

func (p place) inside(n *apacheconf.Node) place {
	p.parents = append(slices.Clip(p.parents), n)
	return p
}

// walk obeys nodes at p, in order (ap_walk_config).
func (b *builder) walk(nodes []*apacheconf.Node, p place) error {
	for _, n := range nodes {
		before := len(b.Errors)
		err := b.obey(n, p)
		if err == nil || len(b.Errors) > before {
			continue // What went wrong inside is told; the rest follows from it.
		}
		if err = b.placed(n, err); !b.goOn(err) {
			return err
		}
	}
	return nil
}

// placed gives err the position of n, unless it has one from further inside.
func (b *builder) placed(n *apacheconf.Node, err error) error {
	var d *apacheconf.Diagnostic
	if errors.As(err, &d) {
		return err
	}
	d = &apacheconf.Diagnostic{Pos: n.Pos, Message: err.Error(), Program: b.Program}
	var unknown *unknownError
	if errors.As(err, &unknown) {
		d.Hint = b.hint(n.Name)
	}
	return d
}

// obey is ap_walk_config_sub and invoke_cmd: every module that defines the
// directive is asked.
func (b *builder) obey(n *apacheconf.Node, p place) error {
	rows := b.rows[strings.ToLower(n.Name)]
	if rows == nil {
		if p.htaccess != nil && p.htaccess.nonfatal&compat.NonfatalUnknown != 0 {
			return nil
		}
		b.seen(n, nil, nil)
		return &unknownError{n.Name}
	}
	for _, r := range rows {
		b.seen(n, r.module, r.Directive)
		if r.Where&compat.OnRead != 0 && p.htaccess == nil {
			continue
		}
		if !b.permitted(r, p) {
			if p.htaccess != nil && p.htaccess.nonfatal&compat.NonfatalOverride != 0 {
				continue
			}
			if len(p.parents) > 0 {
				return fmt.Errorf("%s not allowed in %s> context", r.Name, p.parents[len(p.parents)-1].Name)
			}
			return fmt.Errorf("%s not allowed here", r.Name)
		}
		err := b.apply(r, n, p)
		if err != nil && !errors.Is(err, compat.ErrDecline) {
			if b.thorough {
				b.failed[r.module] = true
			}
			return err
		}
	}
	return nil
}

func (b *builder) permitted(r row, p place) bool {
	if p.htaccess != nil && p.htaccess.list[r.Name] {
		return true
	}
	return r.Where&p.allowed != 0
}

func (b *builder) apply(r row, n *apacheconf.Node, p place) error {
	if open, ok := sectionOpeners[strings.ToLower(r.Name)]; ok {
		return open(b, r, n, p)
	}
	if r.Effect == compat.NotYet && !slices.Contains(b.notYet[r.module], r.Name) {
		b.notYet[r.module] = append(b.notYet[r.module], r.Name)
	}
	if r.Set == nil {
		return nil
	}
	c := b.cmd(n, p)
	var config any
	if r.Slot >= 0 {
		config = p.section.Vector.At(r.Slot)
	}
	return compat.Invoke(c, r.Directive, config)
}

func (b *builder) cmd(n *apacheconf.Node, p place) *compat.Cmd {
	c := &compat.Cmd{Node: n, Name: n.Name, Raw: n.Args, Build: b.Build, Host: p.host, Section: p.section,
		Vector: p.section.Vector, Allowed: p.allowed, Dir: p.dir, HTAccess: p.htaccess != nil,
		Parents: p.parents, Methods: p.limits.Names, Except: p.limits.Except}
	if p.htaccess != nil {
		c.OverrideOptions = p.htaccess.options
	}
	c.RunApart = func(allowed compat.Place) (*compat.Section, error) {
		apart := p.inside(n)
		apart.section = &compat.Section{Kind: n.Name, Node: n, Vector: compat.NewVector(), Walk: compat.ApartWalk}
		apart.allowed, apart.dir = allowed, c.Dir
		b.note(apart.section, p)
		return apart.section, b.walk(n.Children, apart)
	}
	c.Run = func(allowed compat.Place) error {
		here := p.inside(n)
		here.allowed = allowed
		return b.walk(n.Children, here)
	}
	return c
}

// warnUnobeyed names each module of which something was read and not obeyed.
func (b *builder) warnUnobeyed() {
	for _, m := range b.Modules {
		if names := b.notYet[m]; len(names) > 0 {
			b.Warn(apacheconf.Diagnostic{Bare: true, Ours: true, Module: "core", Level: "warn", Message: fmt.Sprintf(
				"module %s is not yet supported by Understudy: read but not obeyed: %s", m.Name, strings.Join(names, " "))})
		} else if m.Unsupported {
			b.Warn(apacheconf.Diagnostic{Bare: true, Ours: true, Module: "core", Level: "info", Message: fmt.Sprintf(
				"module %s is not yet supported by Understudy", m.Name)})
		}
	}
}

// Scopes are remembered up to a bound that grows with the configuration.
const (
	minScopes  = 4096
	scopesEach = 8
)

// compile makes scopes and routes, when nothing is added any more.
func (b *builder) compile() {
	main := b.Main.Section.Vector
	b.plan.Bound(minScopes + scopesEach*len(b.Sections))
	b.Main.Scope = compat.NewScope(b.plan, b.Main.Section)
	shared := newRoutes(nil, b.Main.Routes.(*sections), b.Main.Section)
	b.Main.Routes = shared
	for _, h := range b.Hosts {
		own := h.Section
		merged := &compat.Section{Kind: own.Kind, Arg: own.Arg, Node: own.Node, Vector: main.MergeServer(own.Vector)}
		h.Scope = compat.NewScope(b.plan, merged)
		h.Routes = newRoutes(shared, h.Routes.(*sections), own)
	}
}

// Catalog tells the loader which modules there are.
type Catalog struct{ modules map[string]*compat.Module }

// NewCatalog is the catalog of modules.
func NewCatalog(modules []*compat.Module) Catalog {
	c := Catalog{map[string]*compat.Module{}}
	for _, m := range modules {
		c.modules[m.Name] = m
	}
	return c
}

// staticOrder is the order in which Debian's binary lists what is compiled in.
var staticOrder = []string{"core_module", "so_module", "watchdog_module", "http_module",
	"log_config_module", "logio_module", "version_module", "unixd_module"}

// Module implements apacheconf.Catalog.
func (c Catalog) Module(id string) (file string, static, ok bool) {
	m, ok := c.modules[id]
	if !ok {
		return "", false, false
	}
	return m.File, m.Static, true
}

// Static implements apacheconf.Catalog.
func (c Catalog) Static() []string {
	var ids []string
	for _, id := range staticOrder {
		if c.modules[id] != nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// Directives implements apacheconf.Catalog.
func (c Catalog) Directives(id string) []string {
	var names []string
	if m := c.modules[id]; m != nil {
		for i := range m.Directives {
			names = append(names, m.Directives[i].Name)
		}
	}
	return names
}

// cleanDir is path as a <Directory> means it, with a slash at the end.
func cleanDir(path string) string {
	path = filepath.Clean(path)
	if !strings.HasSuffix(path, "/") {
		path += "/"
	}
	return path
}
