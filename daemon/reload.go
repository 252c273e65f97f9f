//go:build unix

package daemon

import (
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"
)

// reload: load → acquire what is new → start the processes of new groups →
// hand over → the server builds and swaps → let go of what nobody uses. Until
// the swap everything can fail and leaves no trace. Loading takes time, so it
// is done aside; a reload that is asked for meanwhile is done once more after.
func (s *Supervisor) reload(reopen bool, changed []string) {
	if s.stopping {
		return
	}
	if reopen {
		s.reopen()
	}
	if s.loading || s.pending != nil {
		s.again = true
		return
	}
	s.loading = true
	since := time.Now()
	go func() {
		plan, err := s.Load(changed)
		s.call(func() { s.loading = false; s.loaded(plan, err, since) })
	}()
}

// loaded acquires what a configuration needs that was read.
func (s *Supervisor) loaded(plan *Plan, err error, since time.Time) {
	if s.stopping {
		return
	}
	if err != nil {
		s.Log.Log("error", "core", err.Error())
		s.Log.Log("error", "core", "the configuration is refused, the one in force stays")
		if plan != nil {
			s.watch(since, s.plan.Watched, plan.Watched)
		}
		s.settled()
		return
	}
	have, err := acquire(s.have, plan, s.said)
	if err != nil {
		s.refuse(err.Error())
		s.settled()
		return
	}
	h := &handover{plan: plan, have: have, pools: map[string][]*pool{}, since: since}
	s.pending = h
	for i := range plan.Groups {
		g := &plan.Groups[i]
		if s.pools[g.Key] != nil {
			continue
		}
		if err := s.startGroup(g, h); err != nil {
			s.abandon(h, err.Error())
			return
		}
	}
	s.afterStart(h)
	s.advance()
}

// afterStart abandons h if its new processes are not ready in time.
func (s *Supervisor) afterStart(h *handover) {
	for _, pools := range h.pools {
		for _, p := range pools {
			s.after(p.group.startTime(), func() {
				if s.pending == h && h.id == 0 && !p.complete() {
					s.abandon(h, fmt.Sprintf("the processes of %s are not ready after %v", p.group, p.group.startTime()))
				}
			})
		}
	}
}

// advance hands the pending generation over as soon as the processes of its
// new groups are ready, so that no request has to wait for one.
func (s *Supervisor) advance() {
	h := s.pending
	if h == nil || h.id != 0 {
		return
	}
	for _, pools := range h.pools {
		for _, p := range pools {
			if p.problem != "" {
				s.abandon(h, fmt.Sprintf("a process of %s %s", p.group, p.problem))
				return
			}
			if !p.complete() {
				return
			}
		}
	}
	s.handOver(h)
}

// maxBuild is how long a server may take to put a generation into force.
const maxBuild = 2 * time.Minute

// handOver sends a generation to the server; to a new one if it is to be
// somebody else.
func (s *Supervisor) handOver(h *handover) {
	s.id++
	h.id, h.server = s.id, s.server
	if s.running && !same(h.plan.Identity, s.plan.Identity) {
		p, err := s.startServer(h.plan.Identity)
		if err != nil {
			s.abandon(h, err.Error())
			return
		}
		h.server = p
	}
	if h.server == nil {
		return // It will be sent when there is one.
	}
	p := h.server
	if err := p.send(h.id, h.plan, h.have); err != nil {
		p.signal(syscall.SIGKILL) // Its end is noticed, and abandons h.
	}
	s.after(maxBuild, func() {
		if s.pending == h && h.server == p {
			s.Log.Log("error", "core", fmt.Sprintf("server process (pid %d) does not answer, ending it", p.pid()))
			p.signal(syscall.SIGKILL)
		}
	})
}

func same(a, b Identity) bool {
	return a.Change == b.Change && a.UID == b.UID && a.GID == b.GID && slices.Equal(a.Groups, b.Groups)
}

// inForce is called when the server has swapped: what nobody uses any more is
// let go of.
func (s *Supervisor) inForce(h *handover) {
	s.pending = nil
	was, wasServer := s.have, s.server
	if old := s.plan.PidFile; s.running && old != h.plan.PidFile {
		writePID(h.plan.PidFile, s.Log)
		removePID(old)
	}
	s.plan, s.have, s.server = h.plan, h.have, h.server
	s.running = true
	was.release(s.have)
	if wasServer != nil && wasServer != s.server {
		wasServer.tell(message{Type: "stop", Graceful: true})
	}
	if s.renew {
		s.renew = false
		s.renewWorkers()
	}
	s.adopt(h)
	s.useMainLog()
	s.watch(h.since, s.plan.Watched)
	if s.InForce != nil {
		s.InForce(h.plan)
	}
	s.settled()
}

// abandon lets go of what was acquired for a generation that will not be.
func (s *Supervisor) abandon(h *handover, why string) {
	s.refuse(why)
	s.pending, s.renew = nil, false
	if !s.running {
		s.code = 1
		s.stop(false)
		return
	}
	h.have.release(s.have)
	for _, pools := range h.pools {
		for _, p := range pools {
			s.drain(p)
		}
	}
	if h.server != nil && h.server != s.server { // One that was started for it.
		h.server.tell(message{Type: "stop"})
	}
	s.settled()
}

func (s *Supervisor) refuse(why string) {
	s.Log.Log("error", "core", why)
	if s.running {
		s.Log.Log("error", "core", "the configuration is not taken over, the one in force stays")
	}
}

// settled does the reload that was asked for while one was under way.
func (s *Supervisor) settled() {
	if s.again {
		s.again = false
		s.reload(false, nil)
	}
}

// reopen opens the logs again, for the server too.
func (s *Supervisor) reopen() {
	var handles, replaces []int
	var files []*os.File
	release := s.have.reopen(func(text string) { s.Log.Log("error", "core", text) }, s.said,
		func(l *logFile, was *descriptor) {
			handles, replaces, files = append(handles, l.handle), append(replaces, was.handle), append(files, l.file)
		})
	s.useMainLog()
	for p := range s.servers {
		p.reopen(handles, replaces, files)
	}
	release()
}

// watch follows files. Those changed since it began to be read count at once.
func (s *Supervisor) watch(since time.Time, paths ...[]string) {
	all := slices.Concat(paths...)
	if len(all) == 0 && s.watcher == nil {
		return
	}
	if s.watcher == nil {
		s.watcher = NewWatcher()
		s.changes = s.watcher.Changes
	}
	if problem := s.watcher.Follow(all, since); problem != "" {
		s.Log.Log("warn", "core", problem)
	}
}
