package wsgi

import (
	"sync"
	"sync/atomic"
)

// Bounds on segments that wait to be used again.
const (
	maxSegments      = 8  // of one target
	maxSegmentsInAll = 32 // of maxBodyMemory each
)

var segmentsKept atomic.Int32

// segments are those of a target that no request uses. A target never takes
// those of another: its processes may still look into what they were handed.
type segments struct {
	mu   sync.Mutex // guards the fields below
	kept []*segment
	gone bool // nothing is kept any more
}

// take answers a segment; nil where there are none.
func (s *segments) take() *segment {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.kept); n > 0 {
		seg := s.kept[n-1]
		s.kept = s.kept[:n-1]
		segmentsKept.Add(-1)
		return seg
	}
	return newSegment(maxBodyMemory)
}

// put takes back a segment of which no process will read any more.
func (s *segments) put(seg *segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone || len(s.kept) >= maxSegments {
		seg.drop()
		return
	}
	if segmentsKept.Add(1) > maxSegmentsInAll {
		segmentsKept.Add(-1)
		seg.drop()
		return
	}
	s.kept = append(s.kept, seg)
}

// close lets go of all.
func (s *segments) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seg := range s.kept {
		seg.drop()
	}
	segmentsKept.Add(-int32(len(s.kept)))
	s.kept, s.gone = nil, true
}
