// Package rewrite is mod_rewrite: rules that change what a request asks for.
//
// Rules stand in two contexts. Those of a host are applied to the URL path while
// it is translated to a file name (translate.go); those of a section are applied
// to the file name below the section's directory at fixups, when it is known
// which sections apply, and what they make of it is asked for anew by an
// internal redirect (fixup.go). Both run the same list of rules (list.go, rule.go).
//
// Everything of a rule is compiled when it is read: patterns, and texts with
// variables and map lookups in them (text.go, variable.go).
//
// Deviations: the program of a prg map is started when it is first asked, by the
// user the server runs as; it is started again if it ends, and has a limited time
// for an answer of limited length. A fastdbd map forgets its answers when there
// are too many. A pattern that takes too long to match ends the request with 500,
// where Apache takes it for one that does not match. What a rule of a host makes
// of a path is refused if it begins with "/..", where Apache takes the whole for
// the name of a file, whoever wrote it. A map file is read whole
// when it has changed, not searched for every new key.
package rewrite

import (
	"maps"
	"slices"

	"understudy/compat"
)

// Module is mod_rewrite.
var Module = compat.Module{
	Name:   "rewrite_module",
	File:   "mod_rewrite.c",
	Alone:  true,
	Beyond: []string{"RewriteMap"},
	Directives: []compat.Directive{
		compat.Row("RewriteEngine", compat.Flag, compat.FileInfo, setEngine,
			"On or Off to enable or disable (default) the whole rewriting engine"),
		compat.Row("RewriteOptions", compat.Iterate, compat.FileInfo, setOption,
			"List of option strings to set"),
		compat.Row("RewriteBase", compat.Take1, compat.FileInfo, setBase,
			"the base URL of the per-directory context"),
		compat.Row("RewriteCond", compat.RawArgs, compat.FileInfo, addCondition,
			"an input string and a to be applied regexp-pattern"),
		compat.Row("RewriteRule", compat.RawArgs, compat.FileInfo, addRule,
			"an URL-applied regexp-pattern and a substitution URL"),
		compat.Row("RewriteMap", compat.Take23, compat.Server, addMap,
			"a mapname and a filename and options"),
	},
	Hooks: []compat.Hook{
		ofSection.On(compat.Translate, translate).Repeats().First(),
		ofSection.On(compat.Fixups, fixup).Repeats().First(),
		ofSection.On(compat.Fixups, force).Repeats().Last(),
		ofSection.On(compat.Handler, redirect).Repeats(),
	},
	Init: initialize,
}

// What a host says and what its sections say merges differently. RewriteEngine
// and RewriteOptions of a host count in both.
var (
	ofServer  = compat.NewSlot[server]()
	ofSection = compat.NewSlot[section]()
)

// A server is what a host says.
type server struct {
	said bool // by a directive of the module somewhere in this host
	// foreign is the configuration of the main server as a host sees it that
	// says nothing itself: there are its maps, but no rules.
	foreign bool
	engine  *bool
	options *options
	maps    map[string]*rewriteMap
	rules   []*rule
	waiting []*condition // for their rule
}

// A section is what a section says, or a host of its sections.
type section struct {
	engine  *bool
	options *options
	base    *string // RewriteBase
	// dir is the path of the section, with a slash at its end; "" for a host.
	dir     string
	rules   []*rule
	waiting []*condition
}

func isOn(engine *bool) bool { return engine != nil && *engine }

// Merge lays over on top of base.
func (base server) Merge(over server) server { return base.MergeServer(over) }

// MergeServer is what a virtual host has of the main server: rules and maps
// only if one of them asks for it (config_server_merge).
func (base server) MergeServer(over server) server {
	if !over.said {
		base.foreign = true
		return base
	}
	m := over
	m.engine, m.options = or(over.engine, base.engine), or(over.options, base.options)
	switch inherited(base.options, m.options) {
	case after:
		m.maps, m.rules = union(base.maps, over.maps), slices.Concat(over.rules, base.rules)
	case before:
		m.maps, m.rules = union(over.maps, base.maps), slices.Concat(base.rules, over.rules)
	}
	return m
}

// Merge lays over on top of base (config_perdir_merge).
func (base section) Merge(over section) section {
	m := over
	m.engine, m.options = or(over.engine, base.engine), or(over.options, base.options)
	if m.options.has(mergeBase) {
		m.base = or(over.base, base.base)
	}
	switch inherited(base.options, m.options) {
	case after:
		m.rules = slices.Concat(over.rules, base.rules)
	case before:
		m.rules = slices.Concat(base.rules, over.rules)
	}
	return m
}

func or[T any](over, base *T) *T {
	if over != nil {
		return over
	}
	return base
}

// union is base with over laid on top; it changes neither.
func union(base, over map[string]*rewriteMap) map[string]*rewriteMap {
	m := maps.Clone(base)
	if m == nil {
		return over
	}
	maps.Copy(m, over)
	return m
}
