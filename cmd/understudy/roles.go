package main

import (
	"fmt"
	"os"
)

// roleVariable names, in the environment of a process that the program starts
// of itself, what it is to do.
const roleVariable = "UNDERSTUDY_ROLE"

// roles are filled in where the system has them.
var roles = map[string]func([]string) int{}

// commands are those of the name "understudy" itself.
func commands(argv []string) int {
	fmt.Fprintln(os.Stderr, "usage: understudy check|explain|…; called as apache2, it takes Apache's options")
	return 1
}
