//go:build !linux

package compat

import "os"

// IsLocal reports whether path is known to lie on a file system of this machine.
func IsLocal(string) bool { return false }

func isLocalFile(*os.File) bool { return false }
