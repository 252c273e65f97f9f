// Package proxy is mod_proxy: it decides which requests other servers answer,
// and has them answered.
//
// ProxyPass and its like are kept in lists (pass.go) that are walked while URLs
// are translated (translate.go); a request that one is for has the file name
// "proxy:URL" from then on, as one that RewriteRule's P flag sent here. <Proxy>
// sections apply by that name (section.go). The handler (handle.go) finds the
// worker, or has a balancer elect one, and hands over to the module that speaks
// the scheme; what is common to those is package upstream.
//
// A client can use this server as its proxy only where ProxyRequests is On for
// the very host that its request is for, and what guards <Proxy> is asked like
// any other section.
//
// Deviations: max= counts for the server as a whole, which is one process.
// Connections are not kept longer than a minute where ttl= says nothing. min=
// and smax= tune nothing. BalancerGrowth says nothing, for no balancers can be
// added while the server runs. The names of ProxyBlock are looked up when they are first needed.
// CONNECT is for clients whose proxy we are; no mapping takes it.
package proxy

import (
	"understudy/apacheconf"
	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_proxy.
var Module = compat.Module{
	Name:       "proxy_module",
	File:       "mod_proxy.c",
	Directives: directives,
	Hooks: []compat.Hook{
		server.On(compat.PostRead, detect).Repeats().First(),
		encoded.On(compat.PreTranslate, preTranslate),
		server.On(compat.Translate, translate).First(),
		compat.Run(compat.MapToStorage, mapSections).First(),
		compat.Run(compat.Fixups, canonical).Repeats().First(),
		compat.Run(compat.Handler, handle).First(),
	},
	Init: complete,
}

var (
	server = upstream.ServerSlot
	dir    = upstream.DirSlot
	// encoded is there on hosts with a mapping that sees paths as they were
	// sent.
	encoded = compat.NewSlot[early]()
)

type early struct{}

// Merge keeps what either side says.
func (early) Merge(early) early { return early{} }

// both are the places of what may differ between sections.
const both = compat.Server | compat.Access

// of is what is said for the host that c stands in.
func of(c *compat.Cmd) *upstream.Server { return server.Make(c.Host.Section.Vector) }

// complete ends the configuration: workers are ready, and it is known which
// schemes there are.
func complete(b *compat.Build) error {
	site := upstream.NewSite(b)
	server.Make(b.Main.Section.Vector).Site = site
	for _, h := range b.AllHosts() {
		s := server.In(h.Section.Vector)
		if s == nil {
			continue
		}
		for _, w := range s.Workers {
			w.Initialize()
		}
		for _, bal := range s.Balancers {
			for _, w := range bal.Members {
				w.Initialize()
			}
		}
		if s.On() {
			s.Forward = upstream.NewForward()
			warnOpen(b, h, s)
		}
	}
	return nil
}

// warnOpen tells of a host that everybody may use as a proxy: nothing is said
// in any <Proxy> of it.
func warnOpen(b *compat.Build, h *compat.Host, s *upstream.Server) {
	main := server.In(b.Main.Section.Vector)
	if len(s.Sections) > 0 || len(main.Sections) > 0 {
		return
	}
	b.Warn(apacheconf.Diagnostic{Bare: true, Ours: true, Pos: h.Pos, Module: "proxy", Level: "warn",
		Message: "ProxyRequests On without any <Proxy> section: whoever reaches this server can use it as a proxy"})
}
