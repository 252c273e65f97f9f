//go:build unix

package daemon

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

// A serverProcess is the process that answers requests.
type serverProcess struct {
	process
	conduit
	started time.Time
	told    map[int]bool // handles of the descriptors it has
	serving bool         // it has put a generation into force
	sent    map[int]int  // serials of the plans it was sent, by generation
	serial  int          // of the plan in force there
}

// startServer starts a server process and reads what it says.
func (s *Supervisor) startServer(id Identity) (*serverProcess, error) {
	proc, c, output, err := s.starter.server(s, id)
	if err != nil {
		return nil, fmt.Errorf("start the server process: %w", err)
	}
	p := &serverProcess{process: proc, conduit: c, started: time.Now(), told: map[int]bool{}, sent: map[int]int{}}
	s.servers[p] = true
	s.read(output, func(line string) {
		s.Log.Log("error", "core", fmt.Sprintf("server process (pid %d): %s", p.pid(), line))
	})
	go func() {
		heard := make(chan struct{})
		go func() {
			defer close(heard)
			for {
				m, err := p.receive()
				if err != nil {
					return
				}
				s.call(func() { s.serverSays(p, m) })
			}
		}()
		how := proc.wait()
		p.close()
		<-heard
		s.call(func() { s.serverEnded(p, how) })
	}()
	return p, nil
}

// send sends a generation, with the descriptors the process has not yet.
func (p *serverProcess) send(id int, plan *Plan, have *resources) error {
	var handles []int
	var files []*os.File
	for handle, f := range have.all() {
		if !p.told[handle] {
			handles, files = append(handles, handle), append(files, f)
		}
	}
	if err := p.batches(message{Type: "files"}, handles, nil, files); err != nil {
		return err
	}
	whole := plan.Whole
	if plan.Serial != 0 && plan.Serial == p.serial {
		whole = nil
	}
	p.sent[id] = plan.Serial
	config, err := pack(have.manifest(), plan.Config, whole)
	if err != nil {
		return err
	}
	defer config.Close()
	return p.conduit.send(message{Type: "generation", ID: id, files: []*os.File{config}})
}

// batches sends descriptors, so many at a time as a message can carry.
func (p *serverProcess) batches(m message, handles, replaces []int, files []*os.File) error {
	for len(handles) > 0 {
		n := min(len(handles), maxBatch)
		m.Handles, m.files = handles[:n], files[:n]
		if replaces != nil {
			m.Replaces, replaces = replaces[:n], replaces[n:]
		}
		if err := p.conduit.send(m); err != nil {
			return err
		}
		for _, h := range m.Handles {
			p.told[h] = true
		}
		handles, files = handles[n:], files[n:]
	}
	return nil
}

// reopen tells which logs go elsewhere now.
func (p *serverProcess) reopen(handles, replaces []int, files []*os.File) {
	if p.batches(message{Type: "reopened"}, handles, replaces, files) != nil {
		p.signal(syscall.SIGKILL)
	}
	for _, h := range replaces {
		delete(p.told, h)
	}
}

// tell sends a message; who does not read is ended.
func (p *serverProcess) tell(m message) {
	if p.conduit.send(m) != nil {
		p.signal(syscall.SIGKILL)
	}
}

// keep notes that the process has let go of what have has not.
func (p *serverProcess) keep(have *resources) {
	all := have.all()
	for h := range p.told {
		if all[h] == nil {
			delete(p.told, h)
		}
	}
}

// serverSays obeys what a server process says.
func (s *Supervisor) serverSays(p *serverProcess, m message) {
	switch m.Type {
	case "ready":
		p.serving, p.serial = true, p.sent[m.ID]
		clear(p.sent)
		if h := s.pending; h != nil && h.server == p && h.id == m.ID {
			p.keep(h.have)
			s.inForce(h)
		}
	case "refused":
		s.serverRefuses(p, m)
	case "pool":
		answer := message{Type: "answer", ID: m.ID}
		pool, err := s.poolFor(m.Group, m.App)
		if err != nil {
			answer.Text = err.Error()
		} else {
			answer.Socket, answer.Processes = pool.socket, pool.group.Processes
		}
		p.tell(answer)
	case "exited":
		s.howEnded(m.PID, func(reason string, ok bool) {
			if s.servers[p] {
				p.tell(message{Type: "answer", ID: m.ID, Text: reason, OK: ok})
			}
		})
	}
}

func (s *Supervisor) serverRefuses(p *serverProcess, m message) {
	if h := s.pending; h != nil && h.server == p && h.id == m.ID {
		p.keep(s.have)
		s.abandon(h, m.Text)
		return
	}
	// The one in force, in a new process: it may do better in the next.
	s.Log.Log("alert", "core", fmt.Sprintf("server process (pid %d): %s", p.pid(), m.Text))
	p.signal(syscall.SIGKILL)
}

// serverEnded starts another in the place of a server that died. The listeners
// are here, so nobody is refused meanwhile.
func (s *Supervisor) serverEnded(p *serverProcess, how outcome) {
	delete(s.servers, p)
	if s.stopping {
		s.stopped()
		return
	}
	h := s.pending
	if p != s.server && (h == nil || h.server != p) {
		return // It was replaced.
	}
	if how.signal != 0 {
		s.Log.Log("notice", "core", fmt.Sprintf("AH00052: child pid %d exit signal %s (%d)",
			p.pid(), signalName(how.signal), int(how.signal)))
	} else {
		s.Log.Log("notice", "core", fmt.Sprintf("server process (pid %d) %s", p.pid(), how.reason(false, false)))
	}
	present := p == s.server
	if present {
		s.server = nil
	}
	if h != nil && h.server == p {
		if h.server = nil; s.running {
			s.abandon(h, "the server process ended over the new configuration")
		}
	}
	if !present {
		return
	}
	lived := time.Since(p.started)
	if !p.serving {
		lived = 0
	}
	s.replaceServer(s.crashes.next(lived))
}

// replaceServer starts a server with what is in force, after wait.
func (s *Supervisor) replaceServer(wait time.Duration, again bool) {
	if wait > 0 {
		if again && s.crashes.fails == 2 {
			s.Log.Log("alert", "core", "server processes end soon after their start: it is tried less and less often")
		}
		s.after(wait, func() { s.replaceServer(0, true) })
		return
	}
	if s.stopping || s.server != nil {
		return
	}
	p, err := s.startServer(s.plan.Identity)
	if err != nil {
		s.Log.Log("alert", "core", err.Error())
		s.replaceServer(maxDelay, false)
		return
	}
	s.server = p
	if s.running {
		err = p.send(0, s.plan, s.have) // Nobody waits for its answer.
	}
	if h := s.pending; err == nil && h != nil && h.id != 0 && h.server == nil {
		h.server = p
		err = p.send(h.id, h.plan, h.have)
	}
	if err != nil {
		p.signal(syscall.SIGKILL)
	}
}
