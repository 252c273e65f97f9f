package compat

import (
	"os"

	"golang.org/x/sys/unix"
)

// IsLocal reports whether path lies on a file system of this machine, whose
// files are in memory or come from a disk. Calls that only look at it do not
// wait for another machine or a program, and need not be told to the scheduler.
func IsLocal(path string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(path, &fs) == nil && isLocalType(uint32(fs.Type))
}

// isLocalFile is IsLocal for an open file, which must be a regular one.
func isLocalFile(f *os.File) bool {
	raw, err := f.SyscallConn()
	info, statErr := f.Stat()
	if err != nil || statErr != nil || !info.Mode().IsRegular() {
		return false
	}
	local := false
	raw.Control(func(fd uintptr) {
		var fs unix.Statfs_t
		local = unix.Fstatfs(int(fd), &fs) == nil && isLocalType(uint32(fs.Type))
	})
	return local
}

func isLocalType(magic uint32) bool {
	switch magic {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.TMPFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC,
		unix.F2FS_SUPER_MAGIC, unix.RAMFS_MAGIC, unix.SQUASHFS_MAGIC, unix.EROFS_SUPER_MAGIC_V1, zfsMagic:
		return true
	}
	return false
}

const zfsMagic = 0x2fc12fc1
