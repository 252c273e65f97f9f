//go:build unix && (!linux || race)

package wire

import "syscall"

func readNow(fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, err := syscall.Read(int(fd), p)
		if errno, _ := err.(syscall.Errno); errno != syscall.EINTR {
			return n, errno
		}
	}
}

// writeNow writes what it can of memory.
func (s *sending) writeNow(fd uintptr) (int, syscall.Errno) {
	p := s.parts[0]
	if len(p) == 0 {
		p = s.parts[1]
	}
	n, err := syscall.Write(int(fd), p)
	errno, _ := err.(syscall.Errno)
	return n, errno
}
