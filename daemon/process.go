//go:build unix

package daemon

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A process is a child.
type process interface {
	pid() int // 0: it is no process of its own
	wait() outcome
	signal(syscall.Signal)
}

// A starter starts processes. The real one is system; tests have one that
// needs none.
type starter interface {
	// server starts the server process; output is what it writes to its
	// standard error, nil if that needs no reading.
	server(s *Supervisor, id Identity) (p process, c conduit, output io.Reader, err error)
	// worker starts a process of a group, which accepts at listen; env is added
	// to the group's.
	worker(g *Group, env []string, listen *os.File) (p process, control net.Conn, output io.Reader, err error)
}

// Environment variables that tell a worker which descriptors it has: the socket
// it accepts at, and one to the supervisor. On that it reads the lines "drain"
// (finish what you are at, and end) and "stop" (end), and says "ready",
// "retiring REASON" (start a successor), "note TEXT" (for the log) and, where
// its group has a time for deadlocks, "alive" from time to time. At its end the
// supervisor is gone. A process whose application group is known already has it
// in a third.
const (
	ListenVariable      = "UNDERSTUDY_LISTEN_FD"
	ControlVariable     = "UNDERSTUDY_CONTROL_FD"
	ApplicationVariable = "UNDERSTUDY_APPLICATION"
	listenFD            = 3
	controlFD           = 4
)

// system is the starter of processes that exist.
type system struct{}

func (system) server(s *Supervisor, id Identity) (process, conduit, io.Reader, error) {
	ch, theirs, err := socketPair()
	if err != nil {
		return nil, nil, nil, err
	}
	if s.Serve != nil {
		inside := make(inProcess)
		go func() { s.Serve(theirs); close(inside) }()
		return inside, ch, nil, nil
	}
	defer theirs.Close()
	cmd := s.Server()
	cmd.ExtraFiles = []*os.File{theirs}
	output, err := start(cmd, id, &syscall.SysProcAttr{})
	if err != nil {
		ch.close()
		return nil, nil, nil, err
	}
	return (*child)(cmd), ch, output, nil
}

func (system) worker(g *Group, env []string, listen *os.File) (process, net.Conn, io.Reader, error) {
	ours, theirs, err := unixPair()
	if err != nil {
		return nil, nil, nil, err
	}
	defer theirs.Close()
	cmd := exec.Command(g.Argv[0], g.Argv[1:]...)
	cmd.Env = append(slices.Concat(g.Env, env),
		ListenVariable+"="+strconv.Itoa(listenFD), ControlVariable+"="+strconv.Itoa(controlFD))
	cmd.Dir = g.Dir
	cmd.ExtraFiles = []*os.File{listen, theirs}
	output, err := start(cmd, g.Identity, &syscall.SysProcAttr{Chroot: g.Chroot})
	if err != nil {
		ours.Close()
		return nil, nil, nil, err
	}
	if g.Nice != 0 {
		unix.Setpriority(unix.PRIO_PROCESS, cmd.Process.Pid, g.Nice)
	}
	return (*child)(cmd), ours, output, nil
}

// start starts cmd as id, in a process group of its own so that Ctrl-C on a
// terminal reaches the supervisor alone. What it writes can be read.
func start(cmd *exec.Cmd, id Identity, attr *syscall.SysProcAttr) (io.Reader, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	cmd.Stdout, cmd.Stderr = w, w
	attr.Setpgid = true
	if id.Change {
		attr.Credential = &syscall.Credential{Uid: id.UID, Gid: id.GID, Groups: id.Groups}
	}
	cmd.SysProcAttr = attr
	if err := cmd.Start(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// A child is a process that exists.
type child exec.Cmd

func (c *child) pid() int { return c.Process.Pid }

func (c *child) wait() outcome {
	(*exec.Cmd)(c).Wait()
	status, ok := c.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return outcome{signal: status.Signal()}
	}
	return outcome{code: c.ProcessState.ExitCode()}
}

func (c *child) signal(s syscall.Signal) { c.Process.Signal(s) }

// inProcess is a server in the supervisor's process; closed when it has ended.
type inProcess chan struct{}

func (p inProcess) pid() int              { return 0 }
func (p inProcess) wait() outcome         { <-p; return outcome{} }
func (p inProcess) signal(syscall.Signal) {}

// maxLine bounds a line that a process writes; a longer one is several.
const maxLine = 8 << 10

// readLines reads what a process writes, line by line, to its end.
func readLines(r io.Reader, line func(string)) {
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	in := bufio.NewReaderSize(r, maxLine)
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
