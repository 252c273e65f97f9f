package admin

import "os/exec"

// directories has nothing to make on Windows.
func (c *call) directories() bool { return true }

func forwardSignals(cmd *exec.Cmd) error { return cmd.Run() }
