//go:build linux && !race

package upstream

import (
	"syscall"
	"unsafe"
)

// The sockets do not block, so the scheduler need not be told of these calls:
// that would cost as much as some of them.

func readNow(fd uintptr, p []byte) (int, syscall.Errno) { return now(syscall.SYS_READ, fd, p) }

func writeNow(fd uintptr, p []byte) (int, syscall.Errno) { return now(syscall.SYS_WRITE, fd, p) }

func peekNow(fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)),
			syscall.MSG_PEEK|syscall.MSG_DONTWAIT, 0, 0)
		if errno != syscall.EINTR {
			return int(n), errno
		}
	}
}

func now(call, fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(call, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		if errno != syscall.EINTR {
			return int(n), errno
		}
	}
}
