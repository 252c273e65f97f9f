// Package casefilterin is mod_case_filter_in: it reads request bodies in
// capital letters. It is there to test filters, as in Apache.
package casefilterin

import (
	"io"

	"understudy/compat"
)

// name is what the filter is called.
const name = "CaseFilterIn"

// Module is mod_case_filter_in.
var Module = compat.Module{
	Name: "case_filter_in_module",
	File: "mod_case_filter_in.c",
	Directives: []compat.Directive{
		dir.Flag("CaseFilterIn", compat.Server, func(c *config) **bool { return &c.on },
			"Run an input case filter on this host"),
	},
	Hooks:        []compat.Hook{dir.On(compat.InsertFilter, insert)},
	InputFilters: []compat.InputFilter{{Name: name, Type: compat.FilterResource, Wrap: wrap}},
}

var dir = compat.NewSlot[config]()

type config struct{ on *bool }

// Merge takes what is said further inside, all of it: the module has no merge.
func (config) Merge(over config) config { return over }

func insert(r *compat.Request, _ *config) compat.Status {
	if c := dir.OfServer(r.Host); c.on != nil && *c.on {
		r.InputFilters = append(r.InputFilters, name)
	}
	return compat.OK
}

func wrap(_ *compat.Request, next io.Reader) io.Reader { return reader{next} }

type reader struct{ io.Reader }

// Read reads in capital letters.
func (r reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	copy(p[:n], compat.UpperBytes(p[:n]))
	return n, err
}
