//go:build !linux || !(amd64 || arm64)

package vhost

// notices are none where the kernel does not give them at once.
type notices struct{}

var kernel notices

func (notices) catchUp() {}

func (notices) moment() uint64 { return 0 }

func (notices) follow(string, bool, uint64) bool { return false }
