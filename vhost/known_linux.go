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
func (s *rawStat) of(path string, info fs.FileInfo, err error, link bool) bool {
	s.name = append([]byte(path), 0)
	if err != nil && !errors.As(err, &s.err) {
		return false
	}
	if info == nil || link {
		return compat.IsLocal(parent(path)) && (info == nil || s.is(info, link))
	}
	return compat.IsLocal(path) && s.is(info, link)
}

// is asks the kernel, and reports whether info, which came first, is of the same.
func (s *rawStat) is(info fs.FileInfo, link bool) bool {
	was, ok := info.Sys().(*syscall.Stat_t)
	st := &s.stat
	return ok && s.now(st, link) == 0 &&
		was.Dev == st.Dev && was.Ino == st.Ino && was.Ctim.Nano() == st.Ctim.Nano() && was.Size == st.Size
}

// path is the path as Go wants it; it must not be kept.
func (s *rawStat) path() string { return unsafe.String(unsafe.SliceData(s.name), len(s.name)-1) }

// now asks the kernel.
func (s *rawStat) now(st *unix.Stat_t, link bool) syscall.Errno {
	const fdcwd = unix.AT_FDCWD
	dir, flags := fdcwd, 0
	if link {
		flags = unix.AT_SYMLINK_NOFOLLOW
	}
	for {
		_, _, errno := syscall.RawSyscall6(unix.SYS_NEWFSTATAT, uintptr(dir), uintptr(unsafe.Pointer(unsafe.SliceData(s.name))),
			uintptr(unsafe.Pointer(st)), uintptr(flags), 0, 0)
		if errno != syscall.EINTR {
			return errno
		}
	}
}

// still reports whether the kernel says what it said before.
func (s *rawStat) still(link bool) bool {
	var st unix.Stat_t
	if errno := s.now(&st, link); errno != s.err || errno != 0 {
		return errno == s.err
	}
	was := &s.stat
	if st.Ino != was.Ino || st.Dev != was.Dev || st.Mode != was.Mode || st.Uid != was.Uid || st.Gid != was.Gid {
		return false
	}
	return link && st.Mode&unix.S_IFMT == unix.S_IFDIR || st.Size == was.Size && st.Mtim == was.Mtim && st.Ctim == was.Ctim
}
