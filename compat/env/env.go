// Package env is mod_env: SetEnv, PassEnv and UnsetEnv, which make the
// environment of scripts at the end of the fixups phase.
//
// Deviations: where SetEnvIf and SetEnv give one variable a value, everybody
// sees that of SetEnv. In Apache only scripts do, and logs and headers see the
// other, for its table holds both.
package env

import (
	"os"
	"slices"
	"strings"

	"understudy/compat"
)

// Module is mod_env.
var Module = compat.Module{
	Name:  "env_module",
	File:  "mod_env.c",
	Alone: true,
	Directives: []compat.Directive{
		slot.Directive("PassEnv", compat.Iterate, compat.FileInfo, pass,
			"a list of environment variables to pass to CGI."),
		slot.Directive("SetEnv", compat.Take12, compat.FileInfo, set,
			"an environment variable name and optional value to pass to CGI."),
		slot.Directive("UnsetEnv", compat.Iterate, compat.FileInfo, unset,
			"a list of variables to remove from the CGI environment."),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Fixups, overlay).Repeats(),
	},
}

var slot = compat.NewSlot[config]()

type config struct {
	vars    []compat.Field
	removed []string // inherited ones to forget
}

// Merge forgets what over removes and then adds what over sets. Removals do not
// go on to sections further in: there is nothing left of them to remove.
func (base config) Merge(over config) config {
	vars := slices.Clone(base.vars)
	for _, name := range over.removed {
		vars = without(vars, name)
	}
	for _, v := range over.vars {
		vars = with(vars, v)
	}
	return config{vars: vars}
}

func pass(c *compat.Cmd, conf *config) error {
	name := c.Arg(0)
	value, ok := os.LookupEnv(name)
	if !ok {
		c.Warnf("env", compat.LevelWarn, "AH01506: PassEnv variable %s was undefined", name)
		return nil
	}
	conf.vars = with(conf.vars, compat.Field{Name: name, Value: value})
	return nil
}

func set(c *compat.Cmd, conf *config) error {
	name := c.Arg(0)
	if before, after, found := strings.Cut(strings.TrimLeft(name, "="), "="); found {
		c.Warnf("env", compat.LevelWarn, "AH10032: Spurious usage of '=' in an environment variable name. "+
			"'%s %s %s' expected instead?", c.Name, before, after)
	}
	conf.vars = with(conf.vars, compat.Field{Name: name, Value: c.Arg(1)})
	return nil
}

func unset(c *compat.Cmd, conf *config) error {
	conf.removed = append(conf.removed, c.Arg(0))
	conf.vars = without(conf.vars, c.Arg(0))
	return nil
}

func overlay(r *compat.Request, conf *config) compat.Status {
	for i := range conf.vars {
		r.Env.Set(conf.vars[i].Name, conf.vars[i].Value)
	}
	return compat.OK
}

// with is vars with v, in the place of the one it replaces.
func with(vars []compat.Field, v compat.Field) []compat.Field {
	if i := index(vars, v.Name); i >= 0 {
		vars[i].Value = v.Value
		return vars
	}
	return append(vars, v)
}

func without(vars []compat.Field, name string) []compat.Field {
	if i := index(vars, name); i >= 0 {
		return slices.Delete(vars, i, i+1)
	}
	return vars
}

// index ignores case, as Apache's tables do.
func index(vars []compat.Field, name string) int {
	return slices.IndexFunc(vars, func(v compat.Field) bool { return strings.EqualFold(v.Name, name) })
}
