//go:build unix

package wsgi

import (
	"cmp"
	"errors"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// AllMetrics are those of every group that was asked for something since the
// server process began, in the order of their names.
func AllMetrics() []Metrics {
	gate.mu.Lock()
	targets := slices.Collect(maps.Values(gate.targets))
	gate.mu.Unlock()
	all := make([]Metrics, 0, len(targets))
	for _, t := range targets {
		all = append(all, t.metrics())
	}
	slices.SortFunc(all, func(a, b Metrics) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Application, b.Application))
	})
	return all
}

func (t *target) metrics() Metrics {
	t.mu.Lock()
	m := Metrics{Group: t.group.Name, Application: t.app, Queued: len(t.queue), Served: t.counts.served,
		Latency: t.counts.latency, Restarts: maps.Clone(t.counts.restarts)}
	for _, ch := range t.channels {
		m.Processes = append(m.Processes, ProcessMetrics{PID: ch.hello.PID, Busy: len(ch.calls)})
		m.Busy += len(ch.calls)
		if !ch.leaving {
			m.Idle += max(t.group.Threads, 1) - len(ch.calls)
		}
	}
	t.mu.Unlock()
	for i := range m.Processes {
		m.Processes[i].Memory = resident(m.Processes[i].PID)
	}
	return m
}

// resident is the memory of a process, where there is a /proc to say so.
func resident(pid int) int64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(f[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// maxReasons bounds the reasons that are counted apart.
const maxReasons = 50

// ended counts a process that ended. One that left has said why.
func (n *counts) ended(ch *channel, died error) {
	reason := ch.why
	var d *DiedError
	switch {
	case ch.left && reason == "":
		return // It was not replaced: its group is gone.
	case ch.left:
	case errors.As(died, &d):
		reason = d.Reason
	case died != nil:
		reason = died.Error()
	}
	if n.restarts == nil {
		n.restarts = map[string]int64{}
	}
	if _, known := n.restarts[reason]; !known && len(n.restarts) >= maxReasons {
		reason = "other"
	}
	n.restarts[reason]++
}
