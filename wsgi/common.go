package wsgi

import (
	"bytes"
	"sync"
)

// maxCommons bounds what a process has to keep.
const maxCommons = 64

// A common is what the environs of many requests have in common. A process is
// told of it once, and from then on by its number.
type common struct {
	number uint32 // from 1 on
	dict   []byte
}

// commons are those of a target.
type commons struct {
	mu    sync.Mutex // guards the fields below
	known map[string]*common
	last  [maxCommons]*common // the youngest of each number
	next  int                 // number of the next, less one
}

// find is the common with that dict. One that is new may take the number of an
// old one: channels know by the pointer which of them their process has.
func (s *commons) find(dict []byte) *common {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.known[string(dict)]; v != nil {
		return v
	}
	if s.known == nil {
		s.known = map[string]*common{}
	}
	v := &common{number: uint32(s.next + 1), dict: bytes.Clone(dict)}
	if old := s.last[s.next]; old != nil {
		delete(s.known, string(old.dict))
	}
	s.last[s.next], s.known[string(dict)] = v, v
	s.next = (s.next + 1) % maxCommons
	return v
}
