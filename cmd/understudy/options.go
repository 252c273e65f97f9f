package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// options are the command line of apache2 and httpd (server/main.c, getopt
// with "D:C:c:d:f:e:E:hk:lLtTSMvVX").
type options struct {
	argv       []string
	name       string // argv[0] as it was called
	root       string // -d
	file       string // -f
	before     []string
	after      []string
	defines    []string
	signal     string // -k
	level      string // -e
	logFile    string // -E
	test       bool   // -t
	noRootTest bool   // -T
	single     bool   // -X
	info       byte   // v, V, l, L or h, the last given

	cache *apacheconf.Cache // of the files that were read
}

// base is the name messages begin with.
func (o *options) base() string { return filepath.Base(o.name) }

// defined reports whether -D name was given.
func (o *options) defined(name string) bool { return slices.Contains(o.defines, name) }

// dumping reports whether one of the -D DUMP_… names was given.
func (o *options) dumping() bool {
	return slices.ContainsFunc(o.defines, func(d string) bool { return strings.HasPrefix(d, "DUMP_") })
}

const withValue = "DCcdfeEk"

// parseOptions reads argv as Apache does. An error has been told to w already.
func parseOptions(argv []string, w io.Writer) (*options, bool) {
	o := &options{argv: argv, name: argv[0]}
	for i := 1; i < len(argv); i++ {
		word := argv[i]
		if len(word) < 2 || word[0] != '-' {
			usage(w, o.name)
			return nil, false
		}
		for j := 1; j < len(word); j++ {
			letter := word[j]
			if !strings.ContainsRune(withValue, rune(letter)) {
				if !o.flag(letter) {
					fmt.Fprintf(w, "%s: illegal option -- %c\n", o.base(), letter)
					usage(w, o.name)
					return nil, false
				}
				continue
			}
			value := word[j+1:]
			if value == "" {
				if i++; i == len(argv) {
					fmt.Fprintf(w, "%s: option requires an argument -- %c\n", o.base(), letter)
					usage(w, o.name)
					return nil, false
				}
				value = argv[i]
			}
			if !o.value(letter, value) {
				if letter == 'k' {
					fmt.Fprintf(w, "%s: illegal option -- k\n", o.base())
				}
				usage(w, o.name)
				return nil, false
			}
			break
		}
	}
	if o.info == 'h' {
		usage(w, o.name)
		return nil, false
	}
	return o, true
}

func (o *options) flag(letter byte) bool {
	switch letter {
	case 't':
		o.test = true
	case 'T':
		o.noRootTest = true
	case 'S':
		o.test = true
		o.defines = append(o.defines, "DUMP_VHOSTS", "DUMP_RUN_CFG")
	case 'M':
		o.test = true
		o.defines = append(o.defines, "DUMP_MODULES")
	case 'X':
		o.single = true
		o.defines = append(o.defines, "DEBUG")
	case 'v', 'V', 'l', 'L', 'h':
		o.info = letter
	default:
		return false
	}
	return true
}

func (o *options) value(letter byte, value string) bool {
	switch letter {
	case 'D':
		o.defines = append(o.defines, value)
	case 'C':
		o.before = append(o.before, value)
	case 'c':
		o.after = append(o.after, value)
	case 'd':
		o.root = value
	case 'f':
		o.file = value
	case 'E':
		o.logFile = value
	case 'e':
		o.level = value
		_, ok := compat.ParseLevel(value)
		return ok
	case 'k':
		o.signal = value
		return slices.Contains([]string{"start", "restart", "graceful", "graceful-stop", "stop"}, value)
	}
	return true
}

// usage is what Apache prints, on w.
func usage(w io.Writer, name string) {
	pad := strings.Repeat(" ", len("Usage: ")+len(name))
	fmt.Fprintf(w, "Usage: %s [-D name] [-d directory] [-f file]\n", name)
	for _, l := range []string{
		`[-C "directive"] [-c "directive"]`,
		"[-k start|restart|graceful|graceful-stop|stop]",
		"[-v] [-V] [-h] [-l] [-L] [-t] [-T] [-S] [-X]",
	} {
		fmt.Fprintf(w, "%s %s\n", pad, l)
	}
	io.WriteString(w, usageOptions)
}

const usageOptions = `Options:
  -D name            : define a name for use in <IfDefine name> directives
  -d directory       : specify an alternate initial ServerRoot
  -f file            : specify an alternate ServerConfigFile
  -C "directive"     : process directive before reading config files
  -c "directive"     : process directive after reading config files
  -e level           : show startup errors of level (see LogLevel)
  -E file            : log startup errors to file
  -v                 : show version number
  -V                 : show compile settings
  -h                 : list available command line options (this page)
  -l                 : list compiled in modules
  -L                 : list available configuration directives
  -t -D DUMP_VHOSTS  : show parsed vhost settings
  -t -D DUMP_RUN_CFG : show parsed run settings
  -S                 : a synonym for -t -D DUMP_VHOSTS -D DUMP_RUN_CFG
  -t -D DUMP_MODULES : show all loaded modules 
  -M                 : a synonym for -t -D DUMP_MODULES
  -t -D DUMP_INCLUDES: show all included configuration files
  -t                 : run syntax check for config files
  -T                 : start without DocumentRoot(s) check
  -X                 : debug mode (only one worker, do not detach)
`
