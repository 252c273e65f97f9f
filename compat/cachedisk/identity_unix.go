//go:build unix

package cachedisk

import (
	"os"
	"syscall"
)

// identity is what tells a file from others, and its size.
func identity(f *os.File) (size int64, inode, device uint64, ok bool) {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0, 0, 0, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, 0, false
	}
	return info.Size(), uint64(st.Ino), uint64(st.Dev), true
}
