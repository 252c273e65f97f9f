package mpm

import "understudy/compat"

// The numbers of workers where nothing is said, and the most that are shown.
const (
	shownThreads   = 400
	shownProcesses = 256
	maxWorkers     = 16384
)

// Workers is how many requests a server answers at a time, as it shows it.
func Workers(b *compat.Build) int {
	n := shownThreads
	if b.Loaded("mpm_prefork_module") != nil {
		n = shownProcesses
	}
	if said := Slot.In(b.Main.Section.Vector); said != nil && said.MaxWorkers != nil {
		n = *said.MaxWorkers
	}
	return max(1, min(n, maxWorkers))
}
