package compat

import (
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// openBelow opens path without following links behind its first from bytes, or
// with own only such as lead to files of their own owner. It goes from directory
// to directory, so that nothing that is changed meanwhile leads elsewhere.
func openBelow(path string, from int, own bool) (*os.File, error) {
	from = min(from, len(path))
	parts := strings.FieldsFunc(path[from:], func(c rune) bool { return c == '/' })
	flags := func(i int) int {
		if i < len(parts) {
			return unix.O_PATH
		}
		return unix.O_RDONLY | unix.O_NONBLOCK // A pipe keeps nobody waiting.
	}
	fd, err := openAt(unix.AT_FDCWD, path[:from], flags(0))
	for i := 0; err == nil && i < len(parts); i++ {
		at := fd
		fd, err = openPart(at, parts[i], flags(i+1), own)
		unix.Close(at)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// openPart opens what is called name in a directory.
func openPart(at int, name string, flags int, own bool) (int, error) {
	fd, err := openAt(at, name, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return -1, err
	}
	var link, target unix.Stat_t
	if err = unix.Fstat(fd, &link); err == nil && link.Mode&unix.S_IFMT != unix.S_IFLNK && flags&unix.O_PATH != 0 {
		return fd, nil
	}
	defer unix.Close(fd)
	switch {
	case err != nil:
		return -1, err
	case link.Mode&unix.S_IFMT != unix.S_IFLNK:
		return openAt(at, name, flags|unix.O_NOFOLLOW)
	case !own:
		return -1, unix.ELOOP
	}
	var buffer [unix.PathMax]byte
	n, err := unix.Readlinkat(fd, "", buffer[:]) // Of this link, whatever has that name now.
	if err != nil {
		return -1, err
	}
	to, err := openAt(at, string(buffer[:n]), flags)
	if err != nil {
		return -1, err
	}
	if err := unix.Fstat(to, &target); err != nil || target.Uid != link.Uid {
		unix.Close(to)
		return -1, unix.ELOOP
	}
	return to, nil
}

func openAt(dir int, name string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, flags|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}
