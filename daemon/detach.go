//go:build unix

package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// readyVariable tells a detached process where to say that it has started.
const readyVariable = "UNDERSTUDY_READY_FD"

// Detach starts cmd in a session of its own and waits until it says that it has
// started (Detached), or ends. It returns the exit code for this process. What
// cmd writes to standard error until then is seen where this one was called.
func Detach(cmd *exec.Cmd) int {
	r, w, err := os.Pipe()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer r.Close()
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, readyVariable+"="+strconv.Itoa(3+len(cmd.ExtraFiles)))
	cmd.ExtraFiles = append(cmd.ExtraFiles, w)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	w.Close()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if n, _ := r.Read(make([]byte, 1)); n == 1 {
		return 0
	}
	cmd.Wait()
	return max(cmd.ProcessState.ExitCode(), 1)
}

// Detached is for the process that Detach has started, before it starts
// others. It returns what is to be called when the start has succeeded, as
// Supervisor.Bound: it lets the caller of Detach go, and the terminal. In
// another process it returns nil.
func Detached() (started func()) {
	fd, err := strconv.Atoi(os.Getenv(readyVariable))
	os.Unsetenv(readyVariable)
	if err != nil {
		return nil
	}
	syscall.CloseOnExec(fd)
	ready := os.NewFile(uintptr(fd), "ready")
	return func() {
		if null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0); err == nil {
			for standard := range 3 {
				unix.Dup2(int(null.Fd()), standard)
			}
			null.Close()
		}
		ready.Write([]byte{1})
		ready.Close()
	}
}
