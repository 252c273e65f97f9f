//go:build unix

package daemon

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

// startGroup makes the first set of processes of a group.
func (s *Supervisor) startGroup(g *Group, into map[string][]*pool) error {
	if g.Lazy {
		into[g.Key] = []*pool{}
		return nil
	}
	p, err := newPool(g)
	if err != nil {
		return err
	}
	into[g.Key] = []*pool{p}
	s.fill(p)
	return nil
}

// fill starts processes until there are as many as there should be. Those on
// their way out do not count.
func (s *Supervisor) fill(p *pool) {
	if p.closing || s.stopping {
		return
	}
	running := 0
	for k := range p.workers {
		if !k.retiring && !k.ending {
			running++
		}
	}
	for ; running < p.group.Processes; running++ {
		if _, err := p.start(s.workers, s.stray); err != nil {
			s.failedStart(p, fmt.Sprintf("cannot be started: %v", err))
			return
		}
	}
}

func (s *Supervisor) stray(g *Group, pid int, line string) {
	s.timers <- func() {
		var f *os.File
		if l := s.have.logs[g.Log]; l != nil {
			f = l.file
		}
		s.Log.Stray(g, f, pid, line)
	}
}

// failedStart waits longer and longer between starts that fail, and says so
// once.
func (s *Supervisor) failedStart(p *pool, what string) {
	p.delay = min(max(2*p.delay, 250*time.Millisecond), maxDelay)
	if !p.failed {
		p.failed = true
		s.Log.Log("error", "wsgi", fmt.Sprintf("Process '%s' %s; it is tried again, less and less often", p.group.Name, what))
	}
	s.after(p.delay, func() { s.fill(p) })
}

// poolFor finds the processes of a group that serve an application group. The
// first one asked for takes those started with the server; every other gets a
// set of its own.
func (s *Supervisor) poolFor(key, app string) (*pool, error) {
	pools, ok := s.pools[key]
	if !ok && s.pending != nil {
		pools, ok = s.pending.pools[key]
	}
	if !ok {
		return nil, fmt.Errorf("no such group is in force")
	}
	for _, p := range pools {
		if p.claimed && p.app == app {
			return p, nil
		}
	}
	for _, p := range pools {
		if !p.claimed {
			p.claimed, p.app = true, app
			return p, nil
		}
	}
	if len(pools) >= maxPools {
		return nil, fmt.Errorf("the group serves %d application groups already, and no more than that", maxPools)
	}
	g := s.groupOf(key)
	if g == nil {
		return nil, fmt.Errorf("no such group is in force")
	}
	p, err := newPool(g)
	if err != nil {
		return nil, err
	}
	p.claimed, p.app = true, app
	if s.pools[key] != nil || s.pending == nil {
		s.pools[key] = append(s.pools[key], p)
	} else {
		s.pending.pools[key] = append(s.pending.pools[key], p)
	}
	s.fill(p)
	return p, nil
}

func (s *Supervisor) groupOf(key string) *Group {
	plans := []*Plan{s.plan}
	if s.pending != nil {
		plans = append(plans, s.pending.plan)
	}
	for _, plan := range plans {
		for i := range plan.Groups {
			if plan.Groups[i].Key == key {
				return &plan.Groups[i]
			}
		}
	}
	return nil
}

// maxEnds bounds how many ends of processes are remembered.
const maxEnds = 1000

// workerEvent obeys what a worker says, or replaces one that ended.
func (s *Supervisor) workerEvent(e workerEvent) {
	k, p := e.w, e.w.pool
	if !e.ended {
		switch {
		case e.line == "ready":
			k.ready, p.delay, p.failed = true, 0, false
		case len(e.line) >= 8 && e.line[:8] == "retiring" && !k.retiring:
			k.retiring = true
			s.Log.Log("info", "wsgi", fmt.Sprintf("Process '%s' (pid %d) is replaced:%s", p.group.Name, k.cmd.Process.Pid, e.line[8:]))
			s.fill(p)
			s.whenReplaced(k, time.Now().Add(readyTime))
		}
		return
	}
	delete(p.workers, k)
	if len(s.ends) >= maxEnds {
		clear(s.ends)
	}
	reason := end(e.err, k.ending)
	s.ends[k.cmd.Process.Pid] = reason
	if p.closing || s.stopping {
		return
	}
	if !k.retiring && !k.ending {
		if k.ready || !p.failed {
			s.Log.Log("info", "wsgi", fmt.Sprintf("Process '%s' has died, deregister and restart it.", p.group.Name))
			s.Log.Log("error", "wsgi", fmt.Sprintf("Process '%s' (pid %d) %s.", p.group.Name, k.cmd.Process.Pid, reason))
		}
		if time.Since(k.started) < minLife {
			s.failedStart(p, reason)
			return
		}
	}
	s.fill(p)
}

// whenReplaced tells a retiring process to end once its successor is ready.
func (s *Supervisor) whenReplaced(k *worker, limit time.Time) {
	p := k.pool
	if !p.workers[k] {
		return
	}
	ready := 0
	for other := range p.workers {
		if other.ready && !other.retiring {
			ready++
		}
	}
	if ready > 0 || time.Now().After(limit) || p.closing {
		s.retire(k)
		return
	}
	s.after(20*time.Millisecond, func() { s.whenReplaced(k, limit) })
}

// retire lets a process finish what it is at, and ends it if that takes too
// long.
func (s *Supervisor) retire(k *worker) {
	if k.ending {
		return
	}
	k.ending = true
	k.tell("drain")
	g := k.pool.group
	s.after(g.Graceful+g.Shutdown, func() {
		if k.pool.workers[k] {
			k.tell("stop")
			s.kill(k, g.Shutdown+time.Second)
		}
	})
}

func (s *Supervisor) kill(k *worker, after time.Duration) {
	s.after(after, func() {
		if k.pool.workers[k] {
			syscall.Kill(k.cmd.Process.Pid, syscall.SIGKILL)
		}
	})
}

// drain ends a set of processes that nobody is sent to any more.
func (s *Supervisor) drain(p *pool) {
	p.close()
	for k := range p.workers {
		s.retire(k)
	}
}

// stopWorkers ends all workers with the server.
func (s *Supervisor) stopWorkers() {
	var left []*worker
	for _, pools := range s.pools {
		for _, p := range pools {
			for k := range p.workers {
				k.ending = true
				k.tell("stop")
				left = append(left, k)
			}
		}
	}
	limit := time.After(stopTime)
	for n := len(left); n > 0; {
		select {
		case e := <-s.workers:
			if e.ended {
				delete(e.w.pool.workers, e.w)
				n--
			}
		case f := <-s.timers:
			f()
		case <-s.messages:
		case <-limit:
			for _, k := range left {
				if k.pool.workers[k] {
					k.cmd.Process.Kill()
				}
			}
			limit = nil
		}
	}
}
