//go:build unix

package daemon

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// startGroup makes the first pools of a group that h has and no earlier
// generation. One that takes the place of another of its name begins with the
// application groups of that.
func (s *Supervisor) startGroup(g *Group, h *handover) error {
	if h.pools[g.Key] != nil {
		return nil
	}
	h.pools[g.Key] = []*pool{}
	add := func(app string, claimed bool) error {
		p, err := s.newPool(g, app, claimed)
		if err != nil {
			return err
		}
		h.pools[g.Key] = append(h.pools[g.Key], p)
		s.fill(p)
		return nil
	}
	apps := s.served(g.Name)
	for _, app := range g.Apps {
		if !slices.Contains(apps, app) {
			apps = append(apps, app)
		}
	}
	for _, app := range apps {
		if err := add(app, true); err != nil {
			return err
		}
	}
	if len(apps) == 0 && !g.Lazy {
		return add("", false)
	}
	return nil
}

// served are the application groups that have pools in a group of that name.
func (s *Supervisor) served(name string) []string {
	var apps []string
	for _, pools := range s.pools {
		for _, p := range pools {
			if p.group.Name == name && p.claimed && p.leaving == 0 && !slices.Contains(apps, p.app) {
				apps = append(apps, p.app)
			}
		}
	}
	return apps
}

func (s *Supervisor) newPool(g *Group, app string, claimed bool) (*pool, error) {
	s.sockets++
	p, err := newPool(g, s.sockets)
	if err != nil {
		return nil, err
	}
	p.app, p.claimed = app, claimed
	return p, nil
}

// fill starts processes until there are as many as there should be.
func (s *Supervisor) fill(p *pool) {
	for n := p.fresh(); n < p.group.Processes; n++ {
		if p.closed || s.stopping || p.waiting {
			return
		}
		if err := s.startWorker(p); err != nil {
			p.problem = fmt.Sprintf("cannot be started: %v", err)
			wait, again := p.starts.next(0)
			if !again {
				s.Log.Log("error", "wsgi", fmt.Sprintf("mod_wsgi: a process of %s %s; "+
					"it is tried less and less often", p.group, p.problem))
			}
			s.fillAfter(p, max(wait, minDelay))
			return
		}
	}
}

func (s *Supervisor) fillAfter(p *pool, wait time.Duration) {
	if wait == 0 {
		s.fill(p)
		return
	}
	if p.waiting {
		return
	}
	p.waiting = true
	s.after(wait, func() {
		p.waiting = false
		s.fill(p)
	})
}

var errNoGroup = errors.New("no such group is in force")

// poolFor finds the processes of a group that serve an application group. The
// first one asked for takes those started with the server; every other gets a
// pool of its own.
func (s *Supervisor) poolFor(key, app string) (*pool, error) {
	in := s.pools
	if in[key] == nil && s.pending != nil {
		in = s.pending.pools // The server asks before it says that it has swapped.
	}
	pools, ok := in[key]
	g := s.groupOf(key)
	if !ok || g == nil {
		return nil, errNoGroup
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
	p, err := s.newPool(g, app, true)
	if err != nil {
		return nil, err
	}
	in[key] = append(pools, p)
	s.fill(p)
	return p, nil
}

// groupOf finds a group that is in force, was a moment ago, or is about to be.
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
	for _, p := range s.pools[key] {
		return p.group
	}
	return nil
}

// renewWorkers gives every process a successor.
func (s *Supervisor) renewWorkers() {
	for _, pools := range s.pools {
		for _, p := range pools {
			for k := range p.workers {
				k.retiring = true
			}
			s.fill(p)
		}
	}
}

// adopt makes the new pools of h those in force, and lets go of those of groups
// that are no more, once requests that met the old generation have got there.
func (s *Supervisor) adopt(h *handover) {
	for key, pools := range h.pools {
		s.pools[key] = append(s.pools[key], pools...)
	}
	wanted := map[string]*Group{}
	for i := range h.plan.Groups {
		wanted[h.plan.Groups[i].Key] = &h.plan.Groups[i]
	}
	for key, pools := range s.pools {
		g := wanted[key]
		if g == nil && len(pools) == 0 {
			delete(s.pools, key)
		}
		for _, p := range pools {
			if g != nil {
				p.group, p.leaving = g, 0
				continue
			}
			if p.leaving == 0 {
				p.leaving = h.id
				s.after(lingerTime, func() {
					if p.leaving == h.id {
						s.drain(p)
					}
				})
			}
		}
	}
}

// drain ends a pool that nobody is sent to any more.
func (s *Supervisor) drain(p *pool) {
	key := p.group.Key
	if left := slices.DeleteFunc(s.pools[key], func(other *pool) bool { return other == p }); len(left) > 0 {
		s.pools[key] = left
	} else {
		delete(s.pools, key)
	}
	p.close()
	for k := range p.workers {
		s.retire(k)
	}
}

// howEnded answers how a worker ended. It may be that the kernel has not said
// so yet, when the server has noticed: then the answer waits a moment.
func (s *Supervisor) howEnded(pid int, answer func(reason string, ok bool)) {
	if reason, ok := s.ends.reasons[pid]; ok {
		answer(reason, true)
		return
	}
	for k := range s.workers {
		if k.pid() != pid {
			continue
		}
		answered := false
		once := func(reason string, ok bool) {
			if !answered {
				answered = true
				answer(reason, ok)
			}
		}
		k.asked = append(k.asked, func(reason string) { once(reason, true) })
		s.after(time.Second, func() { once("", false) })
		return
	}
	answer("", false)
}
