package upstream

import (
	"slices"
	"strings"
	"time"

	"understudy/compat"
)

// Hold keeps elections waiting while a balancer is looked at or changed.
func (b *Balancer) Hold() { b.lock.Lock() }

// LetGo ends Hold.
func (b *Balancer) LetGo() { b.lock.Unlock() }

// Member is the member called name, or nil. b is locked.
func (b *Balancer) Member(name string) *Worker {
	i := slices.IndexFunc(b.Members, func(w *Worker) bool { return strings.EqualFold(w.Name, name) })
	if i < 0 {
		return nil
	}
	return b.Members[i]
}

// Slots is how many members b can have.
func (b *Balancer) Slots() int { return max(b.slots, len(b.Members)) }

// Reserve sets how many members can be added while the server runs: those of
// growth=.
func (b *Balancer) Reserve() { b.slots = len(b.Members) + b.Growth }

// AddMember adds a worker, disabled until someone enables it, if there is a
// slot. b is locked.
func (b *Balancer) AddMember(url string) bool {
	if b.Member(url) != nil || len(b.Members) >= b.Slots() {
		return false
	}
	w, err := NewWorker(url, false, func(path string) string { return path })
	if err != nil {
		return false
	}
	w.Balancer = b
	w.Initialize()
	w.SetStatus(func(s Status) Status { return s | Disabled })
	b.Members = append(slices.Clip(slices.Clone(b.Members)), w)
	return true
}

// Retries is how often w was taken out of error since it could be connected to,
// and Failed when it was put into it.
func (w *Worker) Retries() (retries int, failed time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.retries, w.failed
}

// MethodNames are the methods of electing whose modules are loaded.
func MethodNames(b *compat.Build) []string {
	var names []string
	for _, m := range methods {
		if b.Loaded(m.Module) != nil {
			names = append(names, m.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Keep takes over what is known of the members of was. With changes that is
// what the manager changed of them, and of the balancer, too.
func (b *Balancer) Keep(was *Balancer, changes bool) {
	was.lock.Lock()
	defer was.lock.Unlock()
	for _, w := range was.Members {
		own := b.Member(w.Name)
		if own == nil && changes && b.AddMember(w.Name) {
			own = b.Member(w.Name)
		}
		if own != nil {
			own.keep(w, changes)
		}
	}
	if changes {
		nonce := b.Nonce
		b.BalancerParams = was.BalancerParams
		b.Nonce = nonce
		if m := was.Method; m != nil {
			b.Method = m
		}
	}
}

// keep takes over the state of another worker for the same server.
func (w *Worker) keep(was *Worker, changes bool) {
	was.mu.Lock()
	defer was.mu.Unlock()
	w.failed, w.retries = was.failed, was.retries
	if !changes {
		w.status |= was.status & (InError | CheckFailed)
		return
	}
	w.status = was.status
	w.Route, w.Redirect, w.Factor, w.LBSet, w.Check = was.Route, was.Redirect, was.Factor, was.LBSet, was.Check
	w.chosen.Store(was.chosen.Load())
	w.sent.Store(was.sent.Load())
	w.read.Store(was.read.Load())
}
