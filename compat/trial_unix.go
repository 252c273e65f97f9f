//go:build unix

package compat

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"understudy/apacheconf"
)

// The bits of a mode that the kernel asks for.
const (
	maySearch = 1
	mayWrite  = 2
	mayRead   = 4
)

// Read is why w cannot read the file or directory at path; nil where it can, or
// where that is not certain.
func (w Who) Read(path string) error { return w.reach(path, mayRead) }

// Enter is why w cannot use what is in a directory; nil as for Read.
func (w Who) Enter(dir string) error { return w.reach(dir, maySearch) }

// Change is why w cannot make files in a directory; nil as for Read.
func (w Who) Change(dir string) error { return w.reach(dir, mayWrite|maySearch) }

// Command is a command as w runs it.
func (w Who) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	if !w.Self {
		gid := w.UID
		if len(w.Groups) > 0 {
			gid = w.Groups[0]
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: w.UID, Gid: gid, Groups: w.Groups}}
	}
	return cmd
}

// maxLinks is how many symbolic links the kernel follows.
const maxLinks = 40

// reach walks to path as the kernel does for w, and looks whether it is allowed
// what want says there. A path that leads nowhere is not its matter.
func (w Who) reach(path string, want uint32) error {
	if w.Self {
		return selfReach(path, want)
	}
	if w.UID == 0 {
		return nil
	}
	at, rest := "/", strings.Split(filepath.Clean(path), "/")
	for links := 0; ; {
		for len(rest) > 0 && (rest[0] == "" || rest[0] == ".") {
			rest = rest[1:]
		}
		need := uint32(maySearch)
		if len(rest) == 0 {
			need = want
		}
		if !w.allowed(at, need) {
			return denied(w, path, at, need)
		}
		if len(rest) == 0 {
			return nil
		}
		next := filepath.Join(at, rest[0])
		rest = rest[1:]
		info, err := os.Lstat(next)
		if err != nil {
			return nil
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		target, err := os.Readlink(next)
		if links++; err != nil || links > maxLinks {
			return nil
		}
		if filepath.IsAbs(target) {
			at = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
}

// allowed reports whether the mode of a file grants want to w. Where there is an
// access list besides, the mode alone does not tell.
func (w Who) allowed(path string, want uint32) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return true
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	mode := uint32(info.Mode().Perm())
	switch {
	case st.Uid == w.UID:
		mode >>= 6
	case slices.Contains(w.Groups, st.Gid):
		mode >>= 3
	}
	return mode&want == want || hasAccessList(path)
}

// selfReach asks the kernel.
func selfReach(path string, want uint32) error {
	err := unix.Access(path, want)
	if err == nil || err == unix.ENOENT || err == unix.ENOTDIR || err == unix.ELOOP {
		return nil
	}
	return fmt.Errorf("(%d)%s: '%s'", int(err.(syscall.Errno)), apacheconf.Strerror(err.(syscall.Errno)), path)
}

func denied(w Who, path, at string, need uint32) error {
	what := "read permission is missing on '" + at + "'"
	switch {
	case need == maySearch:
		what = "search permissions are missing on '" + at + "'"
	case need&mayWrite != 0:
		what = "write permission is missing on '" + at + "'"
	}
	return fmt.Errorf("(%d)%s: '%s' for user %s: %s", int(syscall.EACCES), apacheconf.Strerror(syscall.EACCES), path, w.Name, what)
}
