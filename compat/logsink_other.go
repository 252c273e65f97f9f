//go:build !linux

package compat

import (
	"os"
	"syscall"
	"time"
)

const rawWrites = false

func writeNow(uintptr, []byte) (int, syscall.Errno) { return 0, syscall.ENOSYS }

// waitWritable is for systems where it is not known.
func waitWritable(*os.File, time.Duration) bool { return true }
