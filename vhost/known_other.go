//go:build !linux || !(amd64 || arm64)

package vhost

import "io/fs"

// A rawStat is nothing where what stat said is not remembered.
type rawStat struct{}

func (rawStat) of(string, fs.FileInfo, error, bool) bool { return false }

func (rawStat) path() string { return "" }

func (rawStat) still(bool) bool { return false }
