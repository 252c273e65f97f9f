//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"understudy/apacheconf"
	"understudy/compat"
	"understudy/daemon"
	"understudy/vhost"
)

// start does what -k says; snap is the configuration, which was accepted.
func start(o *options, snap *vhost.Snapshot) int {
	pidFile := snap.Build.Core.PidFile
	text, begin, err := daemon.Signal(o.signal, pidFile)
	fmt.Print(text)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if !begin {
		return 0
	}
	if o.single || o.defined("FOREGROUND") || o.defined("NO_DETACH") || o.defined("ONE_PROCESS") || o.defined("DEBUG") {
		return supervise(o, snap, nil)
	}
	return detach(o)
}

// readyVariable tells a detached supervisor where to say that it has started.
const readyVariable = "UNDERSTUDY_READY_FD"

// detach starts the supervisor as a process of its own session, and waits
// until the ports are bound, so that what goes wrong is seen here.
func detach(o *options) int {
	r, w, err := os.Pipe()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer r.Close()
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	cmd := exec.Command(self)
	cmd.Args = o.argv
	cmd.Env = append(os.Environ(), roleVariable+"=supervisor", readyVariable+"=3")
	cmd.ExtraFiles = []*os.File{w}
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	w.Close()
	var ready [1]byte
	if n, _ := r.Read(ready[:]); n == 1 {
		return 0
	}
	cmd.Wait()
	return 1
}

// supervisorRole is a detached supervisor: its parent has told the warnings.
func supervisorRole(argv []string) int {
	ready := os.NewFile(3, "ready")
	os.Unsetenv(readyVariable)
	syscall.CloseOnExec(3)
	o, ok := parseOptions(argv, os.Stderr)
	if !ok {
		return 1
	}
	o.defaults()
	snap, err := load(o)
	if err != nil {
		tell(os.Stderr, o, snap, err)
		return 1
	}
	return supervise(o, snap, func() {
		ready.Write([]byte{1})
		ready.Close()
		if null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0); err == nil {
			unix.Dup2(int(null.Fd()), 2)
			null.Close()
		}
	})
}

// supervise runs the supervisor in this process.
func supervise(o *options, snap *vhost.Snapshot, bound func()) int {
	logger := &errorLog{said: map[string]bool{}}
	l := &loads{o: o, log: logger}
	plan, err := l.take(snap)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	warnOfTrial(snap, plan)
	l.warnings = snap.Build.Warnings
	s := &daemon.Supervisor{
		Log:    logger,
		Bound:  bound,
		Server: serverCommand,
		Load:   l.load,
		InForce: func(*daemon.Plan) {
			logger.ours(l.warnings)
			logger.Log("notice", "mpm_event", "AH00489: "+serverVersion+" configured -- resuming normal operations")
			logger.Log("notice", "core", "AH00094: Command line: '"+commandLine(o)+"'")
			if len(l.config.Patches) == 0 {
				go debug.FreeOSMemory() // What was built is not needed here any more.
			}
		},
	}
	if o.single {
		s.Serve = func(control *os.File) { serve(control, nil) }
	}
	code, err := s.Run(context.Background(), plan)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return code
}

// commandLine is how the server was called, as Apache logs it: without -k.
func commandLine(o *options) string {
	var words []string
	for i := 0; i < len(o.argv); i++ {
		w := o.argv[i]
		switch {
		case w == "-k":
			i++
		case strings.HasPrefix(w, "-D") && len(w) > 2:
			words = append(words, "-D", w[2:])
		default:
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}

func serverCommand() *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	cmd := exec.Command(self)
	cmd.Args = os.Args
	cmd.Env = append(os.Environ(), roleVariable+"=server")
	cmd.Stderr = os.Stderr
	return cmd
}

// errorLog writes the supervisor's lines to the main error log, or to standard
// error before it is open.
type errorLog struct {
	file   atomic.Pointer[os.File]
	syslog atomic.Bool     // it is a program that passes lines on
	said   map[string]bool // of ours
}

func (l *errorLog) Use(f *os.File, syslog bool) {
	l.file.Store(f)
	l.syslog.Store(syslog)
}

func (l *errorLog) out() *os.File {
	if f := l.file.Load(); f != nil {
		return f
	}
	return os.Stderr
}

// Log writes a line, each line of a text on its own.
func (l *errorLog) Log(level, module, text string) {
	v, _ := compat.ParseLevel(level)
	for i, part := range strings.Split(text, "\n") {
		if i > 0 {
			l.out().WriteString(part + "\n") // As Apache logs errors of its configuration.
			continue
		}
		line := vhost.LogLine{Module: module, Level: v, Text: part}
		if l.syslog.Load() {
			l.out().Write(line.AppendSyslog(nil))
		} else {
			l.out().Write(line.Append(nil))
		}
	}
}

// Stray writes what a worker has written to its standard error.
func (l *errorLog) Stray(_ *daemon.Group, f *os.File, pid int, text string) {
	if f == nil {
		f = l.out()
	}
	line := vhost.LogLine{Module: "wsgi", Level: compat.LevelError, Text: text, PID: pid}
	f.Write(line.Append(nil))
}

// ours writes what only we have to say of a configuration, once.
func (l *errorLog) ours(warnings []apacheconf.Diagnostic) {
	for _, w := range warnings {
		if v, ok := compat.ParseLevel(w.Level); ok && w.Ours && v <= compat.LevelWarn && !l.said[w.Message] {
			l.said[w.Message] = true
			l.Log(w.Level, w.Module, w.Message)
		}
	}
}

func (l *errorLog) warnings(warnings []apacheconf.Diagnostic) {
	for _, w := range warnings {
		if w.Ours {
			continue
		}
		if w.Module == "" {
			l.Log("warn", "core", w.Message)
			continue
		}
		if v, ok := compat.ParseLevel(w.Level); ok && v <= compat.LevelWarn {
			l.Log(w.Level, w.Module, w.Message)
		}
	}
}
