//go:build unix

package daemon

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const logMode = 0o644

// A logFile is an open log, or the writing end of a program's input.
type logFile struct {
	Log
	*descriptor
	program *logger // of a piped log
}

func openLog(l Log, said func(string)) (*logFile, error) {
	if len(l.Command) > 0 {
		return startLogger(l, said)
	}
	f, err := os.OpenFile(l.Path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, logMode)
	if err != nil {
		return nil, &AcquireError{fmt.Sprintf("%s: %s", osText(err), l.Problem)}
	}
	return &logFile{Log: l, descriptor: newDescriptor(f)}, nil
}

// close lets go of the log. A program ends at the end of its input, when the
// server has let go too.
func (l *logFile) close() {
	l.file.Close()
	if l.program != nil {
		close(l.program.stop)
	}
}

// A logger is the program of a piped log. Its goroutine starts it again when it
// ends; what was not read yet stays in the pipe meanwhile.
type logger struct {
	stop chan struct{} // closed when nothing more will be written
	done chan struct{} // closed when the program has ended after that
	pid  atomic.Int64  // of the program
}

// startLogger starts the program of a piped log.
func startLogger(l Log, said func(string)) (*logFile, error) {
	r, w, err := blockingPipe()
	if err != nil {
		return nil, fmt.Errorf("piped log: %w", err)
	}
	cmd, err := runLogger(l, r, said)
	if err != nil {
		r.Close()
		w.Close()
		return nil, &AcquireError{fmt.Sprintf("%s: %s", osText(err), l.Problem)}
	}
	p := &logger{stop: make(chan struct{}), done: make(chan struct{})}
	go p.keep(l, cmd, r, said)
	return &logFile{Log: l, descriptor: newDescriptor(w), program: p}, nil
}

// keep starts the program again when it ends, waiting longer if it does so at
// once (piped_log_maintenance, which does not wait).
func (p *logger) keep(l Log, cmd *exec.Cmd, r *os.File, said func(string)) {
	defer close(p.done)
	defer r.Close()
	var delay backoff
	for {
		began := time.Now()
		if cmd != nil {
			p.pid.Store(int64(cmd.Process.Pid))
			cmd.Wait()
		}
		select {
		case <-p.stop:
			return
		default:
		}
		wait, again := delay.next(time.Since(began))
		if !again {
			said(fmt.Sprintf("AH00106: piped log program '%s' failed unexpectedly", strings.Join(l.Command, " ")))
		}
		select {
		case <-p.stop:
			return
		case <-time.After(wait):
		}
		cmd, _ = runLogger(l, r, said)
	}
}

func runLogger(l Log, in *os.File, said func(string)) (*exec.Cmd, error) {
	argv := l.Command
	if l.Shell {
		argv = append([]string{"/bin/sh", "-c"}, l.Command...)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	// What it says besides is the server's to show, as in Apache: a tee would write
	// its log into the error log too.
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, os.Stdout, w
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Not for the terminal's Ctrl-C.
	if err := cmd.Start(); err != nil {
		r.Close()
		return nil, err
	}
	go readLines(r, said)
	return cmd, nil
}

// end waits for the program, and ends it if it does not end by itself.
func (p *logger) end(limit context.Context) {
	select {
	case <-p.done:
	case <-limit.Done():
		if pid := int(p.pid.Load()); pid > 0 {
			unix.Kill(-pid, unix.SIGTERM)
		}
	}
}

// blockingPipe is a pipe as programs expect it; os.Pipe's ends are not.
func blockingPipe() (r, w *os.File, err error) {
	var fds [2]int
	syscall.ForkLock.RLock()
	if err = unix.Pipe(fds[:]); err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, err
	}
	return os.NewFile(uintptr(fds[0]), "pipe"), os.NewFile(uintptr(fds[1]), "pipe"), nil
}

// reopen opens the logs again: files under their names, programs anew, as
// Apache does on every restart. One that cannot be opened goes on as it is, and
// problem is told. What it returns closes those of before.
func (r *resources) reopen(problem, said func(string), replaced func(l *logFile, was *descriptor)) (release func()) {
	var old []logFile
	for _, l := range r.logs {
		fresh, err := openLog(l.Log, said)
		if err != nil {
			problem(err.Error() + "; the old log is written on")
			continue
		}
		was := *l
		l.descriptor, l.program = fresh.descriptor, fresh.program
		replaced(l, was.descriptor)
		old = append(old, was)
	}
	return func() {
		for i := range old {
			old[i].close()
		}
	}
}
