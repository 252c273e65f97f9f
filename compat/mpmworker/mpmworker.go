// Package mpmworker is the processing module worker: Listen, and the numbers of its
// processes and threads, which are checked and have nothing to tune.
package mpmworker

import (
	"slices"

	"understudy/compat"
	"understudy/compat/internal/mpm"
)

// Module is mpm_worker.
var Module = compat.Module{
	Name:       "mpm_worker_module",
	File:       "worker.c",
	Directives: slices.Concat(mpm.Listen(), mpm.Threads(), []compat.Directive{mpm.Graceful()}),
	Init:       func(b *compat.Build) error { return mpm.CheckThreads(b, limits) },
}

var limits = mpm.Limits{
	Servers: 20000, Threads: 20000,
	ServersAbove: 300, ServersBelow: 302,
	ThreadsAbove: 305, ThreadsBelow: 307,
	PerChildAbove: 310, PerChildBelow: 312,
	WorkersBelow: 314, WorkersUneven: 316, WorkersAbove: 318,
	StartBelow: 320, SpareBelow: 322,
}
