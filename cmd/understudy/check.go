package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"understudy/apacheconf"
	"understudy/compat/check"
	"understudy/vhost"
)

// A treeCommand is the command line of check and modules: which configuration to
// read, and how to tell of it.
type treeCommand struct {
	options
	verbose, json bool
	sourced       string // the file that variables were taken from; empty: none
}

// parseTree reads the words after the command. It tells the usage where they are
// wrong.
func parseTree(argv []string) (*treeCommand, bool) {
	c := &treeCommand{options: options{argv: argv, name: argv[0], test: true}}
	for i := 2; i < len(argv); i++ {
		switch {
		case argv[i] == "-v" && argv[1] == "check":
			c.verbose = true
		case argv[i] == "--json" && argv[1] == "check":
			c.json = true
		case argv[i] == "-f" && i+1 < len(argv):
			i++
			c.file = argv[i]
		case c.root == "" && argv[i] != "" && argv[i][0] != '-':
			c.root = argv[i]
		default:
			fmt.Fprint(os.Stderr, commandUsage)
			return nil, false
		}
	}
	c.defaults()
	c.sourced = takeVariables(c.root)
	if c.file == defaultFile {
		if _, err := os.Stat(filepath.Join(c.root, c.file)); err != nil {
			c.file = httpdFile
		}
	}
	return c, true
}

// checkCommand says what of a configuration is obeyed. The exit code is 0 if the
// tree runs as it is.
func checkCommand(argv []string, w io.Writer) int {
	c, ok := parseTree(argv)
	if !ok {
		return 1
	}
	var seen check.Recorder
	snap := loadThoroughly(&c.options, &seen)
	report := check.New(&seen, snap.Build)
	if c.json {
		if err := report.WriteJSON(w); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	} else {
		if c.sourced != "" {
			fmt.Fprintf(w, "variables as apache2ctl takes them from %s\n", c.sourced)
		}
		report.WriteText(w, c.verbose)
	}
	if !report.Unchanged {
		return 1
	}
	return 0
}

// loadThoroughly reads and builds a configuration, goes on after errors, and
// tells seen of each line. What is wrong is in the Build's Errors.
func loadThoroughly(o *options, seen *check.Recorder) *vhost.Snapshot {
	how := readOptions(o)
	how.Thorough = true
	tree, _ := apacheconf.Load(how)
	build := buildOptions(o, tree)
	build.Thorough, build.Seen = true, seen.Seen
	snap, _ := vhost.Build(build)
	if len(snap.Build.Errors) == 0 {
		var d *apacheconf.Diagnostic
		if errors.As(try(snap, false), &d) {
			snap.Build.Errors = append(snap.Build.Errors, d)
		}
	}
	hintVariables(o.root, snap.Build.Warnings)
	return snap
}

// variablesTime is how long the shell file with variables may run.
const variablesTime = 10 * time.Second

// takeVariables puts into the environment what a Debian tree's envvars says, unless
// it has been done already, and returns its path. As for apache2ctl, it is a shell
// file. Where it fails the variables are missed, and that is said.
func takeVariables(root string) string {
	file := filepath.Join(root, "envvars")
	if _, err := os.Stat(file); err != nil || os.Getenv("APACHE_RUN_USER") != "" || os.Getenv("APACHE_RUN_DIR") != "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), variablesTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", `. "$1" >&2 && env -0`, "sh", file)
	cmd.Env = append(os.Environ(), "APACHE_CONFDIR="+root)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	for variable := range strings.SplitSeq(string(out), "\x00") {
		if name, value, ok := strings.Cut(variable, "="); ok && name != "_" {
			os.Setenv(name, value)
		}
	}
	return file
}

// hintVariables says what a Debian tree takes its variables from.
func hintVariables(root string, warnings []apacheconf.Diagnostic) {
	file := filepath.Join(root, "envvars")
	if _, err := os.Stat(file); err != nil {
		return
	}
	for i := range warnings {
		if strings.HasPrefix(warnings[i].Message, "AH00111") {
			warnings[i].Hint = "apache2ctl takes variables from " + file + ", which does not say this one"
		}
	}
}

// modulesCommand lists the modules that a configuration loads, as -M does, but of
// a broken one too: what was loaded before the error, and after it.
func modulesCommand(argv []string, w io.Writer) int {
	c, ok := parseTree(argv)
	if !ok {
		return 1
	}
	snap := loadThoroughly(&c.options, &check.Recorder{})
	vhost.DumpModules(w, snap)
	for _, d := range snap.Build.Errors {
		fmt.Fprintln(w, "error:", d)
		d.Explain(w)
	}
	if len(snap.Build.Errors) > 0 {
		return 1
	}
	return 0
}

// explain tells a person at a terminal more of err, which was told as Apache does
// it, and then what else is wrong.
func explain(w io.Writer, o *options, err error) {
	var first *apacheconf.Diagnostic
	if !errors.As(err, &first) {
		return
	}
	first.Explain(w)
	for _, d := range loadThoroughly(o, &check.Recorder{}).Build.Errors {
		if d.Pos.File == first.Pos.File && d.Pos.Line == first.Pos.Line && strings.Contains(first.Message, d.Message) {
			continue
		}
		fmt.Fprintln(w, escape(d.Error()))
		d.Explain(w)
	}
}
