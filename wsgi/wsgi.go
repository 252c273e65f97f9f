// Package wsgi is mod_wsgi: its directives (directives.go, daemonprocess.go,
// alias.go), the environ of a request (environ.go), and what becomes of the
// answer (handler.go).
//
// Applications run in processes of Python, several to a daemon group, which
// the supervisor starts: worker.py, one source for Python 2.7 and 3. The
// server speaks frames with each process over one channel (channel.go, frame.go),
// which carries all its requests side by side; a call (call.go) waits in the
// queue of its target (gateway.go, queue.go) for a thread that is free, after its
// body is here (upload.go), which a large one goes with as memory that both
// share (segments.go); it obeys what the process says (obey.go), and sends more
// of the body (feed.go). A watch (watch.go) has another thread woken where one
// is slow. Scripts that the server itself asks answer the same way
// (script.go, question.go, ask.go). The environ travels in Python's marshal format
// (marshal.go); what many have in common a process hears once (common.go). What
// mod_wsgi calls embedded mode is a group that the server makes itself.
//
// Deviations: every application group has processes of its own, where mod_wsgi
// has interpreters in one process. WSGIPythonPath and WSGIPythonEggs take a
// list in the form "a";"b", with a warning. With chroot= the
// interpreter, a program here, has to be inside. Processes of a
// group that a reload did not change live on.
package wsgi

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

const module = "wsgi_module"

// Module is mod_wsgi.
var Module = compat.Module{
	Name:       module,
	File:       "mod_wsgi.c",
	ChecksAnew: true,
	Directives: slices.Concat(serverRows, interpreterRows, dirRows, scriptRows),
	Hooks: []compat.Hook{
		dir.On(compat.Translate, translate).Last(),
		dir.On(compat.AccessCheck, allow).Repeats(),
		compat.Run(compat.Handler, handle),
	},
	Init: initialize,
}

var dir = compat.NewSlot[config]()

// A config is what directives say at one place.
type config struct {
	process, application, callable *string
	restrict                       []string // WSGIRestrictProcess; nil: all
	passAuthorization              *bool
	reloading                      *bool
	errorOverride                  *bool
	chunked                        *bool
	ignoreActivity                 *bool
	mapHead                        string // "on", "off", "auto"
	access, authUser, authGroup    *serverScript
	dispatch                       *serverScript
	handlers                       map[string]*serverScript // by the name of the handler
	proxies                        []netip.Prefix           // WSGITrustedProxies
	proxyHeaders                   []string                 // WSGITrustedProxyHeaders, as variables
	aliases                        []scriptAlias
}

// Merge lays over on top of c. Aliases of a virtual host come before those of
// the main server.
func (c config) Merge(over config) config {
	m := over
	if m.process == nil {
		m.process = c.process
	}
	if m.application == nil {
		m.application = c.application
	}
	if m.callable == nil {
		m.callable = c.callable
	}
	if m.restrict == nil {
		m.restrict = c.restrict
	}
	for _, p := range []struct{ to, from **bool }{
		{&m.passAuthorization, &c.passAuthorization}, {&m.reloading, &c.reloading},
		{&m.errorOverride, &c.errorOverride}, {&m.chunked, &c.chunked}, {&m.ignoreActivity, &c.ignoreActivity},
	} {
		if *p.to == nil {
			*p.to = *p.from
		}
	}
	m.access, m.authUser = cmp.Or(over.access, c.access), cmp.Or(over.authUser, c.authUser)
	m.authGroup, m.dispatch = cmp.Or(over.authGroup, c.authGroup), cmp.Or(over.dispatch, c.dispatch)
	m.handlers = maps.Clone(c.handlers)
	if m.handlers == nil {
		m.handlers = over.handlers
	} else {
		maps.Copy(m.handlers, over.handlers)
	}
	if m.proxies == nil {
		m.proxies = c.proxies
	}
	if m.proxyHeaders == nil {
		m.proxyHeaders = c.proxyHeaders
	}
	if m.mapHead == "" {
		m.mapHead = c.mapHead
	}
	m.aliases = append(append([]scriptAlias{}, over.aliases...), c.aliases...)
	return m
}

func isOn(p *bool, unsaid bool) bool {
	if p == nil {
		return unsaid
	}
	return *p
}

// settings are what is said once for the server, and the groups.
type settings struct {
	pythonHome, pythonEggs string
	pythonPath             []string
	optimize               string
	warnings               []string
	hashSeed               string
	dontWriteBytecode      bool
	base                   interpreter    // for all
	sections               []*interpreter // <WSGIInterpreterOptions>
	inside                 *interpreter   // the one being read
	serverMetrics          bool           // of embedded mode
	restrictEmbedded       bool
	lowerGroups            bool
	socketPrefix           string
	groups                 map[string]*Group
	order                  []*Group
	embedded               *Group
	imports                []Import // of the server's own group
	keepInterpreter        bool     // WSGIDestroyInterpreter Off
}

func settingsOf(b *compat.Build) *settings {
	if b.Shared == nil {
		b.Shared = map[string]any{}
	}
	s, ok := b.Shared[module].(*settings)
	if !ok {
		s = &settings{groups: map[string]*Group{}}
		b.Shared[module] = s
	}
	return s
}

// A scriptAlias is a WSGIScriptAlias or …Match.
type scriptAlias struct {
	fake, real string
	match      *pattern.Pattern // instead of fake
	options    scriptOptions
}

// scriptOptions are the words behind a WSGIScriptAlias.
type scriptOptions struct {
	process, application, callable *string
	passAuthorization              *bool
}

// initialize completes the groups and asks for their processes.
func initialize(b *compat.Build) error {
	s := settingsOf(b)
	for _, g := range s.order {
		if err := g.confined(); err != nil && !b.Serving {
			return err
		}
		g.complete(b, s)
		b.Try(g.Pos, func(t *compat.Trial) error { return g.try(t, b) })
		b.Need(compat.Need{Kind: "wsgi", Key: g.Key, Spec: g, Pos: g.Pos})
	}
	s.embedded = &Group{Threads: 15, Processes: 1, Lazy: true, Embedded: true}
	s.embedded.defaults()
	s.embedded.Imports = s.imports
	s.embedded.complete(b, s)
	b.Need(compat.Need{Kind: "wsgi", Key: s.embedded.Key, Spec: s.embedded})
	b.Core.Components = append(b.Core.Components, "mod_wsgi/4.9.4", "Python/"+s.embedded.pythonVersion())
	return nil
}

// find is the group called name, that of the server itself for "".
func (s *settings) find(name string) *Group {
	if name == "" {
		return s.embedded
	}
	return s.groups[name]
}

func text(s string) *string { return &s }

func flag(c *compat.Cmd) (*bool, error) {
	on := strings.EqualFold(c.Arg(0), "on")
	if !on && !strings.EqualFold(c.Arg(0), "off") {
		return nil, compat.Errorf("%s must be one of: Off | On", c.Name)
	}
	return &on, nil
}
