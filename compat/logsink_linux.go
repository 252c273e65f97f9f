package compat

import (
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const rawWrites = true

func writeNow(fd uintptr, p []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	return int(n), errno
}

// waitWritable waits until f takes as much as a pipe takes at once, for a time.
func waitWritable(f *os.File, limit time.Duration) bool {
	raw, err := f.SyscallConn()
	if err != nil {
		return true // The write will tell.
	}
	ready := true
	until := time.Now().Add(limit)
	raw.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		for {
			n, err := unix.Poll(fds, int(max(time.Until(until), 0)/time.Millisecond))
			if err != unix.EINTR {
				ready = err != nil || n > 0
				return
			}
		}
	})
	return ready
}
