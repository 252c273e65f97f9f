//go:build unix

package daemon

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A worker is one process of a pool.
type worker struct {
	process
	pool     *pool
	control  net.Conn
	started  time.Time
	heard    time.Time // the last time it said something
	ready    bool
	retiring bool // it goes on until its successor is ready
	ending   bool // it was told to end
	stopped  bool // and not gently
	asked    []func(reason string)
}

// startWorker starts a process of p.
func (s *Supervisor) startWorker(p *pool) error {
	var env []string
	if p.claimed {
		env = []string{ApplicationVariable + "=" + p.app}
	}
	proc, control, output, err := s.starter.worker(p.group, env, p.listen)
	if err != nil {
		return err
	}
	k := &worker{process: proc, pool: p, control: control, started: time.Now()}
	p.workers[k], s.workers[k] = true, true
	s.ends.forget(k.pid())
	s.read(output, func(line string) { s.stray(k, line) })
	go func() {
		said := make(chan struct{})
		go func() {
			defer close(said)
			in := bufio.NewReaderSize(control, 512)
			for {
				line, err := in.ReadSlice('\n')
				if err != nil {
					return
				}
				text := strings.TrimSpace(string(line))
				s.call(func() { s.workerSays(k, text) })
			}
		}()
		how := proc.wait()
		control.Close()
		<-said
		s.call(func() { s.workerEnded(k, how) })
	}()
	s.after(p.group.startTime(), func() {
		if s.workers[k] && !k.ready && !k.ending {
			p.problem = fmt.Sprintf("was not ready after %v", p.group.startTime())
			s.wsgi("error", k, "%s, ending it", p.problem)
			k.signal(syscall.SIGKILL)
			k.started = time.Now() // A failed start, however long it took.
		}
	})
	return nil
}

// wsgi logs something about a process as mod_wsgi does.
func (s *Supervisor) wsgi(level string, k *worker, format string, args ...any) {
	s.Log.Log(level, "wsgi", fmt.Sprintf("mod_wsgi (pid=%d): Process '%s' ", k.pid(), k.pool.group.Name)+
		fmt.Sprintf(format, args...))
}

func (s *Supervisor) stray(k *worker, line string) {
	g := k.pool.group
	if l := s.have.logs[g.Log]; l != nil {
		s.Log.Stray(g, l.file, k.pid(), line)
		return
	}
	s.Log.Stray(g, nil, k.pid(), line)
}

// workerSays obeys a line of a worker's.
func (s *Supervisor) workerSays(k *worker, line string) {
	p := k.pool
	k.heard = time.Now()
	word, reason, _ := strings.Cut(line, " ")
	switch {
	case word == "ready" && !k.ready:
		k.ready, p.problem = true, ""
		s.listenTo(k)
		s.announce(k, reason)
		s.relieve(p)
		s.advance()
	case word == "note":
		s.Log.Log("info", "wsgi", reason)
	case word == "retiring" && !k.retiring && !k.ending:
		k.retiring = true
		s.wsgi("info", k, "is replaced: %s", reason)
		s.fill(p)
		s.relieve(p)
	}
}

// announce says once of a group what runs it; about is what its first process
// says of itself.
func (s *Supervisor) announce(k *worker, about string) {
	g := k.pool.group
	if about == "" || s.announced[g.Name] == g.Key {
		return
	}
	if s.announced == nil {
		s.announced = map[string]string{}
	}
	s.announced[g.Name] = g.Key
	s.Log.Log("notice", "wsgi", fmt.Sprintf("mod_wsgi (pid=%d): WSGI daemon process '%s' runs on %s, processes: %d",
		k.pid(), g.Name, about, g.Processes))
}

// listenTo ends a process that says for too long not even that it lives: all its
// threads wait for what one of them holds.
func (s *Supervisor) listenTo(k *worker) {
	g := k.pool.group
	if g.Deadlock <= 0 || !s.workers[k] || k.ending {
		return
	}
	if left := time.Until(k.heard.Add(g.Deadlock)); left > 0 {
		s.after(left, func() { s.listenTo(k) })
		return
	}
	s.Log.Log("info", "wsgi", fmt.Sprintf("mod_wsgi (pid=%d): Daemon process deadlock timer expired, stopping process '%s'.",
		k.pid(), g.Name))
	k.tell("stop")
	s.kill(k, max(g.Shutdown, time.Second))
}

// relieve lets those processes of p end whose successors are ready. If none can
// be started, the old go on.
func (s *Supervisor) relieve(p *pool) {
	serving := p.ready()
	for k := range p.workers {
		if k.retiring && !k.ending {
			serving++
		}
	}
	for k := range p.workers {
		if k.retiring && !k.ending && (serving > p.group.Processes || p.closed) {
			serving--
			s.retire(k)
		}
	}
}

// retire lets a process finish what it is at, and ends it if that takes longer
// than its group allows.
func (s *Supervisor) retire(k *worker) {
	if k.ending {
		return
	}
	k.ending = true
	k.tell("drain")
	g := k.pool.group
	if g.Shutdown <= 0 {
		return
	}
	s.after(g.Graceful+g.Shutdown, func() {
		if s.workers[k] {
			k.tell("stop")
			s.kill(k, g.Shutdown+time.Second)
		}
	})
}

func (s *Supervisor) kill(k *worker, after time.Duration) {
	s.after(after, func() {
		if s.workers[k] {
			k.signal(syscall.SIGKILL)
		}
	})
}

// tell says something to the process. One that does not listen is not waited
// for: it is ended in due time.
func (k *worker) tell(text string) {
	k.control.SetWriteDeadline(time.Now().Add(time.Second))
	k.control.Write([]byte(text + "\n"))
}

// workerEnded notes how a process ended, and replaces it.
func (s *Supervisor) workerEnded(k *worker, how outcome) {
	p := k.pool
	delete(p.workers, k)
	delete(s.workers, k)
	reason := how.reason(k.ending || s.stopping, s.outOfMemory(how))
	s.ends.note(k.pid(), reason)
	for _, tell := range k.asked {
		tell(reason)
	}
	if s.stopping {
		s.stopped()
		return
	}
	if p.closed || k.ending {
		s.fill(p)
		return
	}
	lived := time.Since(k.started)
	if !k.ready {
		lived, p.problem = 0, reason
	}
	s.wsgi("info", k, "has died, deregister and restart it.")
	wait, again := p.starts.next(lived)
	if !again && how != (outcome{}) {
		s.wsgi("error", k, "%s.", reason)
	}
	if again && p.starts.fails == 2 {
		s.wsgi("error", k, "%s, again soon after its start: it is tried less and less often", reason)
	}
	s.fillAfter(p, wait)
	s.advance()
}

// outOfMemory tells whether the kernel has killed for want of memory since
// somebody last asked.
func (s *Supervisor) outOfMemory(how outcome) bool {
	if how.signal != syscall.SIGKILL {
		return false
	}
	was := s.oom
	s.oom = oomKills()
	return s.oom > was
}

// ends remembers how the last processes ended.
type ends struct {
	reasons map[int]string
	pids    []int // in the order they ended
}

const maxEnds = 1000

func (e *ends) note(pid int, reason string) {
	if e.reasons == nil {
		e.reasons = map[int]string{}
	}
	e.forget(pid)
	if len(e.pids) == maxEnds {
		delete(e.reasons, e.pids[0])
		e.pids = e.pids[1:]
	}
	e.reasons[pid] = reason
	e.pids = append(e.pids, pid)
}

// forget is for a number that is in use again.
func (e *ends) forget(pid int) {
	if _, ok := e.reasons[pid]; ok {
		delete(e.reasons, pid)
		e.pids = slices.DeleteFunc(e.pids, func(p int) bool { return p == pid })
	}
}
