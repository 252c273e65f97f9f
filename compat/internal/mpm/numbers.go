package mpm

import (
	"fmt"
	"strconv"

	"understudy/apacheconf"
	"understudy/compat"
)

// Numbers are the processes and threads a configuration asks for. The server
// needs none of them; they are kept to say what Apache says of them.
type Numbers struct {
	StartServers, ServerLimit, ThreadLimit *int
	MinSpare, MaxWorkers, PerChild         *int
}

// Merge lays over on top of n.
func (n Numbers) Merge(over Numbers) Numbers { return over }

// Slot holds the numbers of the main server.
var Slot = compat.NewSlot[Numbers]()

const noNumbers = "one process serves all connections, with as many threads as it needs"

// Number makes a row for a directive that takes a number; at finds where it is
// kept, and may be nil.
func Number(name string, at func(*Numbers) **int, help string) compat.Directive {
	return Slot.Directive(name, compat.Take1, compat.Server, func(c *compat.Cmd, n *Numbers) error {
		if err := global(c); err != nil || at == nil {
			return err
		}
		v := compat.Atoi(c.Arg(0))
		*at(n) = &v
		return nil
	}, help).Inertly(noNumbers)
}

// Threads are the rows which the event and worker modules share.
func Threads() []compat.Directive {
	return []compat.Directive{
		Number("StartServers", func(n *Numbers) **int { return &n.StartServers },
			"Number of child processes launched at server startup"),
		Number("ServerLimit", func(n *Numbers) **int { return &n.ServerLimit },
			"Maximum number of child processes for this run of Apache"),
		Number("MinSpareThreads", func(n *Numbers) **int { return &n.MinSpare },
			"Minimum number of idle threads, to handle request spikes"),
		Number("MaxSpareThreads", nil, "Maximum number of idle threads"),
		Number("MaxClients", func(n *Numbers) **int { return &n.MaxWorkers },
			"Deprecated name of MaxRequestWorkers"),
		Number("MaxRequestWorkers", func(n *Numbers) **int { return &n.MaxWorkers },
			"Maximum number of threads alive at the same time"),
		Number("ThreadsPerChild", func(n *Numbers) **int { return &n.PerChild },
			"Number of threads each child creates"),
		Number("ThreadLimit", func(n *Numbers) **int { return &n.ThreadLimit },
			"Maximum number of worker threads per child process for this run of Apache - "+
				"Upper limit for ThreadsPerChild"),
	}
}

// WorkerFactor is the row of AsyncRequestWorkerFactor.
func WorkerFactor() compat.Directive {
	return compat.Row("AsyncRequestWorkerFactor", compat.Take1, compat.Server,
		func(c *compat.Cmd) error {
			if err := global(c); err != nil {
				return err
			}
			f, err := strconv.ParseFloat(c.Arg(0), 64)
			if err != nil {
				return compat.Errorf("error parsing value")
			}
			if !(f > 0) {
				return compat.Errorf("AsyncRequestWorkerFactor argument must be a positive number")
			}
			return nil
		}, "How many additional connects will be accepted per idle worker thread").Inertly(noNumbers)
}

// numbers of b, never nil.
func numbers(b *compat.Build) *Numbers {
	if n := Slot.In(b.Main.Section.Vector); n != nil {
		return n
	}
	return &Numbers{}
}

// or is *v, or fallback where nothing is said.
func or(v *int, fallback int) int {
	if v == nil {
		return fallback
	}
	return *v
}

// warn tells of a number that was changed, as Apache does on the terminal.
func warn(b *compat.Build, id int, format string, args ...any) {
	b.Warn(apacheconf.Diagnostic{Bare: true,
		Message: fmt.Sprintf("AH%05d: WARNING: ", id) + fmt.Sprintf(format, args...)})
}
