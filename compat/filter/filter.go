// Package filter is mod_filter: output filters that are chosen by what the
// answer turns out to be.
//
// Directives declare filters, which are harnesses around registered ones
// (declare.go), and chains of them (chain.go). When the first byte of an answer
// comes a harness looks which of its providers matches, and is that from then
// on, or nothing (harness.go).
//
// Deviations: what FilterProtocol says of a provider in a .htaccess counts only
// there. The lengths that FilterTrace logs are those of our writes.
package filter

import (
	"maps"

	"understudy/apacheconf/expr"
	"understudy/compat"
)

// Module is mod_filter.
var Module = compat.Module{
	Name:  "filter_module",
	File:  "mod_filter.c",
	Alone: true,
	Directives: []compat.Directive{
		dir.Directive("FilterDeclare", compat.Take12, compat.Options, declareLine, "filter-name [filter-type]"),
		dir.Directive("FilterProvider", compat.Take3, compat.Options, provider,
			"filter-name provider-name match-expression"),
		dir.Directive("FilterChain", compat.Iterate, compat.Options, chain,
			"list of filter names with optional [+-=!@]"),
		dir.Directive("FilterTrace", compat.Take2, compat.Server|compat.Access, trace, "filter-name debug-level"),
		dir.Directive("AddOutputFilterByType", compat.TakeArgv, compat.FileInfo, byType,
			"output filter name followed by one or more content-types"),
		dir.Directive("FilterProtocol", compat.Take23, compat.Options, protocol,
			"filter-name [provider-name] protocol-args"),
	},
	Hooks: []compat.Hook{dir.On(compat.InsertFilter, insert).Repeats()},
}

var dir = compat.NewSlot[config]()

type config struct {
	filters map[string]*filter // by name as written
	chain   []link
}

// A filter is a declared filter. Its providers are tried from the last on.
type filter struct {
	name      string
	place     compat.FilterType
	flags     compat.FilterProtocolFlags
	trace     bool
	providers []*choice
	handle    compat.OutputFilter
}

// A choice is a provider and when it is the one.
type choice struct {
	filter *compat.OutputFilter
	own    *compat.FilterProtocolFlags // nil: those of the filter
	when   *expr.Expr                  // nil: by types
	types  []string
}

// A link is a name in a chain, or what forgets all before it.
type link struct {
	name  string
	reset bool
}

// Merge adds chains up; of filters of one name the inner one counts
// (filter_merge).
func (base config) Merge(over config) config {
	m := config{filters: maps.Clone(base.filters)}
	if m.filters == nil {
		m.filters = over.filters
	} else {
		maps.Copy(m.filters, over.filters)
	}
	m.chain = append(append([]link(nil), base.chain...), over.chain...)
	return m
}
