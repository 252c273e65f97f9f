// Package casefilterin is mod_case_filter_in: it reads request bodies in
// capital letters. It is there to test filters, as in Apache.
package casefilterin

import (
	"io"

	"understudy/compat"
	"understudy/compat/internal/hostswitch"
)

// name is what the filter is called.
const name = "CaseFilterIn"

// Module is mod_case_filter_in.
var Module = compat.Module{
	Name: "case_filter_in_module",
	File: "mod_case_filter_in.c",
	Directives: []compat.Directive{
		on.Directive("CaseFilterIn", "Run an input case filter on this host"),
	},
	Hooks:        []compat.Hook{on.Insert(insert)},
	InputFilters: []compat.InputFilter{{Name: name, Type: compat.FilterResource, Wrap: wrap}},
}

var on = hostswitch.New()

func insert(r *compat.Request) { r.InputFilters = append(r.InputFilters, name) }

func wrap(_ *compat.Request, next io.Reader) io.Reader { return reader{next} }

type reader struct{ io.Reader }

// Read reads in capital letters.
func (r reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	copy(p[:n], compat.UpperBytes(p[:n]))
	return n, err
}
