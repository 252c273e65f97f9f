// Package dbd is mod_dbd: connections to databases for other modules.
//
// The drivers are sqlite3, pgsql and mysql. Statements are handed to the
// database when they are used, and not before.
//
// Deviations: a statement that the database does not take fails the requests
// which use it, not all that use the connection. DBDMin makes no connections
// ahead. A connection is taken for a statement, not for a request.
package dbd

import (
	"strconv"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/dbd"
)

// Module is mod_dbd.
var Module = compat.Module{
	Name: dbd.ModuleName,
	File: "mod_dbd.c",
	Directives: []compat.Directive{
		dbd.Slot.Directive("DBDriver", compat.Take1, compat.Server, setDriver, "SQL Driver"),
		dbd.Slot.Text("DBDParams", compat.Server, func(c *dbd.Config) *string { return &c.Params }, "SQL Driver Params"),
		dbd.Slot.Flag("DBDPersist", compat.Server, func(c *dbd.Config) **bool { return &c.Persist }, "Use persistent connection/pool"),
		dbd.Slot.Directive("DBDPrepareSQL", compat.Take12, compat.Server, prepare,
			"SQL statement to prepare (or nothing, to override statement inherited from main server) and label"),
		dbd.Slot.Directive("DBDInitSQL", compat.Take1, compat.Server, func(c *compat.Cmd, conf *dbd.Config) error {
			conf.Init = append(conf.Init, c.Arg(0))
			return nil
		}, "SQL statement to be executed after connection is created"),
		number("DBDMin", func(*dbd.Config) **int { return new(*int) }, "Minimum number of connections"),
		number("DBDKeep", func(c *dbd.Config) **int { return &c.Keep }, "Maximum number of sustained connections"),
		number("DBDMax", func(c *dbd.Config) **int { return &c.Max }, "Maximum number of connections"),
		number("DBDExptime", func(c *dbd.Config) **int { return &c.IdleLimit }, "Keepalive time for idle connections"),
	},
	Init: keep,
}

func setDriver(c *compat.Cmd, conf *dbd.Config) error {
	conf.Driver = c.Arg(0)
	if !dbd.HasDriver(conf.Driver) {
		return compat.Errorf("Can't load driver file apr_dbd_%s.so", conf.Driver)
	}
	return nil
}

func prepare(c *compat.Cmd, _ *dbd.Config) error {
	if len(c.Words) == 1 {
		dbd.Prepare(c, c.Arg(0), "")
		return nil
	}
	dbd.Prepare(c, c.Arg(1), c.Arg(0))
	return nil
}

func number(name string, at func(*dbd.Config) **int, help string) compat.Directive {
	return dbd.Slot.Directive(name, compat.Take1, compat.Server, func(c *compat.Cmd, conf *dbd.Config) error {
		if strings.Trim(c.Arg(0), "0123456789") != "" {
			return compat.Errorf("Argument must be numeric!")
		}
		n, _ := strconv.Atoi(c.Arg(0))
		*at(conf) = &n
		return nil
	}, help)
}

// keep lets go of databases that the configuration does not have any more.
func keep(b *compat.Build) error {
	if !b.Serving {
		return nil
	}
	var all []*dbd.Config
	main := dbd.Slot.In(b.Main.Section.Vector)
	if main != nil {
		all = append(all, main)
	}
	for _, h := range b.Hosts {
		own := dbd.Slot.In(h.Section.Vector)
		switch {
		case own == nil:
		case main == nil:
			all = append(all, own)
		default:
			merged := main.Merge(*own)
			all = append(all, &merged)
		}
	}
	dbd.Keep(all)
	return nil
}
