package core

import (
	"io/fs"
	"syscall"
)

// changed is when a file's inode was changed last.
func changed(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ctim.Nano()
	}
	return 0
}
