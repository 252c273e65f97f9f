//go:build unix

package daemon

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	maxPools   = 64               // of a group, one an application group
	readyTime  = 30 * time.Second // for a new process to be ready
	lingerTime = 3 * time.Second  // for requests that met the generation before
)

// A pool is the processes of a group that serve one application group, and the
// socket they share.
type pool struct {
	group   *Group
	app     string
	claimed bool // an application group has it
	socket  string
	listen  *os.File
	workers map[*worker]bool
	starts  backoff
	waiting bool   // for the next start, after failed ones
	problem string // why no process of it becomes ready
	leaving int    // the generation that does without it; 0: none
	closed  bool
}

func (g *Group) startTime() time.Duration {
	if g.Start > 0 {
		return g.Start
	}
	return readyTime
}

// newPool makes the socket of a pool; no process is started. number makes its
// name unlike any other's.
func newPool(g *Group, number int) (*pool, error) {
	path := fmt.Sprintf("%s.%d.%d.sock", g.Socket, os.Getpid(), number)
	l, err := listenUnix(path, g)
	if err != nil {
		return nil, fmt.Errorf("socket of WSGI daemon process '%s': %w", g.Name, err)
	}
	return &pool{group: g, socket: path, listen: l, workers: map[*worker]bool{}}, nil
}

// complete tells whether all its processes are ready.
func (p *pool) complete() bool { return p.ready() >= p.group.Processes }

// ready counts the processes that are, without those that will be replaced.
func (p *pool) ready() int {
	n := 0
	for k := range p.workers {
		if k.ready && !k.retiring && !k.ending {
			n++
		}
	}
	return n
}

// fresh counts the processes that are or will be ready.
func (p *pool) fresh() int {
	n := 0
	for k := range p.workers {
		if !k.retiring && !k.ending {
			n++
		}
	}
	return n
}

// close lets go of the socket.
func (p *pool) close() {
	if p.closed {
		return
	}
	p.closed = true
	p.listen.Close()
	os.Remove(p.socket)
}

// maxName is what fits into the name of a socket everywhere.
const maxName = 100

// listenUnix listens on a path, for the owner of the group's sockets alone.
func listenUnix(path string, g *Group) (*os.File, error) {
	os.Remove(path)
	name, release, err := shortName(path)
	if err != nil {
		return nil, err
	}
	defer release()
	config := net.ListenConfig{Control: ownerOnly}
	l, err := config.Listen(context.Background(), "unix", name)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	defer l.Close()
	nl := l.(*net.UnixListener)
	nl.SetUnlinkOnClose(false)
	err = os.Chmod(path, 0o600)
	if err == nil && g.Owner.Change {
		err = os.Lchown(path, int(g.Owner.UID), int(g.Owner.GID))
	}
	if err != nil {
		os.Remove(path)
		return nil, err
	}
	return plain(nl, g.Backlog)
}

// ownerOnly gives the socket its mode before it has a name, so that there is no
// moment at which anybody may connect. Linux takes it for the file's.
func ownerOnly(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { unix.Fchmod(int(fd), 0o600) })
}

// DialUnix connects to a socket whose path may be longer than a socket's name
// may be.
func DialUnix(path string) (*net.UnixConn, error) {
	name, release, err := shortName(path)
	if err != nil {
		return nil, err
	}
	defer release()
	return net.DialUnix("unix", nil, &net.UnixAddr{Name: name, Net: "unix"})
}

// shortName is a name of path that fits: of a long path it is relative to the
// open directory, until release.
func shortName(path string) (name string, release func(), err error) {
	if len(path) <= maxName {
		return path, func() {}, nil
	}
	dir, err := openDir(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	name = fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
	if unix.Access(filepath.Dir(name), unix.F_OK) != nil || len(name) > maxName {
		dir.Close()
		return "", nil, fmt.Errorf("the path of the socket %s is too long", path)
	}
	return name, func() { dir.Close() }, nil
}
