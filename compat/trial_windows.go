package compat

import (
	"context"
	"os/exec"
)

// Read, Enter and Change are not judged on this system.
func (w Who) Read(string) error { return nil }

// Enter is as Read.
func (w Who) Enter(string) error { return nil }

// Change is as Read.
func (w Who) Change(string) error { return nil }

// Command is a command as anybody runs it.
func (w Who) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, name, args...)
}
