//go:build unix

package vhost

import (
	"errors"
	"io/fs"
	"syscall"
)

func isNotDir(err error) bool { return errors.Is(err, syscall.ENOTDIR) }

func isDenied(err error) bool { return errors.Is(err, syscall.EACCES) }

// owner is the user a file belongs to.
func owner(info fs.FileInfo) (uid uint32, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return st.Uid, true
}
