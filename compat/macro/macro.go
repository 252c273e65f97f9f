// Package macro is mod_macro. Macros are kept and used while the configuration
// is read, by package apacheconf.
package macro

import "understudy/compat"

const where = compat.All | compat.OnRead

// Module is mod_macro.
var Module = compat.Module{
	Name:       "macro_module",
	File:       "mod_macro.c",
	ServerOnly: true,
	Directives: []compat.Directive{
		compat.ReadRow("<Macro", compat.RawArgs, where, "Beginning of a macro definition section."),
		compat.ReadRow("Use", compat.RawArgs, where, "Use of a macro."),
		compat.ReadRow("UndefMacro", compat.Take1, where, "Remove a macro definition."),
		compat.ReadRow("MacroIgnoreEmptyArgs", compat.RawArgs, where,
			"Globally ignore warnings about empty arguments."),
		compat.ReadRow("MacroIgnoreBadNesting", compat.RawArgs, where,
			"Globally ignore warnings about bad nesting."),
	},
}
