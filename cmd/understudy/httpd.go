package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
	"understudy/compat/info"
	"understudy/compat/known"
	"understudy/vhost"
)

// httpd is what apache2 and httpd do (server/main.c).
func httpd(argv []string) int {
	o, ok := parseOptions(argv, os.Stderr)
	if !ok {
		return 1
	}
	switch o.info {
	case 'v':
		printVersion(os.Stdout)
		return 0
	case 'l':
		printCompiledIn(os.Stdout)
		return 0
	}
	o.defaults()
	if o.logFile != "" {
		f, err := os.OpenFile(o.logFile, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: could not open error log file %s.\n", o.base(), o.logFile)
			return 1
		}
		os.Stderr = f
	}
	if o.info == 'V' {
		return settings(o)
	}
	snap, err := load(o)
	if err == nil && o.verifies() {
		err = try(snap, false)
	}
	tell(os.Stderr, o, snap, err)
	if err != nil {
		dump(o, snap, err)
		return 1
	}
	switch {
	case o.info == 'L':
		vhost.DumpDirectives(os.Stdout, snap)
		return 0
	case o.test || o.dumping():
		return test(o, snap)
	}
	return start(o, snap)
}

// verifies reports whether -t is to look beyond what Apache's looks at, at all that
// the start would die of: on a terminal, and with -D VERIFY. Programs that read what
// -t says otherwise get Apache's verdict, which is of the text alone: they test in
// places where ports, logs and users are other than where it will be served.
func (o *options) verifies() bool {
	return o.test && !o.dumping() && (o.defined("VERIFY") || isTerminal(os.Stderr))
}

// defaults fills in ServerRoot and the main file as compiled into Debian's
// binary; called httpd on a machine without /etc/apache2, as elsewhere.
func (o *options) defaults() {
	root, file := defaultRoot, defaultFile
	if o.base() == "httpd" {
		if _, err := os.Stat(defaultRoot); err != nil {
			root, file = httpdRoot, httpdFile
		}
	}
	if o.root == "" {
		o.root = root
	}
	if o.file == "" {
		o.file = file
	}
	if abs, err := filepath.Abs(o.root); err == nil {
		o.root = abs
	}
	o.cache = apacheconf.NewCache()
}

// load reads and builds the configuration.
func load(o *options) (*vhost.Snapshot, error) {
	tree, err := read(o)
	if err != nil {
		return unbuilt(tree), err
	}
	return vhost.Build(buildOptions(o, tree))
}

// read reads the files of the configuration, and obeys nothing but what decides
// how to read on.
func read(o *options) (*apacheconf.Tree, error) { return apacheconf.Load(readOptions(o)) }

func readOptions(o *options) apacheconf.Options {
	return apacheconf.Options{Root: o.root, File: o.file, Before: o.before, After: o.after,
		Defines: o.defines, Program: o.base(), Modules: vhost.NewCatalog(modules), Cache: o.cache}
}

// unbuilt stands for a configuration that was read only.
func unbuilt(tree *apacheconf.Tree) *vhost.Snapshot {
	return &vhost.Snapshot{Build: &compat.Build{Tree: tree, Warnings: tree.Warnings}}
}

func buildOptions(o *options, tree *apacheconf.Tree) vhost.Options {
	return vhost.Options{Tree: tree, Modules: modules, Program: o.base(), Testing: o.test, NoDocumentRoots: o.noRootTest,
		Elsewhere: known.Elsewhere}
}

// tell prints what Apache would: the warnings, then the error, and on a
// terminal more than that.
func tell(w io.Writer, o *options, snap *vhost.Snapshot, err error) {
	level := compat.LevelWarn
	if l, ok := compat.ParseLevel(o.level); ok && o.level != "" {
		level = l
	}
	for i := range snap.Build.Warnings {
		d := &snap.Build.Warnings[i]
		if d.Ours && !isTerminal(w) {
			continue
		}
		if d.Module == "" {
			fmt.Fprintln(w, d.Message)
			continue
		}
		if l, ok := compat.ParseLevel(d.Level); ok && (l <= level || l >= compat.LevelTrace1) { // Who traces has looked at LogLevel.
			line := vhost.NewLogLine(d.Module, l, d.Message)
			w.Write(line.Append(nil))
		}
	}
	if err == nil {
		return
	}
	var d *apacheconf.Diagnostic
	if errors.As(err, &d) && d.Ours {
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintf(w, "%s\n", compat.AppendErrorLogItem(nil, strings.TrimSuffix(line, "\n")))
		}
	} else {
		fmt.Fprintln(w, escape(err.Error()))
	}
	if isTerminal(w) {
		explain(w, o, err)
	}
}

// escape is what Apache's log makes of an error. Its own line ends stay: between
// a place and what is wrong there, and between two messages. Errors found while
// reading are one message.
func escape(text string) string {
	if strings.Contains(text, ": Syntax error on line ") && !strings.HasPrefix(text, "AH00526:") {
		return string(compat.AppendErrorLogItem(nil, text))
	}
	head, rest, more := strings.Cut(text, "\n")
	b := compat.AppendErrorLogItem(nil, head)
	if more {
		b = append(b, '\n')
		b = compat.AppendErrorLogItem(b, rest)
	}
	return string(b)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}

// settings is -V. The configuration is read for its MPM, but what stands in it
// is not looked at.
func settings(o *options) int {
	tree, err := read(o)
	if err == nil {
		err = compat.CheckMPM(tree, o.base())
	}
	tell(os.Stderr, o, unbuilt(tree), err)
	printSettings(os.Stdout, mpm(tree))
	if err != nil {
		return 1
	}
	return 0
}

// mpm is the processing module a configuration loads, as -V names it.
func mpm(tree *apacheconf.Tree) string {
	for _, name := range []string{"event", "worker", "prefork"} {
		if tree.HasModule("mpm_" + name + "_module") {
			return name
		}
	}
	return ""
}

// test is -t, with the dumps that were asked for.
func test(o *options, snap *vhost.Snapshot) int {
	if !dump(o, snap, nil) || o.defined("DUMP_CONFIG") {
		fmt.Fprintln(os.Stderr, "Syntax OK")
	}
	return 0
}

// dumps are what -D DUMP_… prints, in Apache's order. Some it prints while it
// reads, so that they come of a broken configuration too, as far as that was
// understood.
var dumps = []struct {
	name  string
	early func(*vhost.Snapshot) bool // printed before an error that leaves it true
	dump  func(io.Writer, *vhost.Snapshot)
}{
	{"DUMP_INCLUDES", (*vhost.Snapshot).Read, vhost.DumpIncludes},
	{"DUMP_VHOSTS", (*vhost.Snapshot).HostsComplete, vhost.DumpHosts},
	{"DUMP_CONFIG", nil, func(w io.Writer, s *vhost.Snapshot) { info.Dump(w, s.Build) }},
	{"DUMP_RUN_CFG", nil, vhost.DumpSettings},
	{"DUMP_MODULES", nil, vhost.DumpModules},
}

// dump prints what was asked for, and reports whether there was something. err is
// what the configuration was refused for.
func dump(o *options, snap *vhost.Snapshot, err error) bool {
	dumped := false
	for _, d := range dumps {
		if o.defined(d.name) && (err == nil || d.early != nil && d.early(snap)) {
			d.dump(os.Stdout, snap)
			dumped = true
		}
	}
	return dumped
}
