// Package dbd is what the modules that ask databases share: what mod_dbd's
// directives say, statements by label, and a pool of connections for each
// database, which outlives a reload that does not change it.
package dbd

import (
	"cmp"
	"maps"

	"understudy/compat"
)

// ModuleName is the identifier of mod_dbd, without which there are no databases.
const ModuleName = "dbd_module"

// Slot holds what mod_dbd's directives say, for a host.
var Slot = compat.NewSlot[Config]()

// A Config is what is said of a host's database.
type Config struct {
	Driver, Params       string
	Persist              *bool
	Keep, Max, IdleLimit *int // of connections; seconds
	Queries              map[string]string
	Init                 []string
}

// Merge lays over on top of c.
func (c Config) Merge(over Config) Config {
	m := Config{Driver: cmp.Or(over.Driver, c.Driver), Params: cmp.Or(over.Params, c.Params), Persist: cmp.Or(over.Persist, c.Persist),
		Keep: cmp.Or(over.Keep, c.Keep), Max: cmp.Or(over.Max, c.Max), IdleLimit: cmp.Or(over.IdleLimit, c.IdleLimit)}
	m.Queries = map[string]string{}
	maps.Copy(m.Queries, c.Queries)
	maps.Copy(m.Queries, over.Queries)
	m.Init = append(over.Init[:len(over.Init):len(over.Init)], c.Init...)
	return m
}

// Prepare gives the host of c a statement under a label (ap_dbd_prepare).
func Prepare(c *compat.Cmd, label, query string) {
	conf := Slot.Make(c.Host.Section.Vector)
	if old, ok := conf.Queries[label]; ok && query != "" && old != query {
		c.Warnf("dbd", compat.LevelWarn, "AH02653: conflicting SQL statements with label %s", label)
	}
	if conf.Queries == nil {
		conf.Queries = map[string]string{}
	}
	conf.Queries[label] = query
}

// PrepareFor gives the host of c the statement that a directive of module says,
// and is its label.
func PrepareFor(c *compat.Cmd, module string) (label string, err error) {
	if err := c.Forbid(compat.NotInHTAccess); err != nil {
		return "", err
	}
	if c.Build.Loaded(ModuleName) == nil {
		return "", compat.Errorf("You must load mod_dbd to enable %s functions", module)
	}
	label = module + ": " + c.Arg(0)
	Prepare(c, label, c.Arg(0))
	return label, nil
}
