//go:build unix

package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// A serverProcess is the process that answers requests.
type serverProcess struct {
	ch      *channel
	cmd     *exec.Cmd // nil: in this process
	started time.Time
	told    map[string]bool // keys of the descriptors it has
	ended   chan struct{}   // closed when it has
	err     error
}

// startServer starts a server process and reads what it says.
func (s *Supervisor) startServer() error {
	ch, theirs, err := socketPair()
	if err != nil {
		return err
	}
	p := &serverProcess{ch: ch, started: time.Now(), told: map[string]bool{}, ended: make(chan struct{})}
	if s.Serve != nil {
		go func() { s.Serve(theirs); close(p.ended) }()
	} else {
		cmd := s.Server()
		cmd.ExtraFiles = []*os.File{theirs}
		cmd.SysProcAttr = &syscall.SysProcAttr{}
		if s.plan.Identity.Change {
			cmd.SysProcAttr.Credential = credential(s.plan.Identity)
		}
		err := cmd.Start()
		theirs.Close()
		if err != nil {
			ch.close()
			return fmt.Errorf("start the server process: %w", err)
		}
		p.cmd = cmd
		go func() { p.err = cmd.Wait(); close(p.ended) }()
	}
	s.server = p
	go func() {
		for {
			m, err := ch.receive()
			if err != nil {
				<-p.ended
				s.messages <- serverMessage{from: p, gone: true}
				return
			}
			s.messages <- serverMessage{from: p, message: m}
		}
	}()
	return nil
}

// send sends a generation with the descriptors the process has not yet.
func (p *serverProcess) send(h *handover, _ *resources) error {
	var keys, names []string
	var files []*os.File
	for key, f := range h.have.listeners {
		names = append(names, key)
		if id := "listener " + key; !p.told[id] {
			p.told[id] = true
			keys, files = append(keys, key), append(files, f)
		}
	}
	if err := p.ch.sendFiles("listener", keys, files); err != nil {
		return err
	}
	keys, files = nil, nil
	var logs []string
	for key, l := range h.have.logs {
		logs = append(logs, key)
		if id := "log " + key; !p.told[id] {
			p.told[id] = true
			keys, files = append(keys, key), append(files, l.file)
		}
	}
	if err := p.ch.sendFiles("log", keys, files); err != nil {
		return err
	}
	if err := p.ch.sendKeys(message{Type: "listeners"}, names); err != nil {
		return err
	}
	if err := p.ch.sendKeys(message{Type: "logs"}, logs); err != nil {
		return err
	}
	config, err := anonymous(h.plan.Config)
	if err != nil {
		return err
	}
	defer config.Close()
	p.forget(h)
	return p.ch.send(message{Type: "generation", ID: h.id, files: []*os.File{config}})
}

// forget notes that the process closes what h does not name.
func (p *serverProcess) forget(h *handover) {
	kept := map[string]bool{}
	for key := range h.have.listeners {
		kept["listener "+key] = true
	}
	for id := range p.told {
		if len(id) > 9 && id[:9] == "listener " && !kept[id] {
			delete(p.told, id)
		}
	}
}

// serverMessage obeys what a server process says.
func (s *Supervisor) serverMessage(m serverMessage) {
	if m.from != s.server {
		return
	}
	if m.gone {
		s.serverGone(m.from)
		return
	}
	switch m.Type {
	case "ready":
		if h := s.pending; h != nil && h.id == m.ID {
			s.inForce(h)
		}
	case "refused":
		if h := s.pending; h != nil && h.id == m.ID {
			s.Log.Log("error", "core", "the server refuses the configuration, going on with the one in force: "+m.Text)
			s.abandon(h)
		}
	case "pool":
		answer := message{Type: "answer", ID: m.ID}
		p, err := s.poolFor(m.Group, m.App)
		if err != nil {
			answer.Text = err.Error()
		} else {
			answer.Socket, answer.Processes = p.socket, p.group.Processes
		}
		m.from.ch.send(answer)
	case "exited":
		text, ok := s.ends[m.PID]
		m.from.ch.send(message{Type: "answer", ID: m.ID, Text: text, OK: ok})
	}
}

// serverGone starts another in the place of a server that died. The listeners
// are here, so nobody is refused meanwhile.
func (s *Supervisor) serverGone(p *serverProcess) {
	p.ch.close()
	s.server = nil
	if s.stopping {
		return
	}
	pid := 0
	if p.cmd != nil {
		pid = p.cmd.Process.Pid
	}
	s.Log.Log("notice", "core", fmt.Sprintf("AH00052: child pid %d %s; starting another", pid, end(p.err, false)))
	delay := time.Duration(0)
	if time.Since(p.started) < minLife {
		delay = time.Second
	}
	s.after(delay, s.replaceServer)
}

func (s *Supervisor) replaceServer() {
	if err := s.startServer(); err != nil {
		s.Log.Log("alert", "core", err.Error())
		s.after(time.Second, s.replaceServer)
		return
	}
	h := s.pending
	if h == nil {
		h = &handover{plan: s.plan, have: s.have, pools: map[string][]*pool{}}
	}
	if err := s.hand(h); err != nil {
		s.Log.Log("alert", "core", err.Error())
	}
}

// Times given on stopping.
const (
	stopTime  = 3 * time.Second
	drainTime = 500 * time.Millisecond
)

// stop ends the server, and then the workers.
func (s *Supervisor) stop(graceful bool, signals <-chan os.Signal) {
	s.stopping = true
	if s.plan.PidFile != "" && graceful {
		os.Remove(s.plan.PidFile)
	}
	if p := s.server; p != nil {
		p.ch.send(message{Type: "stop", Graceful: graceful})
		s.awaitServer(p, graceful, signals)
	}
	s.stopWorkers()
}

func (s *Supervisor) awaitServer(p *serverProcess, graceful bool, signals <-chan os.Signal) {
	var limit <-chan time.Time
	if d := s.plan.GracefulTimeout; !graceful {
		limit = time.After(stopTime)
	} else if d > 0 {
		limit = time.After(d)
	}
	for {
		select {
		case <-p.ended:
			return
		case sig := <-signals:
			if sig != syscall.SIGTERM && sig != syscall.SIGINT {
				continue
			}
		case <-limit:
		case m := <-s.messages:
			s.serverMessage(m)
			continue
		case e := <-s.workers:
			s.workerEvent(e)
			continue
		case f := <-s.timers:
			f()
			continue
		}
		if p.cmd == nil {
			return
		}
		p.cmd.Process.Kill()
		<-p.ended
		return
	}
}
