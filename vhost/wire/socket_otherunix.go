//go:build unix && !linux

package wire

import "syscall"

// kernelSends tells that the kernel cannot send a file in the same way everywhere.
const kernelSends = false

func (s *sending) sendfileNow(uintptr) (int, syscall.Errno) { return 0, syscall.ENOSYS }
