//go:build amd64 || arm64

package vhost

import (
	"errors"
	"io/fs"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"understudy/compat"
)

// A rawStat is what stat said of a path, and the path as the kernel wants it.
type rawStat struct {
	name []byte // with its NUL
	stat unix.Stat_t
	err  syscall.Errno
}

// of fills s in. It reports false where the file system may keep who asks
// waiting: a call of which the scheduler knows nothing would stop others too.
func (s *rawStat) of(path string, info fs.FileInfo, err error) bool {
	s.name = append([]byte(path), 0)
	if err != nil && !errors.As(err, &s.err) {
		return false
	}
	if info == nil {
		return compat.IsLocal(parent(path))
	}
	return compat.IsLocal(path) && s.now(&s.stat) == 0 && sameInfo(info, &s.stat)
}

// sameInfo reports whether info, which came first, is of the same.
func sameInfo(info fs.FileInfo, st *unix.Stat_t) bool {
	was, ok := info.Sys().(*syscall.Stat_t)
	return ok && was.Dev == st.Dev && was.Ino == st.Ino && was.Ctim.Nano() == st.Ctim.Nano() && was.Size == st.Size
}

// now asks the kernel.
func (s *rawStat) now(st *unix.Stat_t) syscall.Errno {
	const fdcwd = unix.AT_FDCWD
	dir := fdcwd
	for {
		_, _, errno := syscall.RawSyscall6(unix.SYS_NEWFSTATAT, uintptr(dir), uintptr(unsafe.Pointer(unsafe.SliceData(s.name))),
			uintptr(unsafe.Pointer(st)), 0, 0, 0)
		if errno != syscall.EINTR {
			return errno
		}
	}
}

// still reports whether the kernel says of k what it said before.
func (k *knownPath) still() bool {
	var st unix.Stat_t
	if errno := k.raw.now(&st); errno != k.raw.err || errno != 0 {
		return errno == k.raw.err
	}
	was := &k.raw.stat
	return st.Ino == was.Ino && st.Dev == was.Dev && st.Size == was.Size && st.Mode == was.Mode && st.Uid == was.Uid &&
		st.Gid == was.Gid && st.Mtim == was.Mtim && st.Ctim == was.Ctim
}
