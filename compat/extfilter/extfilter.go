// Package extfilter is mod_ext_filter: filters that are programs.
//
// ExtFilterDefine makes a filter under its name (define.go); a program is run
// for each request and body (process.go).
//
// Deviations: a program that does not want all of its input is no error.
package extfilter

import (
	"cmp"
	"strings"

	"understudy/compat"
)

const identifier = "ext_filter_module"

// Module is mod_ext_filter.
var Module = compat.Module{
	Name: identifier,
	File: "mod_ext_filter.c",
	Directives: []compat.Directive{
		dir.Directive("ExtFilterOptions", compat.Iterate, compat.Access, option, "valid options: LogStderr, NoLogStderr"),
		compat.Row("ExtFilterDefine", compat.RawArgs, compat.Server, define, "Define an external filter"),
	},
}

var dir = compat.NewSlot[config]()

type config struct {
	logStderr *bool
	remove    *bool // a filter that cannot be started is left out
}

func (base config) Merge(over config) config {
	return config{cmp.Or(over.logStderr, base.logStderr), cmp.Or(over.remove, base.remove)}
}

func option(c *compat.Cmd, conf *config) error {
	on, off := true, false
	switch strings.ToLower(c.Arg(0)) {
	case "logstderr":
		conf.logStderr = &on
	case "nologstderr":
		conf.logStderr = &off
	case "onfail=remove":
		conf.remove = &on
	case "onfail=abort":
		conf.remove = &off
	default:
		return compat.Errorf("Invalid ExtFilterOptions option: %s", c.Arg(0))
	}
	return nil
}

func (c *config) logs() bool { return c != nil && c.logStderr != nil && *c.logStderr }

func (c *config) removes() bool { return c != nil && c.remove != nil && *c.remove }
