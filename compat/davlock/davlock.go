// Package davlock is mod_dav_lock: locks for providers that have none of their
// own. mod_dav_fs, the only one here, has: nothing asks for this one.
package davlock

import "understudy/compat"

// Module is mod_dav_lock.
var Module = compat.Module{
	Name:   "dav_lock_module",
	File:   "mod_dav_lock.c",
	Silent: true,
	Directives: []compat.Directive{
		dir.Text("DAVGenericLockDB", compat.Access, func(c *config) *string { return &c.locks }, "specify a lock database"),
	},
}

var dir = compat.NewSlot[config]()

type config struct{ locks string }

// Merge prefers what over says.
func (c config) Merge(over config) config {
	if over.locks != "" {
		return over
	}
	return c
}
