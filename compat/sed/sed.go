// Package sed is mod_sed: it edits answers and request bodies by the commands of
// sed, line by line.
//
// A script is read by parse.go, its regular expressions by regexp.go, and
// exec.go runs it over the lines that filter.go finds in a body. The dialect is
// that of System V, as Apache's: basic regular expressions without classes by
// name, commands ended by ";" or the end of the argument, and a "}" takes the
// rest of the line with it.
//
// Deviations: a script that takes more than a bounded number of steps for what
// it was given, or matches nothing over and over, ends as one that needs too
// much memory does in Apache. More than 20 nested {, an interval after a group and an empty expression after a line
// number are refused, where Apache goes on beside its tables. r reads regular
// files only.
package sed

import "understudy/compat"

// Module is mod_sed.
var Module = compat.Module{
	Name: "sed_module",
	File: "mod_sed.c",
	Directives: []compat.Directive{
		dir.Directive("OutputSed", compat.Take1, compat.Access, add(func(c *config) **script { return &c.output }),
			"Sed regular expression for Response"),
		dir.Directive("InputSed", compat.Take1, compat.Access, add(func(c *config) **script { return &c.input }),
			"Sed regular expression for Request"),
	},
	OutputFilters: []compat.OutputFilter{{Name: "Sed", Type: compat.FilterResource, Wrap: wrapOutput}},
	InputFilters:  []compat.InputFilter{{Name: "Sed", Type: compat.FilterResource, Wrap: wrapInput}},
}

var dir = compat.NewSlot[config]()

type config struct{ output, input *script }

// Merge takes what is said further inside, all of it: the module has no merge.
func (config) Merge(over config) config { return over }

// add makes the setter that adds a line to a script (sed_add_expr).
func add(at func(*config) **script) func(*compat.Cmd, *config) error {
	return func(c *compat.Cmd, conf *config) error {
		s := at(conf)
		if *s == nil {
			*s = &script{}
		}
		if err := (*s).compile(c.Arg(0)); err != nil {
			*s = nil
			return compat.Errorf("Failed to compile sed expression. %v", err)
		}
		return nil
	}
}
