package daemon

import (
	"fmt"
	"math"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// listenOptions makes the kernel wait with a connection until its first bytes
// are there, as Apache does (AcceptFilter data).
func listenOptions(fd int) {
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 30)
}

// anonymous is a file in memory that holds data.
func anonymous(parts ...[]byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("configuration", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	return filled(os.NewFile(uintptr(fd), "configuration"), parts)
}

// inheritNothing sees to it that no descriptor this process was started with
// reaches those it starts.
func inheritNothing() {
	unix.CloseRange(3, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC)
}

// openDir opens a directory as the place a path starts from; that needs no
// right to read it.
func openDir(path string) (*os.File, error) {
	return os.OpenFile(path, unix.O_PATH|syscall.O_DIRECTORY, 0)
}
