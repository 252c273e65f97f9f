//go:build unix

package daemon

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// TryListeners looks whether the addresses of a plan could be bound, and
// returns which cannot and why. What the process holder has already is not asked
// for. Nothing listens meanwhile: who starts a server at this moment is not in
// the way of it.
func TryListeners(plan *Plan, holder int) (Listener, error) {
	for i, l := range plan.Listeners {
		if covered(l, plan) {
			continue
		}
		for _, other := range plan.Listeners[:i] {
			if l.Key != other.Key && overlap(l, other) && !covered(other, plan) {
				return l, &AcquireError{bindProblem(l, syscall.EADDRINUSE)}
			}
		}
		err := tryBind(l)
		if err == syscall.EADDRINUSE && holder > 0 && holds(holder, l.Port) {
			continue
		}
		if err != nil {
			return l, &AcquireError{bindProblem(l, err)}
		}
	}
	return Listener{}, nil
}

// overlap reports whether one of two different addresses is any address, of the
// family of the other too.
func overlap(a, b Listener) bool {
	wide := func(any, other string) bool {
		switch any {
		case "", "::":
			return true
		case "0.0.0.0":
			ip, err := netip.ParseAddr(other)
			return err == nil && ip.Is4()
		}
		return false
	}
	return a.Port == b.Port && (wide(a.Host, b.Host) || wide(b.Host, a.Host))
}

// tryBind binds an address and lets go of it.
func tryBind(l Listener) error {
	ip := net.ParseIP(l.Host)
	if l.Host != "" && ip == nil {
		return nil
	}
	family := unix.AF_INET6
	var to unix.Sockaddr = &unix.SockaddrInet6{Port: l.Port}
	if v4 := ip.To4(); v4 != nil {
		family, to = unix.AF_INET, &unix.SockaddrInet4{Port: l.Port, Addr: [4]byte(v4)}
	} else if ip != nil {
		to = &unix.SockaddrInet6{Port: l.Port, Addr: [16]byte(ip.To16())}
	}
	fd, err := tryout(family)
	if err != nil && l.Host == "" {
		to = &unix.SockaddrInet4{Port: l.Port}
		fd, err = tryout(unix.AF_INET)
	} else if err == nil && l.Host == "" {
		unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0)
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	return unix.Bind(fd, to)
}

// tryout is a socket that no program started meanwhile inherits.
func tryout(family int) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	return fd, err
}

// holds reports whether a process listens on a port, or who asks may not know.
func holds(pid, port int) bool {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return true
	}
	inodes := listening(port)
	if inodes == nil {
		return true
	}
	for _, e := range entries {
		link, _ := os.Readlink(filepath.Join(dir, e.Name()))
		if inode, ok := strings.CutPrefix(link, "socket:["); ok && inodes[strings.TrimSuffix(inode, "]")] {
			return true
		}
	}
	return false
}

// listening are the inodes of the sockets that listen on a port; nil where that
// is not told.
func listening(port int) map[string]bool {
	var found map[string]bool
	for _, path := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		table, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if found == nil {
			found = map[string]bool{}
		}
		for line := range strings.Lines(string(table)) {
			f := strings.Fields(line)
			const listens = "0A"
			if len(f) > 9 && f[3] == listens && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
				found[f[9]] = true
			}
		}
	}
	return found
}

// TryLog is why a log could not be opened: the program of a piped one has to be
// there, a file and its directory writable. A file that is not there is not made.
func TryLog(l Log) error {
	if len(l.Command) > 0 {
		if l.Shell {
			return nil
		}
		if _, err := exec.LookPath(l.Command[0]); err != nil {
			return &AcquireError{fmt.Sprintf("%s: %s", osText(lookError(err)), l.Problem)}
		}
		return nil
	}
	info, err := os.Stat(l.Path)
	switch {
	case os.IsNotExist(err):
		err = unix.Access(filepath.Dir(l.Path), unix.W_OK|unix.X_OK)
	case err != nil:
	case info.IsDir():
		err = syscall.EISDIR
	default:
		err = unix.Access(l.Path, unix.W_OK)
	}
	if err != nil {
		return &AcquireError{fmt.Sprintf("%s: %s", osText(err), l.Problem)}
	}
	return nil
}

// lookError is the error of the system in what LookPath says.
func lookError(err error) error {
	if e, ok := err.(*exec.Error); ok && e.Err == exec.ErrNotFound {
		return syscall.ENOENT
	}
	return err
}

// TryPID is why a pid file could not be written.
func TryPID(path string) error {
	if path == "" {
		return nil
	}
	err := unix.Access(filepath.Dir(path), unix.W_OK|unix.X_OK)
	if info, statErr := os.Stat(path); err == nil && statErr == nil && info.IsDir() {
		err = syscall.EISDIR
	}
	if err != nil {
		return &AcquireError{fmt.Sprintf("%s: AH00099: could not create %s", osText(err), path)}
	}
	return nil
}
