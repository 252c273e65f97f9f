//go:build !linux

package compat

import "io/fs"

// stateOf leaves it at the name.
func stateOf(s FileState, _ fs.FileInfo) FileState { return s }
