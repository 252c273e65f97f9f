// Package casefilter is mod_case_filter: it answers in capital letters. It is
// there to test filters, as in Apache.
package casefilter

import (
	"os"

	"understudy/compat"
	"understudy/compat/internal/hostswitch"
)

// name is what the filter is called.
const name = "CaseFilter"

// Module is mod_case_filter.
var Module = compat.Module{
	Name: "case_filter_module",
	File: "mod_case_filter.c",
	Directives: []compat.Directive{
		on.Directive("CaseFilter", "Run a case filter on this host"),
	},
	Hooks:         []compat.Hook{on.Insert(insert)},
	OutputFilters: []compat.OutputFilter{{Name: name, Type: compat.FilterResource, Wrap: wrap}},
}

var on = hostswitch.New()

func insert(r *compat.Request) { r.OutputFilters = append(r.OutputFilters, name) }

func wrap(_ *compat.Request, next compat.BodyWriter) compat.BodyWriter { return writer{next} }

type writer struct{ compat.BodyWriter }

// Write passes on p in capital letters.
func (w writer) Write(p []byte) (int, error) { return w.BodyWriter.Write(compat.UpperBytes(p)) }

// File passes on a part of a file in capital letters.
func (w writer) File(f *os.File, offset, n int64) error { return compat.WriteFile(w, f, offset, n) }
