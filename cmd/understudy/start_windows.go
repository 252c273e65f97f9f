package main

import (
	"fmt"
	"os"

	"understudy/vhost"
)

// try looks at nothing more than was read.
func try(*vhost.Snapshot, bool) error { return nil }

// start says that the processes the server consists of need Unix. Everything
// that reads a configuration works here.
func start(*options, *vhost.Snapshot) int {
	fmt.Fprintln(os.Stderr, "understudy: serving needs a Unix system (descriptors are handed from process to process); "+
		"here the configuration can be checked (-t, -S, -M)")
	return 1
}
