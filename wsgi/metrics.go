package wsgi

import "time"

// Metrics are what a group's processes did and do, for one application group.
type Metrics struct {
	Group, Application string
	Processes          []ProcessMetrics
	Busy               int // threads with a request
	Idle               int // threads without one
	Queued             int // requests that wait for a thread
	Served             int64
	// Restarts counts the processes that ended, by reason.
	Restarts map[string]int64
	// Latency counts the answers that took up to LatencyBounds[i]; the last
	// those that took longer.
	Latency [len(LatencyBounds) + 1]int64
}

// ProcessMetrics are those of one process.
type ProcessMetrics struct {
	PID    int
	Busy   int
	Memory int64 // resident, in bytes; 0: not known
}

// LatencyBounds are the upper bounds of the counters of Latency.
var LatencyBounds = [...]time.Duration{
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, time.Second,
	2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute,
}

// counts are what Metrics are made of; target.mu guards them.
type counts struct {
	served   int64
	latency  [len(LatencyBounds) + 1]int64
	restarts map[string]int64
}

func (n *counts) answered(took time.Duration) {
	n.served++
	i := 0
	for i < len(LatencyBounds) && took > LatencyBounds[i] {
		i++
	}
	n.latency[i]++
}
