//go:build !linux

package compat

import "syscall"

const rawWrites = false

func writeNow(uintptr, []byte) (int, syscall.Errno) { return 0, syscall.ENOSYS }
