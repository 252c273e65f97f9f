// Package mpmevent is the processing module event: Listen, and the numbers of its
// processes and threads, which are checked and have nothing to tune.
package mpmevent

import (
	"slices"

	"understudy/compat"
	"understudy/compat/internal/mpm"
)

// Module is mpm_event.
var Module = compat.Module{
	Name:       "mpm_event_module",
	File:       "event.c",
	Directives: slices.Concat(mpm.Listen(), mpm.Threads(), []compat.Directive{mpm.WorkerFactor(), mpm.Graceful()}),
	Init:       func(b *compat.Build) error { return mpm.CheckThreads(b, limits) },
}

var limits = mpm.Limits{
	Servers: 20000, Threads: 100000,
	ServersAbove: 497, ServersBelow: 499,
	ThreadsAbove: 502, ThreadsBelow: 504,
	PerChildAbove: 507, PerChildBelow: 509,
	WorkersBelow: 511, WorkersUneven: 513, WorkersAbove: 515,
	StartBelow: 517, SpareBelow: 519,
}
