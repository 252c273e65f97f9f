package upstream

import (
	"sync"
	"time"
)

// idleTime is how long a connection is kept where ttl= says nothing.
const idleTime = 60 * time.Second

// A pool keeps the connections of a worker that can be used again.
type pool struct {
	mu     sync.Mutex    // guards what follows
	idle   []*Conn       // the last used one last
	sweeps bool          // a sweep is due
	slots  chan struct{} // of max=; nil: without bound
}

// enter waits for a slot, as long as it may.
func (p *pool) enter(limit time.Duration) bool {
	if p.slots == nil {
		return true
	}
	select {
	case p.slots <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case p.slots <- struct{}{}:
		return true
	case <-timer.C:
		return false
	}
}

// leave gives the slot back.
func (p *pool) leave() {
	if p.slots != nil {
		<-p.slots
	}
}

// take is a connection that was used before, or nil. Those found dead are
// closed, unless unseen.
func (p *pool) take(limit time.Duration, unseen bool) *Conn {
	for {
		p.mu.Lock()
		n := len(p.idle)
		if n == 0 {
			p.mu.Unlock()
			return nil
		}
		c := p.idle[n-1]
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		if time.Since(c.freed) < limit && (unseen || c.alive()) {
			c.unseen = unseen
			return c
		}
		c.Close()
	}
}

// put keeps c for later.
func (p *pool) put(c *Conn, limit time.Duration) {
	c.freed, c.Waiting = time.Now(), nil
	c.dropBuffer()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, c)
	if !p.sweeps {
		p.sweeps = true
		time.AfterFunc(limit, func() { p.sweep(limit) })
	}
}

// sweep closes what was idle too long, and comes again while there is more.
func (p *pool) sweep(limit time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := 0
	for old < len(p.idle) && time.Since(p.idle[old].freed) >= limit {
		p.idle[old].Close()
		old++
	}
	p.idle = append(p.idle[:0], p.idle[old:]...)
	if p.sweeps = len(p.idle) > 0; p.sweeps {
		time.AfterFunc(limit-time.Since(p.idle[0].freed), func() { p.sweep(limit) })
	}
}

// keeps is how long w keeps connections.
func (w *Worker) keeps() time.Duration {
	if w.TTL > 0 {
		return w.TTL
	}
	return idleTime
}
