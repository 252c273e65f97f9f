//go:build unix && (!linux || race)

package upstream

import "syscall"

func readNow(fd uintptr, p []byte) (int, syscall.Errno) { return again(syscall.Read, fd, p) }

func writeNow(fd uintptr, p []byte) (int, syscall.Errno) { return again(syscall.Write, fd, p) }

func peekNow(fd uintptr, p []byte) (int, syscall.Errno) {
	return again(func(fd int, p []byte) (int, error) {
		n, _, err := syscall.Recvfrom(fd, p, syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return n, err
	}, fd, p)
}

func again(call func(int, []byte) (int, error), fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, err := call(int(fd), p)
		errno, _ := err.(syscall.Errno)
		if errno != syscall.EINTR {
			return n, errno
		}
	}
}
