package upstream

import (
	"strings"
	"time"

	"understudy/compat"
)

// An Election is the choice of a member for one request.
type Election struct {
	Total   int   // of the factors of those that stand for it
	Traffic int64 // of the best so far
}

// elect chooses among the members, those of the lowest set that has any first
// (proxy_balancer_get_best_worker). Spares stand in for members that cannot be
// asked, standbys for all.
func (b *Balancer) elect(m *Method) *Worker {
	var e Election
	var best *Worker
	try := func(w *Worker) {
		if m.Best(&e, w, best) {
			best = w
		}
	}
	highest := 0
	for set := 0; best == nil && set <= highest; set++ {
		unusable := 0
		var spares, standbys []*Worker
		for _, w := range b.Members {
			highest = max(highest, w.LBSet)
			if w.LBSet != set {
				continue
			}
			status := w.Status()
			if status&Draining != 0 {
				if status&(HotSpare|HotStandby) == 0 {
					unusable++
				}
				continue
			}
			usable := status.Usable()
			if !usable {
				w.TryAgain()
				usable = w.Usable()
			}
			switch {
			case status&HotSpare != 0:
				if usable {
					spares = append(spares, w)
				}
			case status&HotStandby != 0:
				if usable {
					standbys = append(standbys, w)
				}
			case usable:
				try(w)
			default:
				unusable++
			}
		}
		for i := 0; i < len(spares) && i < unusable; i++ {
			try(spares[i])
		}
		if best == nil {
			for _, w := range standbys {
				try(w)
			}
		}
	}
	if best != nil && m.Elected != nil {
		m.Elected(&e, best)
	}
	return best
}

// Elect chooses the member for c (proxy_balancer_pre_request): the one that has
// the client's session, or the best. Variables tell of it.
func (b *Balancer) Elect(c *Call) compat.Status {
	r := c.R
	b.lock.Lock()
	b.recover()
	route, sticky := b.session(r, c.URL)
	w := b.sessionWorker(r, route)
	if w != nil {
		b.settle(w)
	}
	b.lock.Unlock()
	if w == nil && route != "" && on(b.NoFailover) && b.hasRoute(route) {
		r.Logf("proxy_balancer", compat.LevelError, nil, "AH01167: %s: All workers are in error state for route (%s)", b.Name, route)
		return 503
	}
	if w == nil {
		if w = b.wait(); w == nil {
			if len(b.Members) > 0 {
				r.Logf("proxy_balancer", compat.LevelError, nil, "AH01170: %s: All workers are in error state", b.Name)
			} else {
				r.Logf("proxy_balancer", compat.LevelError, nil, "AH01171: %s: No workers in balancer", b.Name)
			}
			return 503
		}
		if b.Sticky != "" {
			r.Env.Set("BALANCER_ROUTE_CHANGED", "1")
		}
	}
	b.lock.Lock() // The manager may change a route.
	own := w.Route
	b.lock.Unlock()
	w.chosen.Add(1)
	w.busy.Add(1)
	c.Worker, c.Balancer = w, b
	r.Env.Set("BALANCER_NAME", b.Name)
	r.Env.Set("BALANCER_WORKER_NAME", w.Name)
	r.Env.Set("BALANCER_WORKER_ROUTE", own)
	if sticky != "" {
		r.Notes.Set("session-sticky", sticky)
		r.Notes.Set("session-route", route)
		r.Env.Set("BALANCER_SESSION_STICKY", sticky)
		r.Env.Set("BALANCER_SESSION_ROUTE", route)
	}
	return b.rewrite(c)
}

// rewrite makes the URL of c that of the member.
func (b *Balancer) rewrite(c *Call) compat.Status {
	path := ""
	if i := strings.Index(c.URL, "://"); i >= 0 {
		if j := strings.IndexByte(c.URL[i+3:], '/'); j >= 0 {
			path = c.URL[i+3+j:]
		}
	}
	c.R.Filename = "proxy:" + c.Worker.Name + path
	if status := c.Server.Site.Canon(c.R); status != compat.OK {
		return status
	}
	c.URL = strings.TrimPrefix(c.R.Filename, "proxy:")
	return compat.OK
}

// wait elects, again and again as long as timeout= says.
func (b *Balancer) wait() *Worker {
	step := b.Timeout / 100
	for i := 0; ; i++ {
		b.lock.Lock()
		w := b.elect(b.Method)
		b.lock.Unlock()
		if w != nil || step == 0 || i == 100 {
			return w
		}
		time.Sleep(step)
	}
}

// recover takes members out of error whose time is over; all of them where
// none is left (force_recovery).
func (b *Balancer) recover() {
	for _, w := range b.Members {
		if w.TryAgain() {
			return
		}
	}
	if b.ForceRecovery != nil && !*b.ForceRecovery {
		return
	}
	for _, w := range b.Members {
		w.forceRecovery()
	}
}

// settle counts an election that a session decided.
func (b *Balancer) settle(chosen *Worker) {
	total := 0
	for _, w := range b.Members {
		if w.Usable() {
			w.LBStatus += w.Factor
			total += w.Factor
		}
	}
	chosen.LBStatus -= total
}

// Failed sees to what the answer of a member says of it
// (proxy_balancer_post_request).
func (b *Balancer) Failed(c *Call, status int) {
	r, w := c.R, c.Worker
	for _, s := range b.FailOnStatus {
		if s == status && w.Fail() {
			r.Logf("proxy_balancer", compat.LevelError, nil, "AH01174: %s: Forcing worker (%s) into error state "+
				"due to status code %d matching 'failonstatus' balancer parameter", b.Name, w, status)
			break
		}
	}
	if on(b.FailOnTimeout) && r.Notes.Has("proxy_timedout") && w.Fail() {
		r.Logf("proxy_balancer", compat.LevelError, nil, "AH02460: %s: Forcing worker (%s) into error state "+
			"due to timeout and 'failontimeout' parameter being set", b.Name, w)
	}
}

// Reset begins the standings anew (recalc_factors).
func (b *Balancer) Reset() {
	if len(b.Members) == 1 {
		b.Members[0].LBStatus, b.Members[0].Factor = 100, 100
		return
	}
	for _, w := range b.Members {
		w.LBStatus = w.Factor
	}
}
