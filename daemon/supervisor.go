//go:build unix

package daemon

import (
	"context"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"
)

// A Logger takes what the supervisor has to say; it writes to the main error
// log once that is open. Levels and modules are Apache's words. The supervisor
// calls it from one goroutine; Load runs in another.
type Logger interface {
	Log(level, module, text string)
	// Use makes f the main error log; nil: standard error.
	Use(f *os.File, syslog bool)
	// Stray takes a line that a worker wrote to its output.
	Stray(g *Group, log *os.File, pid int, line string)
}

// A Supervisor starts and watches the others. One goroutine, Run's, owns all
// its state.
type Supervisor struct {
	// Load reads the configuration and says what it needs. An error refuses
	// it, and its text is what is logged. A plan beside an error counts for
	// its Watched alone: what was read until then. Since the last Load only
	// what is called changed can be different; nil: anything.
	Load func(changed []string) (*Plan, error)
	// Server is the command of the server process; its control socket is
	// descriptor 3. Serve, if not nil, runs it in this process instead.
	Server func() *exec.Cmd
	Serve  func(control *os.File)
	Log    Logger
	// InForce is called when a configuration is in force.
	InForce func(*Plan)
	// Bound is called once, when the first one is acquired: who waits for the
	// start to succeed can be told.
	Bound func()
	// Renew makes HUP replace the workers of unchanged groups too, each when
	// its successor is ready.
	Renew bool

	starter starter
	calls   chan func()   // from other goroutines, to be run in this
	done    chan struct{} // closed at the end
	readers sync.WaitGroup

	// What is in force, or at first on its way there.
	plan  *Plan
	have  *resources
	pools map[string][]*pool // by the key of the group

	workers   map[*worker]bool        // all that live
	announced map[string]string       // the groups of which was said what runs them: name to key
	servers   map[*serverProcess]bool // all that live; one but for a change of User
	server    *serverProcess          // that has, or will be sent, what is in force
	outputs   map[*os.File]bool       // of both
	ends      ends                    // of workers
	oom       int                     // kills known of

	running bool // the first configuration is in force
	id      int  // of the last generation
	sockets int  // made so far, for their names
	loading bool
	again   bool // a reload was asked for while one was under way
	renew   bool // and it is to replace workers
	pending *handover

	stopping bool
	graceful bool
	over     bool
	code     int

	watcher *Watcher
	changes <-chan []string
	crashes backoff // of the server
}

// Run acquires what plan needs, starts the server and keeps all of it going
// until a signal, or ctx, ends it. It returns the exit code. An error is for
// standard error: the start did not succeed.
func (s *Supervisor) Run(ctx context.Context, plan *Plan) (int, error) {
	signals := make(chan os.Signal, 16)
	// SIGPIPE is caught to be nothing: not even the end, if standard error is
	// a pipe that nobody reads any more.
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGWINCH,
		syscall.SIGPIPE)
	defer signal.Stop(signals)
	inheritNothing()
	return s.run(ctx, plan, signals)
}

func (s *Supervisor) run(ctx context.Context, plan *Plan, signals <-chan os.Signal) (int, error) {
	s.have, s.pools = newResources(), map[string][]*pool{}
	s.workers, s.servers, s.outputs = map[*worker]bool{}, map[*serverProcess]bool{}, map[*os.File]bool{}
	s.calls, s.done = make(chan func()), make(chan struct{})
	if s.starter == nil {
		s.starter = system{}
	}
	s.oom = oomKills()
	if err := s.begin(plan); err != nil {
		return 1, err
	}
	defer s.end()
	for !s.over {
		select {
		case sig := <-signals:
			s.signal(sig)
		case <-ctx.Done():
			ctx = context.Background()
			s.stop(false)
		case changed := <-s.changes:
			s.reload(false, changed)
		case f := <-s.calls:
			f()
		}
	}
	return s.code, nil
}

// begin puts the first configuration on its way into force.
func (s *Supervisor) begin(plan *Plan) error {
	since := time.Now()
	have, err := acquire(s.have, plan, s.said)
	if err != nil {
		close(s.done)
		return err
	}
	s.have, s.plan = have, plan
	s.useMainLog()
	writePID(plan.PidFile, s.Log)
	if s.server, err = s.startServer(plan.Identity); err != nil {
		s.end()
		return err
	}
	if s.Bound != nil {
		s.Bound()
	}
	h := &handover{plan: plan, have: have, pools: map[string][]*pool{}, since: since}
	for i := range plan.Groups {
		if err := s.startGroup(&plan.Groups[i], h); err != nil {
			s.Log.Log("error", "wsgi", err.Error())
		}
	}
	s.pending = h
	s.handOver(h)
	return nil
}

// call runs f in the supervisor's goroutine.
func (s *Supervisor) call(f func()) {
	select {
	case s.calls <- f:
	case <-s.done:
	}
}

// after runs f in the supervisor's goroutine, later.
func (s *Supervisor) after(d time.Duration, f func()) {
	time.AfterFunc(d, func() { s.call(f) })
}

// said logs a line from another goroutine.
func (s *Supervisor) said(line string) {
	s.call(func() { s.Log.Log("error", "core", line) })
}

// read passes on the lines that a process writes.
func (s *Supervisor) read(output io.Reader, line func(string)) {
	if output == nil {
		return
	}
	f, _ := output.(*os.File)
	if f != nil {
		s.outputs[f] = true
	}
	s.readers.Go(func() {
		readLines(output, func(text string) { s.call(func() { line(text) }) })
		s.call(func() { delete(s.outputs, f) })
	})
}

// signal obeys a signal.
func (s *Supervisor) signal(sig os.Signal) {
	switch sig {
	case syscall.SIGHUP:
		s.Log.Log("notice", "mpm_event", "AH00494: SIGHUP received.  Attempting to restart")
		s.renew = s.renew || s.Renew
		s.reload(true, nil)
	case syscall.SIGUSR1:
		s.Log.Log("notice", "mpm_event", "AH00493: SIGUSR1 received.  Doing graceful restart")
		s.reload(true, nil)
	case syscall.SIGWINCH:
		if !s.stopping {
			s.Log.Log("notice", "mpm_event", "AH00492: caught SIGWINCH, shutting down gracefully")
		}
		s.stop(true)
	case syscall.SIGTERM, syscall.SIGINT:
		s.Log.Log("notice", "mpm_event", "AH00491: caught SIGTERM, shutting down")
		s.stop(false)
	}
}

func (s *Supervisor) useMainLog() {
	var f *os.File
	if l := s.have.logs[s.plan.MainLog]; l != nil {
		f = l.file
	}
	s.Log.Use(f, slices.ContainsFunc(s.plan.Logs, func(l Log) bool { return l.Key == s.plan.MainLog && l.Syslog }))
}
