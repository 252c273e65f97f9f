// Package negotiation is mod_negotiation: which of several variants of a
// resource a client gets.
//
// The variants come from a type map, a file that lists them, or with Options
// MultiViews from the directory: the files whose names go on where that of the
// request ends, as far as mod_mime knows what they are. Each variant is given a
// quality for each dimension (type, language, charset, encoding), and the best
// one answers; see [choice].
//
// Deviations: a type map of more than 16 MB is an error.
package negotiation

import (
	"cmp"
	"strings"

	"understudy/compat"
)

// Module is mod_negotiation.
var Module = compat.Module{
	Name:  "negotiation_module",
	File:  "mod_negotiation.c",
	Alone: true,
	Directives: []compat.Directive{
		compat.Row("CacheNegotiatedDocs", compat.Flag, compat.Server, cacheDocs,
			"Either 'on' or 'off' (default)"),
		slot.Directive("LanguagePriority", compat.Iterate, compat.FileInfo, addPriority,
			"space-delimited list of MIME language abbreviations"),
		slot.Directive("ForceLanguagePriority", compat.Iterate, compat.FileInfo, force,
			"Force LanguagePriority elections, either None, or Fallback and/or Prefer"),
	},
	Hooks: []compat.Hook{
		compat.Run(compat.Fixups, fixEncoding).Repeats(),
		slot.On(compat.TypeCheck, multiViews).Repeats().Always().First(),
		slot.On(compat.Handler, typeMap).Repeats().Always(),
	},
}

var slot = compat.NewSlot[config]()

type config struct {
	force      forcing
	priorities []string // LanguagePriority
}

// A forcing is what ForceLanguagePriority says.
type forcing uint8

const (
	forceNone     forcing = 1 << iota // the client alone decides
	forcePrefer                       // LanguagePriority breaks ties; the default
	forceFallback                     // and chooses where nothing is acceptable
)

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	m := config{force: cmp.Or(over.force, base.force), priorities: over.priorities}
	if m.priorities == nil {
		m.priorities = base.priorities
	}
	return m
}

func (c *config) forces(f forcing) bool {
	return cmp.Or(c.force, forcePrefer)&f != 0
}

// cacheNote is where the hosts with CacheNegotiatedDocs are kept.
const cacheNote = "negotiation: cached"

// cacheDocs notes the host: a virtual host takes nothing over from the main
// server.
func cacheDocs(c *compat.Cmd) error {
	if c.Build.Shared == nil {
		c.Build.Shared = map[string]any{}
	}
	cached, _ := c.Build.Shared[cacheNote].(map[*compat.Host]bool)
	if cached == nil {
		cached = map[*compat.Host]bool{}
		c.Build.Shared[cacheNote] = cached
	}
	cached[c.Host] = c.On()
	return nil
}

func caches(h *compat.Host) bool {
	cached, _ := h.Build.Shared[cacheNote].(map[*compat.Host]bool)
	return cached[h]
}

func addPriority(c *compat.Cmd, conf *config) error {
	conf.priorities = append(conf.priorities, c.Arg(0))
	return nil
}

func force(c *compat.Cmd, conf *config) error {
	var f forcing
	switch strings.ToLower(c.Arg(0)) {
	case "none":
		if conf.force&^forceNone != 0 {
			return compat.Errorf("Cannot combine ForceLanguagePriority options with None")
		}
		conf.force = forceNone
		return nil
	case "prefer":
		f = forcePrefer
	case "fallback":
		f = forceFallback
	default:
		return compat.Errorf("Invalid ForceLanguagePriority option %s", c.Arg(0))
	}
	if conf.force&forceNone != 0 {
		return compat.Errorf("Cannot combine ForceLanguagePriority options None and %s",
			map[forcing]string{forcePrefer: "Prefer", forceFallback: "Fallback"}[f])
	}
	conf.force |= f
	return nil
}
