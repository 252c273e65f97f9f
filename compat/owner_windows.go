package compat

import "io/fs"

// lookupOwner is not known on Windows.
func lookupOwner(fs.FileInfo, bool) string { return "" }

// inode is not known on Windows.
func inode(fs.FileInfo) uint64 { return 0 }
