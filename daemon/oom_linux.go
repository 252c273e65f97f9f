package daemon

import (
	"os"
	"path"
	"strconv"
	"strings"
)

// oomKills is how often the kernel has killed a process of our cgroup for want
// of memory; 0 where that cannot be known.
func oomKills() int {
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0
	}
	kills := 0
	for line := range strings.Lines(string(groups)) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, dir, _ := strings.Cut(rest, ":")
		switch controllers {
		case "":
			kills += counted(path.Join("/sys/fs/cgroup", dir, "memory.events"))
		case "memory":
			kills += counted(path.Join("/sys/fs/cgroup/memory", dir, "memory.oom_control"))
		}
	}
	return kills
}

// counted is the number beside oom_kill in a file of a cgroup.
func counted(file string) int {
	text, _ := os.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		if n, ok := strings.CutPrefix(line, "oom_kill "); ok {
			kills, _ := strconv.Atoi(strings.TrimSpace(n))
			return kills
		}
	}
	return 0
}
