// Package setenvif is mod_setenvif: variables that depend on what a client
// sent.
//
// Conditions at server level are tried when a request has been read, the main
// server's and then the virtual host's; those of sections once it is known which
// apply.
package setenvif

import (
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/apacheconf/expr"
	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// Module is mod_setenvif.
var Module = compat.Module{
	Name:  "setenvif_module",
	File:  "mod_setenvif.c",
	Alone: true,
	Directives: []compat.Directive{
		row("SetEnvIf", func(c *compat.Cmd) error { return setEnvIf(c, 0) },
			"A header-name, regex and a list of variables."),
		row("SetEnvIfNoCase", func(c *compat.Cmd) error { return setEnvIf(c, pattern.IgnoreCase) },
			"a header-name, regex and a list of variables."),
		row("SetEnvIfExpr", setEnvIfExpr, "an expression and a list of variables."),
		row("BrowserMatch", func(c *compat.Cmd) error { return browserMatch(c, 0) },
			"A browser regex and a list of variables."),
		row("BrowserMatchNoCase", func(c *compat.Cmd) error { return browserMatch(c, pattern.IgnoreCase) },
			"A browser regex and a list of variables."),
	},
	Hooks: []compat.Hook{
		ofServer.On(compat.PostRead, try).Repeats(),
		ofSection.On(compat.HeaderParser, try).Repeats(),
	},
}

// Server level and sections are asked at different times, so they are kept
// apart.
var (
	ofServer  = compat.NewSlot[config]()
	ofSection = compat.NewSlot[config]()
)

type config struct{ conditions []condition }

// Merge tries base first.
func (base config) Merge(over config) config {
	return config{slices.Concat(base.conditions, over.conditions)}
}

// A condition is one line: where to look, what must match, and what follows.
type condition struct {
	on      attribute
	name    string           // of a header field or variable
	names   *pattern.Pattern // of header fields, instead of name
	match   matcher
	expr    *expr.Expr // instead of all that
	effects []effect
}

// An effect sets a variable, or unsets it.
type effect struct {
	name, value string
	unset       bool
	expands     bool // whether value has $0 to $9 in it
}

func row(name string, set func(*compat.Cmd) error, help string) compat.Directive {
	return compat.Row(name, compat.RawArgs, compat.FileInfo, set, help)
}

// of is the configuration that c adds to.
func of(c *compat.Cmd) *config {
	if c.AtServer() {
		return ofServer.Make(c.Vector)
	}
	return ofSection.Make(c.Vector)
}

func setEnvIf(c *compat.Cmd, flags pattern.Flags) error {
	name, rest := apacheconf.Word(c.Raw)
	if name == "" {
		return compat.Errorf("Missing header-field name for %s", c.Name)
	}
	return add(c, name, rest, flags)
}

func browserMatch(c *compat.Cmd, flags pattern.Flags) error {
	return add(c, "User-Agent", c.Raw, flags)
}

// add makes the condition for name, with regular expression and variables in
// rest (add_setenvif_core).
func add(c *compat.Cmd, name, rest string, flags pattern.Flags) error {
	regex, rest := apacheconf.Word(rest)
	if regex == "" {
		return compat.Errorf("Missing regular expression for %s", c.Name)
	}
	cond := condition{on: attributeOf(name), name: name}
	var err error
	if cond.match, err = newMatcher(regex, flags); err != nil {
		return compat.Errorf("%s regex could not be compiled.", c.Name)
	}
	if cond.on == headerField && !isFieldName(name) {
		if cond.names, err = pattern.Compile(name, flags|pattern.DotAll); err != nil {
			return compat.Errorf("%sHeader name regex could not be compiled.", c.Name)
		}
	}
	return addEffects(c, cond, rest)
}

func setEnvIfExpr(c *compat.Cmd) error {
	text, rest := apacheconf.Word(c.Raw)
	if text == "" {
		return compat.Errorf("Missing expression for %s", c.Name)
	}
	e, err := c.Condition(text)
	if err != nil {
		return compat.Errorf("Could not parse expression \"%s\": %v", text, err)
	}
	return addEffects(c, condition{expr: e}, rest)
}

// addEffects reads "name", "name=value" and "!name" (add_envvars).
func addEffects(c *compat.Cmd, cond condition, rest string) error {
	for {
		var word string
		if word, rest = apacheconf.Word(rest); word == "" {
			break
		}
		cond.effects = append(cond.effects, parseEffect(word))
	}
	if cond.effects == nil {
		return compat.Errorf("Missing envariable expression for %s", c.Name)
	}
	conf := of(c)
	conf.conditions = append(conf.conditions, cond)
	return nil
}

func parseEffect(word string) effect {
	name, value, _ := strings.Cut(word, "=")
	switch {
	case value == "!" || value == "" && strings.HasPrefix(name, "!"):
		return effect{name: strings.TrimPrefix(name, "!"), unset: true}
	case value == "":
		return effect{name: name, value: "1"}
	}
	return effect{name: name, value: value, expands: strings.ContainsAny(value, `$\`)}
}

// isFieldName reports whether name can only be the name of a field and is no
// regular expression.
func isFieldName(name string) bool {
	return strings.Trim(name, "-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
