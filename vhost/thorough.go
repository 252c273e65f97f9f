package vhost

import (
	"errors"
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// standsIn lets the directives of mpm_event be known where no processing module
// is loaded, which is then the only thing that is said of it.
func (b *builder) standsIn(m *compat.Module) bool {
	return b.thorough && m.Name == "mpm_event_module" && !slices.ContainsFunc(b.Tree.Modules, func(l apacheconf.Loaded) bool {
		return strings.HasPrefix(l.Identifier, "mpm_")
	})
}

// goOn keeps err and reports whether to go on. Several lines without a place are
// so many errors.
func (b *builder) goOn(err error) bool {
	if !b.thorough {
		return false
	}
	var d *apacheconf.Diagnostic
	if !errors.As(err, &d) {
		d = &apacheconf.Diagnostic{Bare: true, Message: err.Error()}
	}
	if !d.Bare || d.Pos.File != "" {
		b.Errors = append(b.Errors, d)
		return true
	}
	for line := range strings.SplitSeq(d.Message, "\n") {
		if line != "AH00014: Configuration check failed" && line != "AH00016: Configuration Failed" {
			b.Errors = append(b.Errors, &apacheconf.Diagnostic{Bare: true, Message: line, Hint: d.Hint})
		}
	}
	return true
}
