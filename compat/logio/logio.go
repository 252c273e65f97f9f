// Package logio is mod_logio: how many bytes a request and its response were on
// the wire, and how long the first byte of the response took, in access logs.
package logio

import (
	"strconv"
	"time"

	"understudy/compat"
	"understudy/compat/internal/logformat"
)

// Module is mod_logio.
var Module = compat.Module{
	Name:   "logio_module",
	File:   "mod_logio.c",
	Static: true,
	Directives: []compat.Directive{
		slot.Directive("LogIOTrackTTFB", compat.Flag, compat.All, func(c *compat.Cmd, conf *config) error {
			conf.track = c.On()
			return nil
		}, "Set to 'ON' to enable tracking time to first byte"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Headers, note).ReallyLast(),
		slot.On(compat.ErrorHeaders, note).ReallyLast(),
	},
}

var slot = compat.NewSlot[config]()

type config struct{ track bool }

// Merge lets over replace base: Apache has no merge function here.
func (base config) Merge(over config) config { return over }

// noteName is the note a response's first byte leaves, in microseconds.
const noteName = "logio-ttfb"

func init() {
	for name, count := range map[string]func(*compat.Request) int64{
		"I": func(r *compat.Request) int64 { return r.BytesIn },
		"O": func(r *compat.Request) int64 { return r.BytesOut },
		"S": func(r *compat.Request) int64 { return r.BytesIn + r.BytesOut },
	} {
		register(name, func(dst []byte, r *compat.Request) []byte {
			n := count(r)
			for q := r.Prev; q != nil; q = q.Prev {
				n = max(n, count(q)) // the wire counts on the request it knows
			}
			return strconv.AppendInt(dst, n, 10)
		})
	}
	register("^FB", func(dst []byte, r *compat.Request) []byte {
		v, ok := r.Notes.Lookup(noteName)
		return logformat.Text(dst, v, ok)
	})
}

func register(name string, item logformat.Item) {
	logformat.Register(logformat.Conversion{Name: name, Module: "logio_module",
		Compile: func(string) logformat.Item { return item }})
}

// note keeps the time the first byte took.
func note(r *compat.Request, c *config) compat.Status {
	if c.track && !r.Notes.Has(noteName) {
		r.Notes.Set(noteName, strconv.FormatInt(time.Since(r.Start).Microseconds(), 10))
	}
	return compat.OK
}
