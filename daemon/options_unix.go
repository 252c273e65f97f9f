//go:build unix && !linux

package daemon

import (
	"os"

	"golang.org/x/sys/unix"
)

func listenOptions(int) {}

// anonymous is an unlinked file that holds data.
func anonymous(parts ...[]byte) (*os.File, error) {
	f, err := os.CreateTemp("", "understudy-")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name())
	return filled(f, parts)
}

func inheritNothing() {
	var l unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &l) != nil {
		return
	}
	for fd := 3; fd < int(min(uint64(l.Cur), 1024)); fd++ {
		unix.CloseOnExec(fd)
	}
}

func openDir(path string) (*os.File, error) { return os.Open(path) }

// oomKills cannot be known.
func oomKills() int { return 0 }
