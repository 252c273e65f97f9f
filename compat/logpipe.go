package compat

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long lines wait for a program that does not read its log. What
// comes after that is lost, until it reads again: Apache's requests would wait
// with it for ever.
var patience = 5 * time.Second

// errStalled is for lines that are lost.
var errStalled = errors.New("the program of the log does not read it")

// A logPipe is what is known of the pipe to the program of a log.
type logPipe struct {
	mu      sync.Mutex // held from finding room to using it
	stalled atomic.Bool
}

func isPipe(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeNamedPipe != 0
}

// writePipe writes lines in pieces that a pipe with room takes at once.
func (s *logSink) writePipe(lines []byte) error {
	s.pipe.mu.Lock()
	defer s.pipe.mu.Unlock()
	for len(lines) > 0 {
		limit := patience
		if s.pipe.stalled.Load() {
			limit = 0
		}
		room := waitWritable(s.file, limit)
		s.pipe.stalled.Store(!room)
		if !room {
			return errStalled
		}
		n, err := s.file.Write(lines[:min(len(lines), pipeBuf)])
		if err != nil {
			return err
		}
		lines = lines[n:]
	}
	return nil
}
