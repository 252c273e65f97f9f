package daemon

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// listenOptions makes the kernel wait with a connection until its first bytes
// are there, as Apache does (AcceptFilter data).
func listenOptions(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 30)
	})
}

// anonymous is a file in memory that holds data.
func anonymous(data []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("configuration", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	f := os.NewFile(uintptr(fd), "configuration")
	if _, err := f.Write(data); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// limit sets what a started process may use.
func limit(pid int, g *Group) {
	set := func(resource int, n uint64) {
		if n > 0 {
			unix.Prlimit(pid, resource, &unix.Rlimit{Cur: n, Max: n}, nil)
		}
	}
	set(unix.RLIMIT_CPU, g.CPUTime)
	set(unix.RLIMIT_DATA, g.MemoryLimit)
	set(unix.RLIMIT_AS, g.VirtualMemory)
	if g.Nice != 0 {
		unix.Setpriority(unix.PRIO_PROCESS, pid, g.Nice)
	}
}
