package compat

// Row makes a row for a directive that sets fields of the host or of the build,
// and nothing in the configuration of a section.
func Row(name string, args Arity, where Place, set func(*Cmd) error, help string) Directive {
	return Directive{Name: name, Args: args, Where: where, Help: help, Slot: -1,
		Set: func(c *Cmd, _ any) error { return set(c) }}
}

// ReadRow makes a row for a directive or section that is obeyed by who reads
// or walks the tree; the table has it for its name, place and help.
func ReadRow(name string, args Arity, where Place, help string) Directive {
	return Directive{Name: name, Args: args, Where: where, Help: help, Slot: -1}
}

// Inertly is d as a directive that is checked, and then has nothing to tune; why
// says that to who reads a configuration.
func (d Directive) Inertly(why string) Directive {
	d.Effect, d.Note = Inert, why
	return d
}
