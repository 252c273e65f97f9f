package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"understudy/compat"
)

// roleVariable names, in the environment of a process that the program starts
// of itself, what it is to do.
const roleVariable = "UNDERSTUDY_ROLE"

// roles are filled in where the system has them.
var roles = map[string]func([]string) int{}

const commandUsage = `usage: understudy check [-v] [--json] [-f FILE] [DIR]
                                    read a configuration, and say of each line whether it is obeyed
       understudy modules [-f FILE] [DIR]
                                    list the modules it loads, even if it is broken
       understudy support           list the modules there are, and how far they are supported
Called as apache2 or httpd it takes Apache's options; as a2ensite, a2query,
apache2ctl and the like it is Debian's tool of that name.
`

// commands are those of the name "understudy" itself.
func commands(argv []string) int {
	if len(argv) > 1 {
		switch argv[1] {
		case "check":
			return checkCommand(argv, os.Stdout)
		case "modules":
			return modulesCommand(argv, os.Stdout)
		case "support":
			support(os.Stdout)
			return 0
		}
	}
	fmt.Fprint(os.Stderr, commandUsage)
	return 1
}

// support prints the table of modules that the README has.
func support(w io.Writer) {
	fmt.Fprintln(w, "| module | directives | |")
	fmt.Fprintln(w, "| --- | ---: | --- |")
	for _, m := range modules {
		how := "yes"
		switch {
		case slices.Contains(implemented, m):
			if names := notYet(m); len(names) > 0 {
				how = fmt.Sprintf("yes, but for %d of its directives", len(names))
			}
		case m.Silent:
			how = "nothing to do"
		default:
			how = "not yet"
		}
		fmt.Fprintf(w, "| %s | %d | %s |\n", m.Name, len(m.Directives), how)
	}
}

func notYet(m *compat.Module) []string {
	var names []string
	for _, d := range m.Directives {
		if d.Effect == compat.NotYet || d.Effect == compat.Guard {
			names = append(names, d.Name)
		}
	}
	return names
}
