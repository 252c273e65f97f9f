//go:build unix

package status

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// cpuUsage is what the process and its children have used.
func cpuUsage() usage {
	var self, children syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &self) != nil ||
		syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children) != nil {
		return usage{}
	}
	return usage{ticks(self.Utime), ticks(self.Stime), ticks(children.Utime), ticks(children.Stime)}
}

// ticks are seconds in the steps of a system clock, as times(2) has them.
func ticks(t syscall.Timeval) float64 {
	return float64(int64(t.Sec)*100+int64(t.Usec)/10000) / 100
}

// loadAverage is that of the system, zero where it does not say.
func loadAverage() (load [3]float64) {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return load
	}
	for i, field := range strings.Fields(string(text)) {
		if i == len(load) {
			break
		}
		load[i], _ = strconv.ParseFloat(field, 64)
	}
	return load
}
