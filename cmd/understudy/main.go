// Understudy takes over from Apache httpd: one program, whose role follows from
// the name it is called by, or from its first argument.
package main

import (
	"os"
	"path/filepath"
	"strings"

	"understudy/compat/admin"
)

func main() {
	os.Exit(run(os.Args))
}

// run picks the role. A name or argument that is none is a server's command
// line, as Apache would take it.
func run(argv []string) int {
	if role := os.Getenv(roleVariable); role != "" {
		os.Unsetenv(roleVariable)
		return roles[role](argv)
	}
	if os.Getenv(admin.SourcedVariable) != "" {
		return admin.Sourced(argv)
	}
	name := strings.TrimSuffix(filepath.Base(argv[0]), ".exe")
	switch {
	case admin.Handles(name):
		return admin.Main(argv, os.Stdin, os.Stdout, os.Stderr)
	case name == "understudy":
		return commands(argv)
	}
	return httpd(argv)
}
