// Package headers is mod_headers: Header and RequestHeader.
//
// Deviations: %i and %b, the shares of idle and busy workers, are refused, for
// there are no such workers here.
package headers

import (
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/apacheconf/expr"
	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// Module is mod_headers.
var Module = compat.Module{
	Name:  "headers_module",
	File:  "mod_headers.c",
	Alone: true,
	Directives: []compat.Directive{
		slot.Directive("Header", compat.RawArgs, compat.FileInfo, header,
			"an optional condition, an action, header and value followed by optional env clause"),
		slot.Directive("RequestHeader", compat.RawArgs, compat.FileInfo, requestHeader,
			"an action, header and value followed by optional env clause"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.PostRead, early).Repeats().First(),
		slot.On(compat.Fixups, fixup).Repeats().Last(),
		slot.On(compat.Headers, respond).Repeats().Last(),
		slot.On(compat.ErrorHeaders, respondError).Repeats().Last(),
	},
}

var slot = compat.NewSlot[config]()

// A config is the edits of a place, in order: of the request's header, and of
// the two tables of the response's.
type config struct {
	in, always, onSuccess []edit
}

// Merge puts those of over behind those of base.
func (base config) Merge(over config) config {
	return config{
		in:        slices.Concat(base.in, over.in),
		always:    slices.Concat(base.always, over.always),
		onSuccess: slices.Concat(base.onSuccess, over.onSuccess),
	}
}

// An edit is one directive.
type edit struct {
	action  string // lower case
	name    string
	match   *pattern.Pattern // of echo, edit and edit*
	value   format           // of edit and edit*: what takes the place of a match
	early   bool
	env     string // only where this variable is set, with "!" where it is not
	onlyIf  *expr.Expr
	repeats bool // edit*
}

// header is Header (header_cmd).
func header(c *compat.Cmd, conf *config) error {
	to := &conf.onSuccess
	word, rest := apacheconf.Word(c.Raw)
	switch strings.ToLower(word) {
	case "always":
		to = &conf.always
		word, rest = apacheconf.Word(rest)
	case "onsuccess":
		word, rest = apacheconf.Word(rest)
	}
	e, err := parse(c, word, rest, true)
	if err == nil {
		*to = append(*to, e)
	}
	return err
}

// requestHeader is RequestHeader.
func requestHeader(c *compat.Cmd, conf *config) error {
	word, rest := apacheconf.Word(c.Raw)
	e, err := parse(c, word, rest, false)
	if err == nil {
		conf.in = append(conf.in, e)
	}
	return err
}

var actions = []string{"set", "setifempty", "add", "append", "merge", "unset", "echo", "edit", "edit*", "note"}

// An argument is a word that may be missing.
type argument struct {
	text  string
	there bool
}

func next(rest *string) (a argument) {
	if *rest == "" {
		return a
	}
	a.there = true
	a.text, *rest = apacheconf.Word(*rest)
	return a
}

// parse reads what stands behind the condition (header_inout_cmd).
func parse(c *compat.Cmd, action, rest string, response bool) (e edit, err error) {
	name, rest := apacheconf.Word(rest)
	value, subs, clause := next(&rest), next(&rest), next(&rest)
	if rest != "" {
		return e, compat.Errorf("%s has too many arguments", c.Name)
	}
	e.action = strings.ToLower(action)
	if !slices.Contains(actions, e.action) {
		return e, compat.Errorf("first argument must be 'add', 'set', 'setifempty', 'append', 'merge', " +
			"'unset', 'echo', 'note', 'edit', or 'edit*'.")
	}
	text := value.text
	if strings.HasPrefix(e.action, "edit") {
		if !subs.there {
			return e, compat.Errorf("Header edit requires a match and a substitution")
		}
		if e.match, err = pattern.Compile(value.text, pattern.DotAll); err != nil {
			return e, compat.Errorf("Header edit regex could not be compiled")
		}
		e.repeats, text = e.action == "edit*", subs.text
	} else {
		if clause.there {
			return e, compat.Errorf("Too many arguments to directive")
		}
		clause = subs
	}
	if clause, err = e.withoutValue(name, value, clause, response); err != nil {
		return e, err
	}
	if err := e.when(c, clause); err != nil {
		return e, err
	}
	e.name, _, _ = strings.Cut(name, ":")
	if e.action != "unset" && e.action != "echo" {
		e.value, err = parseFormat(c, text)
	}
	return e, err
}

// withoutValue sees to the actions that have no value: what stands in its place
// is the condition. It returns that.
func (e *edit) withoutValue(name string, value, clause argument, response bool) (argument, error) {
	switch {
	case e.action != "unset" && e.action != "echo":
		if !value.there {
			return clause, compat.Errorf("Header requires three arguments")
		}
		return clause, nil
	case value.there && clause.there && e.action == "unset":
		return clause, compat.Errorf("header unset takes two arguments")
	case value.there && clause.there:
		return clause, compat.Errorf("Header echo takes two arguments")
	case value.there:
		clause = value
	}
	if e.action == "unset" {
		return clause, nil
	}
	if !response {
		return clause, compat.Errorf("Header echo only valid on Header directives")
	}
	var err error
	if e.match, err = pattern.Compile(name, pattern.DotAll); err != nil {
		return clause, compat.Errorf("Header echo regex could not be compiled")
	}
	return clause, nil
}

// when reads the condition at the end.
func (e *edit) when(c *compat.Cmd, clause argument) error {
	text := clause.text
	switch {
	case !clause.there:
		return nil
	case strings.EqualFold(text, "early"):
		e.early = true
	case hasPrefixFold(text, "env="):
		if e.env = text[4:]; e.env == "" || e.env == "!" {
			return compat.Errorf("error: missing environment variable name. envclause should be in the form env=envar ")
		}
	case hasPrefixFold(text, "expr="):
		var err error
		if e.onlyIf, err = c.Condition(text[5:]); err != nil {
			return compat.Errorf("Can't parse envclause/expression: %v", err)
		}
	default:
		return compat.Errorf("Unknown parameter: %s", text)
	}
	return nil
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
