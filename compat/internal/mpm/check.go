package mpm

import "understudy/compat"

// Limits are what a threaded module was built with, and the numbers of
// its messages, for those of event and worker differ in that alone.
type Limits struct {
	Servers, Threads int // the most that was compiled in
	// AH numbers of what is said of each.
	ServersAbove, ServersBelow   int
	ThreadsAbove, ThreadsBelow   int
	PerChildAbove, PerChildBelow int
	WorkersBelow, WorkersUneven  int
	WorkersAbove                 int
	StartBelow, SpareBelow       int
}

// What both begin with.
const (
	defaultServers  = 16
	defaultThreads  = 64
	defaultPerChild = 25
	defaultWorkers  = defaultServers * defaultPerChild
)

// CheckThreads tells which numbers Apache would change (event_check_config).
func CheckThreads(b *compat.Build, l Limits) error {
	n := numbers(b)
	servers := or(n.ServerLimit, defaultServers)
	threads := or(n.ThreadLimit, defaultThreads)
	per := or(n.PerChild, defaultPerChild)
	servers = clamp(b, "ServerLimit", servers, l.Servers, "servers", l.ServersAbove, l.ServersBelow)
	threads = clamp(b, "ThreadLimit", threads, l.Threads, "threads", l.ThreadsAbove, l.ThreadsBelow)
	if per > threads {
		warn(b, l.PerChildAbove, "ThreadsPerChild of %d exceeds ThreadLimit of %d threads, decreasing to %d. "+
			"To increase, please see the ThreadLimit directive.", per, threads, threads)
		per = threads
	} else if per < 1 {
		atLeastOne(b, l.PerChildBelow, "ThreadsPerChild", per)
		per = 1
	}
	checkWorkers(b, l, or(n.MaxWorkers, defaultWorkers), per, servers)
	if s := or(n.StartServers, 1); s < 1 {
		atLeastOne(b, l.StartBelow, "StartServers", s)
	}
	if m := or(n.MinSpare, 1); m < 1 {
		spare(b, l.SpareBelow, "MinSpareThreads", m)
	}
	return nil
}

func checkWorkers(b *compat.Build, l Limits, workers, per, servers int) {
	if workers < per {
		warn(b, l.WorkersBelow, "MaxRequestWorkers of %d is less than ThreadsPerChild of %d, increasing to %d. "+
			"MaxRequestWorkers must be at least as large as the number of threads in a single server.",
			workers, per, per)
		workers = per
	}
	daemons := workers / per
	if rest := workers % per; rest != 0 {
		warn(b, l.WorkersUneven, "MaxRequestWorkers of %d is not an integer multiple of ThreadsPerChild of %d, "+
			"decreasing to nearest multiple %d, for a maximum of %d servers.",
			workers, per, workers-rest, daemons)
		workers -= rest
	}
	if daemons > servers {
		warn(b, l.WorkersAbove, "MaxRequestWorkers of %d would require %d servers and would exceed ServerLimit "+
			"of %d, decreasing to %d. To increase, please see the ServerLimit directive.",
			workers, daemons, servers, servers*per)
	}
}

// CheckProcesses tells which numbers the prefork module would change
// (prefork_check_config).
func CheckProcesses(b *compat.Build) error {
	n := numbers(b)
	servers := clamp(b, "ServerLimit", or(n.ServerLimit, 256), 200000, "servers", 175, 177)
	switch workers := or(n.MaxWorkers, 256); {
	case workers > servers:
		warn(b, 180, "MaxRequestWorkers of %d exceeds ServerLimit value of %d servers, decreasing "+
			"MaxRequestWorkers to %d. To increase, please see the ServerLimit directive.",
			workers, servers, servers)
	case workers < 1:
		atLeastOne(b, 182, "MaxRequestWorkers", workers)
	}
	if s := or(n.StartServers, 5); s < 1 {
		atLeastOne(b, 184, "StartServers", s)
	}
	if m := or(n.MinSpare, 5); m < 1 {
		spare(b, 186, "MinSpareServers", m)
	}
	return nil
}

// clamp keeps v between 1 and limit, and tells when it had to.
func clamp(b *compat.Build, name string, v, limit int, of string, above, below int) int {
	if v > limit {
		warn(b, above, "%s of %d exceeds compile-time limit of %d %s, decreasing to %d.",
			name, v, limit, of, limit)
		return limit
	}
	if v < 1 {
		atLeastOne(b, below, name, v)
		return 1
	}
	return v
}

func atLeastOne(b *compat.Build, id int, name string, v int) {
	warn(b, id, "%s of %d not allowed, increasing to 1.", name, v)
}

func spare(b *compat.Build, id int, name string, v int) {
	warn(b, id, "%s of %d not allowed, increasing to 1 to avoid almost certain server failure. "+
		"Please read the documentation.", name, v)
}
