// Package actions is mod_actions: it has a script answer for a media type, a
// handler or a method.
//
// Deviations: methods with a script are not named in Allow.
package actions

import (
	"maps"
	"strings"

	"understudy/compat"
)

// Module is mod_actions.
var Module = compat.Module{
	Name:  "actions_module",
	File:  "mod_actions.c",
	Alone: true,
	Directives: []compat.Directive{
		dir.Directive("Action", compat.Take23, compat.FileInfo, action, "a media type followed by a script name"),
		dir.Directive("Script", compat.Take2, compat.Access|compat.Server, script, "a method followed by a script name"),
	},
	Hooks: []compat.Hook{dir.On(compat.Handler, handle).Last()},
}

var dir = compat.NewSlot[config]()

type config struct {
	actions map[string]target // by media type or handler, in lower case
	methods map[string]string
}

type target struct {
	script  string
	virtual bool // the file need not be there
}

// Merge adds what is said to that from further out.
func (base config) Merge(over config) config {
	return config{union(base.actions, over.actions), union(base.methods, over.methods)}
}

func union[V any](base, over map[string]V) map[string]V {
	m := maps.Clone(base)
	if m == nil {
		return over
	}
	maps.Copy(m, over)
	return m
}

func action(c *compat.Cmd, conf *config) error {
	if len(c.Words) > 2 && !strings.EqualFold(c.Arg(2), "virtual") {
		return compat.Errorf("unrecognized option '%s'", c.Arg(2))
	}
	if conf.actions == nil {
		conf.actions = map[string]target{}
	}
	conf.actions[compat.Lower(c.Arg(0))] = target{c.Arg(1), len(c.Words) > 2}
	return nil
}

func script(c *compat.Cmd, conf *config) error {
	method := c.Arg(0)
	if method == "TRACE" {
		return compat.Errorf("TRACE not allowed for Script")
	}
	if !c.Build.KnowsMethod(method) {
		c.Build.RegisterMethod(method)
	}
	if conf.methods == nil {
		conf.methods = map[string]string{}
	}
	conf.methods[method] = c.Arg(1)
	return nil
}

// handle is action_handler.
func handle(r *compat.Request, c *config) compat.Status {
	script := ""
	switch r.Method {
	case "GET", "HEAD":
		if r.HasQuery {
			script = c.methods["GET"]
		}
	default:
		script = c.methods[r.Method]
	}
	if script != "" && r.Prev != nil && r.Prev.Prev != nil {
		return compat.Declined // The script is none, and would have itself run for ever.
	}
	if t, ok := c.actions[compat.Lower(r.Handler)]; ok && r.Handler != "" {
		if !t.virtual && r.Info == nil {
			r.Logf("actions", compat.LevelInfo, nil, "AH00652: File does not exist: %s", r.Filename)
			return 404
		}
		script = t.script
		r.Env.Set("HANDLER", r.Handler)
		if t.virtual {
			r.Notes.Set("virtual_script", "1")
		}
	}
	if script == "" {
		return compat.Declined
	}
	uri := script + compat.EscapePath(r.Path)
	if r.HasQuery {
		uri += "?" + r.Query
	}
	return r.Engine.Redirect(r, uri)
}
