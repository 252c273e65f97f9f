//go:build !linux

// Command bench measures on Linux only: its figures come from /proc.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: the figures come from /proc, which only Linux has")
	os.Exit(1)
}
