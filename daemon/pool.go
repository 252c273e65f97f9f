//go:build unix

package daemon

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Environment variables that tell a worker which descriptors it has.
const (
	ListenVariable  = "UNDERSTUDY_LISTEN_FD"
	ControlVariable = "UNDERSTUDY_CONTROL_FD"
	listenFD        = 3
	controlFD       = 4
)

const (
	maxPools  = 64 // sets of processes of one group, one an application group
	maxStray  = 8 << 10
	readyTime = 30 * time.Second // for a new process to be ready
	minLife   = 2 * time.Second  // a process that ends sooner was a failed start
	maxDelay  = 20 * time.Second // between failed starts
)

// A pool is a set of processes of a group that serve one application group,
// and the socket they share. Its fields belong to the supervisor's goroutine.
type pool struct {
	group   *Group
	app     string
	claimed bool // an application group has it
	socket  string
	listen  *os.File
	workers map[*worker]bool
	closing bool
	delay   time.Duration // before the next start, after failed ones
	failed  bool          // said already
}

// A worker is one process.
type worker struct {
	pool     *pool
	cmd      *exec.Cmd
	control  *os.File
	started  time.Time
	ready    bool
	retiring bool // its successor was started
	ending   bool // it was told to end
}

// events are what happens to workers, told to the supervisor's goroutine.
type workerEvent struct {
	w     *worker
	line  string // what it said
	err   error  // how it ended, with ended
	ended bool
}

var poolNumber int

// newPool makes the socket of a set of processes; none is started.
func newPool(g *Group) (*pool, error) {
	poolNumber++
	path := fmt.Sprintf("%s.%d.%d.sock", g.Socket, os.Getpid(), poolNumber)
	l, err := listenUnix(path)
	if err != nil {
		return nil, fmt.Errorf("socket of WSGI daemon process '%s': %w", g.Name, err)
	}
	if g.Owner.Change {
		os.Chown(path, int(g.Owner.UID), int(g.Owner.GID))
	}
	os.Chmod(path, 0o700)
	return &pool{group: g, socket: path, listen: l, workers: map[*worker]bool{}}, nil
}

// listenUnix listens on a path that may be longer than a socket's name may be:
// the name is then taken relative to an open directory.
func listenUnix(path string) (*os.File, error) {
	os.Remove(path)
	name := path
	if len(path) > 100 {
		dir, err := os.Open(filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		defer dir.Close()
		name = fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
	}
	nl, err := net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
	if err != nil {
		return nil, err
	}
	defer nl.Close()
	nl.SetUnlinkOnClose(false)
	return nl.File()
}

// DialUnix connects to a socket whose path may be longer than a socket's name
// may be.
func DialUnix(path string) (*net.UnixConn, error) {
	name := path
	if len(path) > 100 {
		dir, err := os.Open(filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		defer dir.Close()
		name = fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
	}
	return net.DialUnix("unix", nil, &net.UnixAddr{Name: name, Net: "unix"})
}

// start starts one process. What it says and how it ends goes to events.
func (p *pool) start(events chan<- workerEvent, stray func(g *Group, pid int, line string)) (*worker, error) {
	g := p.group
	pair, err := closedPair(syscall.SOCK_STREAM)
	if err != nil {
		return nil, err
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "worker"), os.NewFile(uintptr(pair[1]), "worker")
	defer theirs.Close()
	r, w, err := os.Pipe()
	if err != nil {
		ours.Close()
		return nil, err
	}
	defer w.Close()
	cmd := exec.Command(g.Argv[0], g.Argv[1:]...)
	cmd.Env = append(append([]string{}, g.Env...), ListenVariable+"="+strconv.Itoa(listenFD), ControlVariable+"="+strconv.Itoa(controlFD))
	cmd.Dir = g.Dir
	cmd.Stdout, cmd.Stderr = w, w
	cmd.ExtraFiles = []*os.File{p.listen, theirs}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: g.Chroot, Setpgid: true}
	if g.Identity.Change {
		cmd.SysProcAttr.Credential = credential(g.Identity)
	}
	if err := cmd.Start(); err != nil {
		ours.Close()
		r.Close()
		return nil, err
	}
	limit(cmd.Process.Pid, g)
	k := &worker{pool: p, cmd: cmd, control: ours, started: time.Now()}
	p.workers[k] = true
	go readStray(r, func(line string) { stray(g, cmd.Process.Pid, line) })
	go k.listen(events)
	return k, nil
}

func credential(id Identity) *syscall.Credential {
	return &syscall.Credential{Uid: id.UID, Gid: id.GID, Groups: id.Groups}
}

// listen passes on what the process says on its control socket, and then how
// it ended.
func (k *worker) listen(events chan<- workerEvent) {
	said := make(chan struct{})
	go func() {
		defer close(said)
		in := bufio.NewReaderSize(k.control, 512)
		for {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return
			}
			events <- workerEvent{w: k, line: strings.TrimSpace(string(line))}
		}
	}()
	err := k.cmd.Wait()
	k.control.Close()
	<-said
	events <- workerEvent{w: k, err: err, ended: true}
}

// tell says something to the process.
func (k *worker) tell(text string) {
	k.control.SetWriteDeadline(time.Now().Add(time.Second))
	k.control.WriteString(text + "\n")
}

// readStray reads what a process writes to its output, line by line.
func readStray(r *os.File, line func(string)) {
	defer r.Close()
	in := bufio.NewReaderSize(r, maxStray)
	for {
		b, err := in.ReadSlice('\n')
		if text := strings.TrimRight(string(b), "\r\n"); text != "" {
			line(text)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

// end says why a process ended: a signal by name, or its exit code.
func end(err error, killed bool) string {
	var exit *exec.ExitError
	if err == nil {
		return "exited with code 0"
	}
	if !errors.As(err, &exit) {
		return err.Error()
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return fmt.Sprintf("exited with code %d", exit.ExitCode())
	}
	text := fmt.Sprintf("was killed by signal %d (%s)", int(status.Signal()), status.Signal())
	if status.Signal() == syscall.SIGKILL && !killed {
		text += ": perhaps for want of memory"
	}
	return text
}

// close lets go of the socket.
func (p *pool) close() {
	p.closing = true
	p.listen.Close()
	os.Remove(p.socket)
}
