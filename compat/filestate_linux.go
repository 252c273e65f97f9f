package compat

import (
	"io/fs"
	"syscall"
)

// stateOf adds what stat says of the inode.
func stateOf(s FileState, info fs.FileInfo) FileState {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		s.dev, s.ino, s.changed = uint64(st.Dev), st.Ino, st.Ctim.Nano()
	}
	return s
}
