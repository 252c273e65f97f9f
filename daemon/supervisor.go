//go:build unix

package daemon

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// A Logger takes what the supervisor has to say; it writes to the main error
// log once that is open. Levels and modules are Apache's words.
type Logger interface {
	Log(level, module, text string)
	// Use makes f the main error log, or the one before if it is nil.
	Use(f *os.File)
	// Stray takes a line that a worker wrote to its output.
	Stray(g *Group, log *os.File, pid int, line string)
}

// A Supervisor starts and watches the others. One goroutine, Run's, owns all
// its state.
type Supervisor struct {
	// Load reads the configuration and says what it needs. An error refuses
	// it, and its text is what is logged.
	Load func() (*Plan, error)
	// Server is the command of the server process; its control socket is
	// descriptor 3. Serve, if not nil, runs it in this process instead.
	Server func() *exec.Cmd
	Serve  func(control *os.File)
	Log    Logger
	// MainLog is the Key of the main error log in every Plan.
	MainLog string
	// InForce is called when a configuration is in force.
	InForce func(*Plan)
	// Bound is called once, when the first one is acquired: who waits for the
	// start to succeed can be told.
	Bound func()

	plan     *Plan
	have     *resources
	pools    map[string][]*pool // by the key of the group
	server   *serverProcess
	id       int
	pending  *handover
	again    bool // a reload was asked for while one was under way
	stopping bool

	workers  chan workerEvent
	messages chan serverMessage
	loaded   chan loadResult
	changes  chan struct{}
	ends     map[int]string // of workers, for the server to ask
	timers   chan func()
	watcher  *Watcher
}

type serverMessage struct {
	from *serverProcess
	message
	gone bool
}

type loadResult struct {
	plan   *Plan
	err    error
	reopen bool
}

// A handover is a generation on its way into force.
type handover struct {
	id    int
	plan  *Plan
	have  *resources
	pools map[string][]*pool // new ones
}

// Run acquires what plan needs, starts the server and keeps all of it going
// until a signal, or ctx, ends it. It returns the exit code.
func (s *Supervisor) Run(ctx context.Context, plan *Plan) (int, error) {
	s.have = &resources{listeners: map[string]*os.File{}, logs: map[string]*logFile{}}
	s.pools = map[string][]*pool{}
	s.ends = map[int]string{}
	s.workers, s.messages = make(chan workerEvent, 64), make(chan serverMessage, 64)
	s.loaded, s.timers = make(chan loadResult, 1), make(chan func(), 64)
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGWINCH)
	defer signal.Stop(signals)

	if err := s.begin(plan); err != nil {
		return 1, err
	}
	defer s.end()
	for {
		select {
		case sig := <-signals:
			if stop, graceful := s.signal(sig); stop {
				s.stop(graceful, signals)
				return 0, nil
			}
		case <-ctx.Done():
			s.stop(false, signals)
			return 0, nil
		case <-s.changes:
			s.reload(false)
		case r := <-s.loaded:
			s.finishLoad(r)
		case e := <-s.workers:
			s.workerEvent(e)
		case m := <-s.messages:
			s.serverMessage(m)
		case f := <-s.timers:
			f()
		}
	}
}

// begin puts the first configuration into force.
func (s *Supervisor) begin(plan *Plan) error {
	have, err := acquire(s.have, plan)
	if err != nil {
		return err
	}
	s.have, s.plan = have, plan
	s.useMainLog()
	if err := writePID(plan.PidFile, s.Log); err != nil {
		have.release(s.noResources())
		return err
	}
	if s.Bound != nil {
		s.Bound()
	}
	s.watch()
	if err := s.startServer(); err != nil {
		return err
	}
	for i := range plan.Groups {
		if err := s.startGroup(&plan.Groups[i], s.pools); err != nil {
			s.Log.Log("error", "wsgi", err.Error())
		}
	}
	return s.hand(&handover{plan: plan, have: have, pools: map[string][]*pool{}})
}

func (s *Supervisor) noResources() *resources { return &resources{} }

func (s *Supervisor) useMainLog() {
	if l := s.have.logs[s.MainLog]; l != nil {
		s.Log.Use(l.file)
	}
}

// end lets go of everything.
func (s *Supervisor) end() {
	if s.watcher != nil {
		s.watcher.Close()
	}
	for _, pools := range s.pools {
		for _, p := range pools {
			p.close()
		}
	}
	if s.plan.PidFile != "" {
		os.Remove(s.plan.PidFile)
	}
	s.have.release(s.noResources())
}

// signal obeys a signal; stop tells to end, and whether gracefully.
func (s *Supervisor) signal(sig os.Signal) (stop, graceful bool) {
	switch sig {
	case syscall.SIGHUP:
		s.Log.Log("notice", "mpm_event", "AH00494: SIGHUP received.  Attempting to restart")
		s.reload(true)
	case syscall.SIGUSR1:
		s.Log.Log("notice", "mpm_event", "AH00493: SIGUSR1 received.  Doing graceful restart")
		s.reload(true)
	case syscall.SIGWINCH:
		s.Log.Log("notice", "mpm_event", "AH00492: caught SIGWINCH, shutting down gracefully")
		return true, true
	default:
		s.Log.Log("notice", "mpm_event", "AH00491: caught SIGTERM, shutting down")
		return true, false
	}
	return false, false
}

// reload: load → acquire what is new → hand over → the server builds and swaps
// → let go of what nobody uses. Until the swap everything can fail and leaves
// no trace. Loading takes time, so it is done aside.
func (s *Supervisor) reload(reopen bool) {
	if reopen {
		s.reopen()
	}
	if s.pending != nil || s.again {
		s.again = true
		return
	}
	s.again = true // Until the load is back.
	go func() {
		plan, err := s.Load()
		s.loaded <- loadResult{plan: plan, err: err}
	}()
}

func (s *Supervisor) reopen() {
	keys, files := s.have.reopen(func(text string) { s.Log.Log("error", "core", text) })
	s.useMainLog()
	if s.server != nil {
		s.server.ch.sendFiles("log", keys, files)
		s.server.ch.send(message{Type: "reopened"})
	}
}

func (s *Supervisor) finishLoad(r loadResult) {
	s.again = false
	if r.err != nil {
		s.Log.Log("error", "core", "configuration is broken, going on with the one in force: "+r.err.Error())
		return
	}
	have, err := acquire(s.have, r.plan)
	if err != nil {
		s.Log.Log("error", "core", "going on with the configuration in force: "+err.Error())
		return
	}
	h := &handover{plan: r.plan, have: have, pools: map[string][]*pool{}}
	for i := range r.plan.Groups {
		g := &r.plan.Groups[i]
		if s.pools[g.Key] != nil {
			continue
		}
		if err := s.startGroup(g, h.pools); err != nil {
			s.Log.Log("error", "wsgi", err.Error())
			s.abandon(h)
			return
		}
	}
	s.pending = h
	s.whenReady(h, time.Now().Add(readyTime))
}

// whenReady hands a generation over as soon as the processes of its new groups
// are ready, so that no request has to wait for one.
func (s *Supervisor) whenReady(h *handover, limit time.Time) {
	if s.pending != h {
		return
	}
	for _, pools := range h.pools {
		for _, p := range pools {
			for k := range p.workers {
				if k.ready {
					continue
				}
				if p.failed || time.Now().After(limit) {
					s.Log.Log("error", "wsgi", fmt.Sprintf("the processes of WSGI daemon process '%s' do not start: "+
						"going on with the configuration in force", p.group.Name))
					s.abandon(h)
					return
				}
				s.after(20*time.Millisecond, func() { s.whenReady(h, limit) })
				return
			}
		}
	}
	if err := s.hand(h); err != nil {
		s.Log.Log("error", "core", "hand over configuration: "+err.Error())
	}
}

// abandon lets go of what was acquired for a generation that will not be.
func (s *Supervisor) abandon(h *handover) {
	s.pending = nil
	h.have.release(s.have)
	for _, pools := range h.pools {
		for _, p := range pools {
			s.drain(p)
		}
	}
	s.reloadAgain()
}

func (s *Supervisor) reloadAgain() {
	if s.again {
		s.again = false
		s.reload(false)
	}
}

// hand sends a generation to the server.
func (s *Supervisor) hand(h *handover) error {
	s.id++
	h.id = s.id
	s.pending = h
	if s.server == nil {
		return nil // It will be sent when there is one.
	}
	return s.server.send(h, s.have)
}

// inForce is called when the server has swapped.
func (s *Supervisor) inForce(h *handover) {
	old := s.have
	s.pending = nil
	s.plan, s.have = h.plan, h.have
	old.release(s.have)
	for key, pools := range h.pools {
		s.pools[key] = append(s.pools[key], pools...)
	}
	wanted := map[string]bool{}
	for i := range h.plan.Groups {
		wanted[h.plan.Groups[i].Key] = true
	}
	for key, pools := range s.pools {
		if wanted[key] {
			continue
		}
		for _, p := range pools {
			s.drain(p)
		}
		delete(s.pools, key)
	}
	s.useMainLog()
	s.watch()
	if s.InForce != nil {
		s.InForce(h.plan)
	}
	s.reloadAgain()
}

// watch follows the files of the plan in force.
func (s *Supervisor) watch() {
	if s.watcher == nil {
		w, err := NewWatcher()
		if err != nil {
			s.Log.Log("warn", "core", "files are not watched, changes need a reload: "+err.Error())
			return
		}
		s.watcher, s.changes = w, w.Changes
	}
	if err := s.watcher.Follow(s.plan.Watched); err != nil {
		s.Log.Log("warn", "core", "not all files are watched: "+err.Error())
	}
}

// after runs f in the supervisor's goroutine.
func (s *Supervisor) after(d time.Duration, f func()) {
	time.AfterFunc(d, func() { s.timers <- f })
}
