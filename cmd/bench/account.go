//go:build linux

package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// An account is a control group that a contender runs in: it counts the time of
// all that ever ran there, children too that nobody waited for, as those of
// Apache's CGI daemon. Where there is none ("") the processes of the session
// are asked, which forget such children.
type account string

// openAccount makes a group below that of this process.
func openAccount(name string) account {
	root := "/sys/fs/cgroup"
	lines, _ := os.ReadFile("/proc/self/cgroup")
	for line := range strings.Lines(string(lines)) {
		part := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(part) != 3 {
			continue
		}
		parent := filepath.Join(root, part[2])
		if part[1] != "" {
			parent = filepath.Join(root, part[1], part[2])
		}
		dir := filepath.Join(parent, fmt.Sprintf("understudy-bench-%d-%s", os.Getpid(), name))
		if !strings.Contains(part[1], "cpuacct") && part[1] != "" || os.Mkdir(dir, 0o755) != nil {
			continue
		}
		if a := account(dir); a.readable() {
			return a
		}
		os.Remove(dir)
	}
	return ""
}

func (a account) readable() bool {
	_, err := a.used()
	return err == nil
}

// command is argv, to be run in the group.
func (a account) command(argv []string) []string {
	if a == "" {
		return argv
	}
	return append([]string{"/bin/sh", "-c", `echo $$ >"$0/cgroup.procs" && exec "$@"`, string(a)}, argv...)
}

// used is the user and system time so far.
func (a account) used() (time.Duration, error) {
	if b, err := os.ReadFile(filepath.Join(string(a), "cpuacct.usage")); err == nil {
		n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
		return time.Duration(n), err
	}
	b, err := os.ReadFile(filepath.Join(string(a), "cpu.stat"))
	if err != nil {
		return 0, err
	}
	var us int64
	_, err = fmt.Sscanf(string(b), "usage_usec %d", &us)
	return time.Duration(us) * time.Microsecond, err
}

// close removes the group, with what is left in it.
func (a account) close() {
	if a == "" {
		return
	}
	for range 100 {
		for _, pid := range a.processes() {
			syscall.Kill(pid, syscall.SIGKILL)
		}
		if os.Remove(string(a)) == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (a account) processes() (pids []int) {
	b, _ := os.ReadFile(filepath.Join(string(a), "cgroup.procs"))
	for word := range strings.FieldsSeq(string(b)) {
		if pid, err := strconv.Atoi(word); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// pss is the proportional share of memory of processes, in bytes.
func pss(pids []int) (total int64) {
	for _, pid := range pids {
		f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			continue // It ended meanwhile.
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			var kib int64
			if n, _ := fmt.Sscanf(lines.Text(), "Pss: %d kB", &kib); n == 1 {
				total += kib << 10
			}
		}
		f.Close()
	}
	return total
}
