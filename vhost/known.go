package vhost

import (
	"hash/maphash"
	"io/fs"
	"os"
	"strings"
	"sync"
)

const (
	maxKnown    = 8192 // paths remembered, in all
	knownShards = 16
)

// paths are what stat said of the files that are asked for again and again.
var paths = newKnownPaths()

// knownPaths remember what stat said of paths. The kernel is asked each time
// all the same: what is saved is memory for the answer and, on the file systems
// of this machine, what it costs to tell the scheduler of a call that may wait.
type knownPaths struct {
	seed   maphash.Seed
	shards [knownShards]knownShard
}

type knownShard struct {
	mu    sync.RWMutex // guards paths
	paths map[string]*knownPath
}

// A knownPath is a path and what is there: a file or directory, or nothing.
type knownPath struct {
	info fs.FileInfo // nil: nothing
	err  error       // what says so
	raw  rawStat
}

func newKnownPaths() *knownPaths {
	k := &knownPaths{seed: maphash.MakeSeed()}
	for i := range k.shards {
		k.shards[i].paths = map[string]*knownPath{}
	}
	return k
}

// stat is os.Stat. What is there is remembered, and of probes, names that are
// asked for in each directory, that nothing is.
func (k *knownPaths) stat(path string, probe bool) (fs.FileInfo, error) {
	s := &k.shards[maphash.String(k.seed, path)%knownShards]
	s.mu.RLock()
	known := s.paths[path]
	s.mu.RUnlock()
	if known != nil && known.still() {
		return known.info, known.err
	}
	info, err := os.Stat(path)
	if err == nil || probe && missing(err) {
		s.keep(strings.Clone(path), info, err)
	} else if known != nil {
		s.forget(path)
	}
	return info, err
}

// missing reports whether the file called name in dir is known to be missing,
// and still is.
func (k *knownPaths) missing(dir, name string) bool {
	var buffer [256]byte
	path := append(append(buffer[:0], dir...), name...)
	s := &k.shards[maphash.Bytes(k.seed, path)%knownShards]
	s.mu.RLock()
	known := s.paths[string(path)]
	s.mu.RUnlock()
	return known != nil && known.info == nil && known.still()
}

// keep remembers what is at path, where that can be looked at again cheaply;
// others, whichever comes, make room for it.
func (s *knownShard) keep(path string, info fs.FileInfo, err error) {
	known := &knownPath{info: info, err: err}
	if !known.raw.of(path, info, err) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for other := range s.paths {
		if len(s.paths) < maxKnown/knownShards {
			break
		}
		delete(s.paths, other)
	}
	s.paths[path] = known
}

func (s *knownShard) forget(path string) {
	s.mu.Lock()
	delete(s.paths, path)
	s.mu.Unlock()
}
