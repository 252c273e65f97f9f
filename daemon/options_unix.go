//go:build unix && !linux

package daemon

import (
	"os"
	"syscall"
)

func listenOptions(_, _ string, _ syscall.RawConn) error { return nil }

// anonymous is an unlinked file that holds data.
func anonymous(data []byte) (*os.File, error) {
	f, err := os.CreateTemp("", "understudy-")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name())
	_, err = f.Write(data)
	return f, err
}

func limit(int, *Group) {}
