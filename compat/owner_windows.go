package compat

import "io/fs"

// Owner is not known on Windows.
func Owner(fs.FileInfo, bool) string { return "" }

// inode is not known on Windows.
func inode(fs.FileInfo) uint64 { return 0 }
