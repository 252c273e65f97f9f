// Package logdebug is mod_log_debug: messages in the error log from where a
// request passes.
//
// Deviations: the quick_handler hook is where a request has been read.
package logdebug

import (
	"strings"

	"understudy/apacheconf"
	"understudy/apacheconf/expr"
	"understudy/compat"
)

// Module is mod_log_debug.
var Module = compat.Module{
	Name: "log_debug_module",
	File: "mod_log_debug.c",
	Directives: []compat.Directive{
		dir.Directive("LogMessage", compat.Take123, compat.Server|compat.Access, message,
			"Log a debug message to the error log if this config block is used for  a request"),
	},
	Hooks: hooks(),
}

var dir = compat.NewSlot[config]()

type config struct{ entries []entry }

// An entry is what one LogMessage says.
type entry struct {
	text *expr.Text
	when *expr.Expr // nil: always
	hook string     // "all" for each
	pos  apacheconf.Position
}

func (base config) Merge(over config) config {
	return config{append(append([]entry(nil), base.entries...), over.entries...)}
}

// places are the hooks a message can name.
var places = []struct {
	name  string
	phase compat.Phase
}{
	{"log_transaction", compat.Log}, {"quick_handler", compat.PostRead}, {"handler", compat.Handler},
	{"translate_name", compat.Translate}, {"map_to_storage", compat.MapToStorage}, {"fixups", compat.Fixups},
	{"type_checker", compat.TypeCheck}, {"check_access", compat.AccessCheck}, {"check_access_ex", compat.AccessCheckEx},
	{"check_authn", compat.Authn}, {"check_authz", compat.Authz}, {"insert_filter", compat.InsertFilter},
	{"pre_translate_name", compat.PreTranslate},
}

func hooks() (all []compat.Hook) {
	for _, p := range places {
		all = append(all, dir.On(p.phase, func(r *compat.Request, c *config) compat.Status {
			c.say(r, p.name)
			return compat.Declined
		}).First())
	}
	return all
}

// message is cmd_log_message.
func message(c *compat.Cmd, conf *config) error {
	e := entry{pos: c.Node.Pos}
	var err error
	if e.text, err = c.ExprText(c.Arg(0)); err != nil {
		return compat.Errorf("Could not parse message expression '%s': %s", c.Arg(0), err)
	}
	for _, word := range c.Words[1:] {
		key, value, _ := strings.Cut(word, "=")
		switch {
		case strings.EqualFold(key, "hook") && strings.Contains(word, "="):
			if e.hook = placeOf(value); e.hook == "" {
				return compat.Errorf("Invalid hook name: %s", value)
			}
		case strings.EqualFold(key, "expr") && strings.Contains(word, "="):
			d := c.Dialect()
			d.NoVary = true
			if e.when, err = expr.ParseIn(value, d); err != nil {
				return compat.Errorf("Could not parse expression '%s': %s", value, err)
			}
		default:
			return compat.Errorf("Invalid argument %s", word)
		}
	}
	if e.hook == "" {
		e.hook = places[0].name
	}
	conf.entries = append(conf.entries, e)
	return nil
}

func placeOf(name string) string {
	if name == "*" || strings.EqualFold(name, "all") {
		return "all"
	}
	for _, p := range places {
		if strings.EqualFold(p.name, name) {
			return p.name
		}
	}
	return ""
}

// say logs what is to be said at a hook (do_debug_log).
func (c *config) say(r *compat.Request, hook string) {
	for i := range c.entries {
		e := &c.entries[i]
		if e.hook != "all" && e.hook != hook || !r.LogEnabled("log_debug", compat.LevelInfo) {
			continue
		}
		if e.when != nil && !e.when.Eval(compat.ExprContext(r)) {
			continue
		}
		text := e.text.Eval(compat.ExprContext(r))
		if r.LogEnabled("log_debug", compat.LevelDebug) {
			r.Logf("log_debug", compat.LevelInfo, nil, "%s (%s hook, %s:%d)", text, hook, e.pos.File, e.pos.Line)
		} else {
			r.Logf("log_debug", compat.LevelInfo, nil, "%s", text)
		}
	}
}
