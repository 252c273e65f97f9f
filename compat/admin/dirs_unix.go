//go:build unix

package admin

import (
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// directories makes the run directories the server needs. Only root can give
// them to the server's user; who is not root needs them for himself.
func (c *call) directories() bool {
	run := c.runDir()
	owner := c.orDefault("APACHE_RUN_USER", "www-data")
	if !c.directory(run, "") {
		return false
	}
	return c.directory(filepath.Join(run, "socks"), owner) && c.directory(c.orDefault("APACHE_LOCK_DIR", "/var/lock/apache2"), owner)
}

// directory makes a directory where none is.
func (c *call) directory(path, owner string) bool {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return true
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		if real, lookErr := filepath.EvalSymlinks(filepath.Dir(path)); lookErr == nil {
			err = os.Mkdir(filepath.Join(real, filepath.Base(path)), 0o755)
		}
		if err != nil {
			c.complain("%v", err)
			return false
		}
	}
	os.Chmod(path, 0o755)
	if u, err := user.Lookup(owner); err == nil && os.Getuid() == 0 && owner != "" {
		uid, _ := strconv.Atoi(u.Uid)
		os.Chown(path, uid, 0)
	}
	return true
}

// forwardSignals runs a command, and passes on the signals that are meant for
// it: it may be a server in the foreground.
func forwardSignals(cmd *exec.Cmd) error {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGWINCH)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case sig := <-signals:
			cmd.Process.Signal(sig)
		case err := <-ended:
			return err
		}
	}
}
