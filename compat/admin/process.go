package admin

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
)

// code runs a program and returns its exit code, as a shell would have it.
func (c *call) code(cmd *exec.Cmd) int {
	err := runForwarding(cmd)
	var status *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return shellStatus(status.ProcessState)
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		c.complain("%s: %s: not found", c.path, cmd.Args[0])
		return 127
	}
	c.complain("%s: %s: %s", c.path, cmd.Args[0], reason(err))
	return 126
}

// own reports whether the streams of the call are the program's own.
func (c *call) own() bool {
	return c.stdin == os.Stdin && c.out == os.Stdout && c.err == os.Stderr
}

// failedPath is the path an error is about.
func failedPath(err error, path string) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Path
	}
	return path
}
