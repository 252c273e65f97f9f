// Package substitute is mod_substitute: it replaces text in answers, line by
// line.
//
// Deviations: a pattern that matches nothing, over and over, fails the line at
// once as one that is too long; Apache goes on until it is.
package substitute

import (
	"cmp"
	"slices"
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// Module is mod_substitute.
var Module = compat.Module{
	Name:  "substitute_module",
	File:  "mod_substitute.c",
	Alone: true,
	Directives: []compat.Directive{
		dir.Directive("Substitute", compat.Take1, compat.FileInfo, add,
			"Pattern to filter the response content (s/foo/bar/[inf])"),
		dir.Directive("SubstituteMaxLineLength", compat.Take1, compat.FileInfo, maxLine, "Maximum line length"),
		dir.Flag("SubstituteInheritBefore", compat.FileInfo, func(c *config) **bool { return &c.inheritBefore },
			"Apply inherited patterns before those of the current context"),
	},
	OutputFilters: []compat.OutputFilter{{Name: "SUBSTITUTE", Type: compat.FilterResource, Wrap: wrap}},
}

var dir = compat.NewSlot[config]()

type config struct {
	rules         []rule
	max           *int64
	inheritBefore *bool
}

// defaultMax is how long a line may be and become.
const defaultMax = 1 << 20

// A rule is what one Substitute says.
type rule struct {
	text    string           // what to look for, without regexp
	fold    bool             // in any case
	regexp  *pattern.Pattern // nil: text
	to      string
	flatten bool // later rules see the line as it became, across what was replaced
}

// Merge puts rules from further out behind, unless SubstituteInheritBefore.
func (base config) Merge(over config) config {
	m := config{max: cmp.Or(over.max, base.max), inheritBefore: cmp.Or(over.inheritBefore, base.inheritBefore)}
	if m.inheritBefore != nil && *m.inheritBefore {
		m.rules = slices.Concat(base.rules, over.rules)
	} else {
		m.rules = slices.Concat(over.rules, base.rules)
	}
	return m
}

// add reads s/from/to/flags; whatever follows the s is the delimiter
// (set_pattern).
func add(c *compat.Cmd, conf *config) error {
	r, err := parse(c.Arg(0))
	if err != nil {
		return err
	}
	conf.rules = append(conf.rules, r)
	return nil
}

func parse(line string) (rule, error) {
	if line == "" || line[0] != 's' && line[0] != 'S' {
		return rule{}, compat.Errorf("Bad Substitute format, must be an s/// pattern")
	}
	incomplete := compat.Errorf("Bad Substitute format, must be a complete s/// pattern")
	if len(line) < 2 {
		return rule{}, incomplete
	}
	delimiter := line[1:2]
	from, rest, ok := strings.Cut(line[2:], delimiter)
	if !ok || from == "" {
		return rule{}, incomplete
	}
	to, flags, _ := strings.Cut(rest, delimiter)
	r := rule{to: to, flatten: true}
	plain := false
	for _, f := range strings.ToLower(flags) {
		switch f {
		case 'i':
			r.fold = true
		case 'n':
			plain = true
		case 'f':
			r.flatten = true
		case 'q':
			r.flatten = false
		default:
			return rule{}, compat.Errorf("Bad Substitute flag, only s///[infq] are supported")
		}
	}
	if plain {
		r.text = from
		return r, nil
	}
	var options pattern.Flags
	if r.fold {
		options = pattern.IgnoreCase
	}
	re, err := pattern.Compile(from, options)
	if err != nil {
		return rule{}, compat.Errorf("Substitute could not compile regex")
	}
	r.regexp = re
	return r, nil
}

func maxLine(c *compat.Cmd, conf *config) error {
	wrong := compat.Errorf("SubstituteMaxLineLength must be a non-negative integer optionally " +
		"suffixed with 'b', 'k', 'm' or 'g'.")
	text := c.Arg(0)
	unit := int64(1)
	if i := len(text) - 1; i >= 0 {
		switch text[i] {
		case 'b', 'B':
			text = text[:i]
		case 'k', 'K':
			text, unit = text[:i], 1<<10
		case 'm', 'M':
			text, unit = text[:i], 1<<20
		case 'g', 'G':
			text, unit = text[:i], 1<<30
		}
	}
	n, whole, ok := compat.ParseOffset(text)
	if !ok || !whole && text != "" || n < 0 || n > 1<<62/unit {
		return wrong
	}
	n *= unit
	conf.max = &n
	return nil
}
