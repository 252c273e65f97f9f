package compat

import (
	"hash/maphash"
	"sync"
)

const (
	maxJoined   = 256  // bytes of a name that is remembered
	keptJoined  = 8192 // names remembered, in all
	joinedParts = 16
)

// joined are the names of files that are asked for again and again, so that
// making one costs no memory.
var joined = newJoinedNames()

// joinedNames is split, so that its users are not in each other's way.
type joinedNames struct {
	seed   maphash.Seed
	shards [joinedParts]struct {
		mu    sync.RWMutex // guards names
		names map[string]string
	}
}

func newJoinedNames() *joinedNames {
	j := &joinedNames{seed: maphash.MakeSeed()}
	for i := range j.shards {
		j.shards[i].names = map[string]string{}
	}
	return j
}

// join is dir + "/" + name.
func (j *joinedNames) join(dir, name string) string {
	if len(dir)+1+len(name) > maxJoined {
		return dir + "/" + name
	}
	var buffer [maxJoined]byte
	path := append(append(append(buffer[:0], dir...), '/'), name...)
	s := &j.shards[maphash.Bytes(j.seed, path)%joinedParts]
	s.mu.RLock()
	known, ok := s.names[string(path)]
	s.mu.RUnlock()
	if ok {
		return known
	}
	fresh := string(path)
	s.mu.Lock()
	defer s.mu.Unlock()
	for other := range s.names {
		if len(s.names) < keptJoined/joinedParts {
			break
		}
		delete(s.names, other)
	}
	s.names[fresh] = fresh
	return fresh
}
