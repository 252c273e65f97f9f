// Package watchdog is mod_watchdog. Timers here need no thread of their own, so
// that its interval is checked and has nothing to tune.
package watchdog

import (
	"time"

	"understudy/compat"
)

// Module is mod_watchdog.
var Module = compat.Module{
	Name:   "watchdog_module",
	File:   "mod_watchdog.c",
	Static: true,
	Silent: true,
	Directives: []compat.Directive{
		compat.Row("WatchdogInterval", compat.Take1, compat.Server, interval,
			"Watchdog interval in seconds").Inertly("what is done from time to time has timers of its own"),
	},
}

// slice is how finely Apache's watchdog sleeps.
const slice = 100 * time.Millisecond

func interval(c *compat.Cmd) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	d, ok := compat.ParseTimeout(c.Arg(0), "s")
	if !ok {
		return compat.Errorf("Unparse-able WatchdogInterval setting")
	}
	if d < slice {
		return compat.Errorf("Invalid WatchdogInterval: minimal value %dms", slice.Milliseconds())
	}
	return nil
}
