// Package directory is what mod_ldap does for other modules: connections to
// LDAP servers that are kept and used again, and a memory of what the servers
// said. config.go holds what the directives say, handle.go and conn.go the
// connections, search.go, compare.go and subgroups.go the questions, cache.go
// the memory.
package directory

import (
	"context"
	"crypto/rand"
	"sync"

	"understudy/compat"
)

const (
	// Module is the identifier of mod_ldap.
	Module = "ldap_module"
	short  = "ldap"
)

// A Service is the connections and the memory of one configuration.
type Service struct {
	Memory *Memory
	key    [32]byte // of the digests that stand for passwords

	mu     sync.Mutex // guards the fields below
	idle   map[*compat.Host][]*conn
	closed bool
}

// Start makes the service of a configuration.
func Start(b *compat.Build) {
	settings := *SettingsOf(b.Main)
	s := &Service{Memory: newMemory(settings), idle: map[*compat.Host][]*conn{}}
	rand.Read(s.key[:])
	if b.Shared == nil {
		b.Shared = map[string]any{}
	}
	b.Shared[Module] = s
	b.Background(func(ctx context.Context, _ compat.HostLog) {
		<-ctx.Done()
		s.close()
	})
}

// Of is the service of the configuration that answers r, or nil.
func Of(r *compat.Request) *Service {
	s, _ := r.Host.Build.Shared[Module].(*Service)
	return s
}

// close lets go of the connections that nobody uses; the others follow when
// they are released.
func (s *Service) close() {
	s.mu.Lock()
	idle := s.idle
	s.idle, s.closed = nil, true
	s.mu.Unlock()
	for _, list := range idle {
		for _, c := range list {
			c.unbind()
		}
	}
}

// maxIdle is how many connections one host keeps while nobody uses them.
const maxIdle = 64

// take is an idle connection to target, best one that is bound as asked
// (uldap_connection_find); nil: there is none.
func (s *Service) take(h *compat.Host, fits func(*conn) bool) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.idle[h]
	for i, c := range list {
		if fits(c) {
			s.idle[h] = append(list[:i:i], list[i+1:]...)
			return c
		}
	}
	return nil
}

// give takes c back; false: it is not kept.
func (s *Service) give(h *compat.Host, c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.idle[h]) >= maxIdle {
		return false
	}
	s.idle[h] = append(s.idle[h], c)
	return true
}
