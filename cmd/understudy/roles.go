package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"understudy/apacheconf"
	"understudy/compat"
)

// roleVariable names, in the environment of a process that the program starts
// of itself, what it is to do.
const roleVariable = "UNDERSTUDY_ROLE"

// roles are filled in where the system has them.
var roles = map[string]func([]string) int{}

const commandUsage = `usage: understudy check [-f FILE] [DIR]   read a configuration, and say what would not be obeyed
       understudy support                 list the modules there are, and how far they are supported
Called as apache2 or httpd it takes Apache's options; as a2ensite, a2query,
apache2ctl and the like it is Debian's tool of that name.
`

// commands are those of the name "understudy" itself.
func commands(argv []string) int {
	if len(argv) > 1 {
		switch argv[1] {
		case "check":
			return check(argv)
		case "support":
			support(os.Stdout)
			return 0
		}
	}
	fmt.Fprint(os.Stderr, commandUsage)
	return 1
}

// check reads a configuration as -t does, and says in plain words what comes
// of it. The exit code is 0 if the tree runs as it is.
func check(argv []string) int {
	o := &options{argv: argv, name: argv[0], test: true}
	for i := 2; i < len(argv); i++ {
		switch {
		case argv[i] == "-f" && i+1 < len(argv):
			i++
			o.file = argv[i]
		case o.root == "":
			o.root = argv[i]
		default:
			fmt.Fprint(os.Stderr, commandUsage)
			return 1
		}
	}
	o.defaults()
	if o.file == defaultFile {
		if _, err := os.Stat(filepath.Join(o.root, o.file)); err != nil {
			o.file = httpdFile
		}
	}
	snap, err := load(o)
	for i := range snap.Build.Warnings {
		d := &snap.Build.Warnings[i]
		fmt.Println("warning:", d.Message)
		if d.Pos.File != "" {
			d.Explain(os.Stdout)
		}
	}
	if err != nil {
		fmt.Println("error:", err)
		var d *apacheconf.Diagnostic
		if errors.As(err, &d) {
			d.Explain(os.Stdout)
		}
		fmt.Println("This tree does not start as it is.")
		return 1
	}
	if slices.ContainsFunc(snap.Build.Warnings, func(d apacheconf.Diagnostic) bool { return d.Ours }) {
		fmt.Println("This tree starts; what the warnings name is not obeyed yet.")
		return 1
	}
	fmt.Println("This tree will run unchanged.")
	return 0
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
