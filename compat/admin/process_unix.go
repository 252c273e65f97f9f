//go:build unix

package admin

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"strconv"
	"syscall"
)

// become puts another program in the place of this one. Where the streams are
// not the program's own, it is run as a child.
func (c *call) become(cmd *exec.Cmd) int {
	if c.own() {
		err := syscall.Exec(cmd.Path, cmd.Args, cmd.Env)
		c.complain("%s: %s: %s", c.path, cmd.Path, reason(err))
		return 126
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.stdin, c.out, c.err
	return c.code(cmd)
}

// shellStatus is how a program ended, in a number.
func shellStatus(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// runForwarding runs a command and passes signals on to it, for it may be a
// server in the foreground. A terminal sends its own to both already.
func runForwarding(cmd *exec.Cmd) error {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGINT, syscall.SIGHUP, syscall.SIGWINCH)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	attended := isTerminal(os.Stdin)
	for {
		select {
		case sig := <-signals:
			if !attended || sig == syscall.SIGTERM || sig == syscall.SIGUSR1 {
				cmd.Process.Signal(sig)
			}
		case err := <-ended:
			return err
		}
	}
}

// giveTo gives a directory to a user. Only root can; who is not runs the
// server as himself and keeps it.
func giveTo(dir, owner string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup(owner)
	if err != nil {
		return fmt.Errorf("chown: invalid user: '%s'", owner)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	return os.Chown(dir, uid, -1)
}
