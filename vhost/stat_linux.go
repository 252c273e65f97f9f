package vhost

import (
	"io/fs"
	"syscall"
)

// changeTime is when the file's inode was changed last.
func changeTime(info fs.FileInfo) int64 {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return st.Ctim.Nano()
}
