// Package so is mod_so: LoadModule and LoadFile. Both are obeyed while the
// configuration is read, by package apacheconf.
//
// Deviations: LoadModule chooses among the modules there are by identifier, and
// the file it names need not exist; LoadFile loads nothing.
package so

import "understudy/compat"

// Module is mod_so.
var Module = compat.Module{
	Name:   "so_module",
	File:   "mod_so.c",
	Static: true,
	Directives: []compat.Directive{
		compat.ReadRow("LoadModule", compat.Take2, compat.Server|compat.OnRead,
			"a module name and the name of a shared object file to load it from"),
		compat.ReadRow("LoadFile", compat.Iterate, compat.Server|compat.OnRead,
			"shared object file or library to load into the server at runtime"),
	},
}
