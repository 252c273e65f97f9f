//go:build unix

package daemon

import (
	"context"
	"syscall"
	"time"
)

// stopTime is given to the server, and then to the workers, to end.
const stopTime = 3 * time.Second

// stop ends the server, and then the workers, which its last requests may
// need. A second call can only make it faster.
func (s *Supervisor) stop(graceful bool) {
	if s.stopping && (graceful || !s.graceful) {
		return
	}
	s.stopping, s.graceful = true, graceful
	if graceful {
		removePID(s.plan.PidFile) // At once, so that another can be started.
	}
	s.have.stopListening()
	if h := s.pending; h != nil {
		h.have.stopListening()
	}
	for p := range s.servers {
		p.tell(message{Type: "stop", Graceful: graceful})
	}
	limit := stopTime
	if graceful {
		limit = s.plan.GracefulTimeout
	}
	if limit > 0 {
		s.after(limit, s.endServers)
	}
	s.stopped()
}

// endServers does not wait any longer for servers.
func (s *Supervisor) endServers() {
	for p := range s.servers {
		if p.pid() == 0 {
			delete(s.servers, p) // It cannot be ended but with this process.
		}
		p.signal(syscall.SIGKILL)
	}
	s.stopped()
}

// stopped goes on with stopping as far as it can: to the workers when there is
// no server, and to the end when there is nobody.
func (s *Supervisor) stopped() {
	if len(s.servers) > 0 {
		return
	}
	for k := range s.workers {
		if k.stopped {
			continue
		}
		k.stopped, k.ending = true, true
		k.tell("stop")
		s.kill(k, stopTime)
	}
	s.over = len(s.workers) == 0
}

// end lets go of everything. Nobody is left but loggers.
func (s *Supervisor) end() {
	close(s.done)
	if s.watcher != nil {
		s.watcher.Close()
	}
	if h := s.pending; h != nil {
		s.closePools(h.pools)
		h.have.release(s.have)
	}
	s.closePools(s.pools)
	for f := range s.outputs {
		f.Close() // A process that a worker started may have it still.
	}
	s.readers.Wait()
	if !s.graceful {
		removePID(s.plan.PidFile)
	}
	s.have.release(newResources())
	limit, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	for _, l := range s.have.logs {
		if l.program != nil {
			l.program.end(limit)
		}
	}
}

func (s *Supervisor) closePools(pools map[string][]*pool) {
	for _, list := range pools {
		for _, p := range list {
			p.close()
		}
	}
}
