// Package mpmprefork is the processing module prefork: Listen, and the numbers of
// its processes, which are checked and have nothing to tune.
package mpmprefork

import (
	"slices"

	"understudy/compat"
	"understudy/compat/internal/mpm"
)

// Module is mpm_prefork.
var Module = compat.Module{
	Name: "mpm_prefork_module",
	File: "prefork.c",
	Directives: slices.Concat(mpm.Listen(), []compat.Directive{
		mpm.Number("StartServers", func(n *mpm.Numbers) **int { return &n.StartServers },
			"Number of child processes launched at server startup"),
		mpm.Number("MinSpareServers", func(n *mpm.Numbers) **int { return &n.MinSpare },
			"Minimum number of idle children, to handle request spikes"),
		mpm.Number("MaxSpareServers", nil, "Maximum number of idle children"),
		mpm.Number("MaxClients", func(n *mpm.Numbers) **int { return &n.MaxWorkers },
			"Deprecated name of MaxRequestWorkers"),
		mpm.Number("MaxRequestWorkers", func(n *mpm.Numbers) **int { return &n.MaxWorkers },
			"Maximum number of children alive at the same time"),
		mpm.Number("ServerLimit", func(n *mpm.Numbers) **int { return &n.ServerLimit },
			"Maximum value of MaxRequestWorkers for this run of Apache"),
		mpm.Graceful(),
	}),
	Init: mpm.CheckProcesses,
}
