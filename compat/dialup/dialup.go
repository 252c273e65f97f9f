// Package dialup is mod_dialup: it sends files as slowly as a modem would.
//
// Deviations: what a conditional request is about is not logged.
package dialup

import (
	"time"

	"understudy/compat"
	"understudy/compat/internal/pace"
)

// Module is mod_dialup.
var Module = compat.Module{
	Name: "dialup_module",
	File: "mod_dialup.c",
	Directives: []compat.Directive{
		dir.Directive("ModemStandard", compat.Take1, compat.Access, standard,
			"Modem Standard to.. simulate. Must be one of: 'V.21', 'V.26bis', 'V.32', 'V.34', or 'V.92'"),
	},
	Hooks: []compat.Hook{dir.On(compat.InsertFilter, insert)},
}

var dir = compat.NewSlot[config]()

type config struct{ speed int64 } // bytes a second

// Merge takes what is said further inside, all of it: the module has no merge.
func (config) Merge(over config) config { return over }

// speeds are what modems send in a second.
var speeds = map[string]int64{
	"v.21": 100 / 8, "v.26bis": 2400 / 8, "v.32": 9600 / 8, "v.34": 28800 / 8, "v.92": 56000 / 8,
	"i-was-rich-and-got-a-leased-line": 1500000 / 8,
}

func standard(c *compat.Cmd, conf *config) error {
	conf.speed = speeds[compat.Lower(c.Arg(0))]
	if conf.speed == 0 {
		return compat.Errorf("mod_dialup: Unknown Modem Standard specified.")
	}
	return nil
}

// insert slows down files that no other handler answers with.
func insert(r *compat.Request, c *config) compat.Status {
	if c.speed == 0 || r.Method != "GET" || r.Info == nil || r.IsDir() || r.Main != nil ||
		r.Handler != "" && r.Handler != "default-handler" {
		return compat.OK
	}
	r.AddOutputFilter(&compat.OutputFilter{Name: "dialup", Type: compat.FilterConnection - 1,
		Wrap: func(_ *compat.Request, next compat.BodyWriter) compat.BodyWriter {
			return &pace.Writer{BodyWriter: next, Interval: time.Second, Piece: c.speed, Left: c.speed}
		}})
	return compat.OK
}
