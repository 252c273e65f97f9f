package vhost

import (
	"hash/maphash"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"understudy/compat"
)

const (
	maxKnown    = 8192 // paths remembered, in all
	knownShards = 16
)

// paths are what stat said of files that are asked for again and again, and
// links what lstat said, to find out about what is on the way.
var (
	paths = newKnownPaths(false)
	links = newKnownPaths(true)
)

// knownPaths remember what stat or lstat said of paths. The kernel is asked
// whether that still holds, at once for all paths where it gives notice of
// changes (see [notices]), else for each.
type knownPaths struct {
	seed   maphash.Seed
	link   bool // lstat
	shards [knownShards]knownShard
}

type knownShard struct {
	mu    sync.RWMutex // guards paths
	paths map[string]*knownPath
	asked [256]uint32 // hashes of paths asked for before, guarded by mu
}

// A knownPath is a path and what is there: a file or directory, or nothing.
type knownPath struct {
	info fs.FileInfo // nil: nothing
	err  error       // what says so
	raw  rawStat
	held atomic.Uint64 // the moment since when only notice of a change can mean one; 0: never
}

func newKnownPaths(link bool) *knownPaths {
	k := &knownPaths{seed: maphash.MakeSeed(), link: link}
	for i := range k.shards {
		k.shards[i].paths = map[string]*knownPath{}
	}
	return k
}

// stat is os.Stat, or os.Lstat. What it says of a path is remembered when the
// path is asked for a second time, so that those nobody asks for again do not
// take the place of others. That nothing is there is remembered of probes, names
// that are asked for in each directory, at once.
func (k *knownPaths) stat(path string, probe bool) (fs.FileInfo, error) {
	hash := maphash.String(k.seed, path)
	s := &k.shards[hash%knownShards]
	s.mu.RLock()
	known := s.paths[path]
	s.mu.RUnlock()
	if known != nil && known.still(k.link) {
		return known.info, known.err
	}
	info, err := k.ask(path)
	if err != nil && !missing(err) {
		s.forget(path)
		return info, err
	}
	if s.again(hash) || known != nil || probe {
		s.keep(strings.Clone(path), info, err, k.link)
	}
	return info, err
}

// statFor is stat of what the answer to r depends on.
func (k *knownPaths) statFor(r *compat.Request, path string, probe bool) (fs.FileInfo, error) {
	info, err := k.stat(path, probe || r.Recorder != nil)
	if rec, ok := r.Recorder.(*recording); ok {
		rec.saw(k, path, info, err)
	}
	return info, err
}

// holds reports whether stat still says of path what it said: was, nil for
// nothing. noticed tells that it will until the kernel gives notice.
func (k *knownPaths) holds(path string, was fs.FileInfo) (same, noticed bool) {
	info, err := k.stat(path, true)
	if was == nil {
		same = err != nil && missing(err)
	} else {
		same = err == nil && k.same(info, was) && info.Mode() == was.Mode()
	}
	s := &k.shards[maphash.String(k.seed, path)%knownShards]
	s.mu.RLock()
	known := s.paths[path]
	s.mu.RUnlock()
	return same, known != nil && known.held.Load() == kernel.moment()
}

// same reports whether a and b say the same of a path. What lstat is asked of
// directories for is whether they are no links: what they hold does not matter.
func (k *knownPaths) same(a, b fs.FileInfo) bool {
	if k.passes(a) && k.passes(b) {
		return os.SameFile(a, b)
	}
	return compat.Unchanged(a, b)
}

// passes reports whether info is of a directory on the way to something else.
func (k *knownPaths) passes(info fs.FileInfo) bool { return k.link && info.IsDir() }

func (k *knownPaths) ask(path string) (fs.FileInfo, error) {
	if k.link {
		return os.Lstat(path)
	}
	return os.Stat(path)
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
	return known != nil && known.info == nil && known.still(k.link)
}

// still reports whether the kernel says of k what it said before.
func (k *knownPath) still(link bool) bool {
	now := kernel.moment()
	held := k.held.Load()
	if held == now && held != 0 {
		return true
	}
	noticed := kernel.follow(k.raw.path(), link, held)
	if !k.raw.still(link) {
		return false
	}
	if noticed {
		k.held.Store(now)
	}
	return true
}

// again reports whether a path was asked for not long ago.
func (s *knownShard) again(hash uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	slot, mark := &s.asked[hash/knownShards%uint64(len(s.asked))], uint32(hash>>32)
	before := *slot
	*slot = mark
	return before == mark
}

// keep remembers what is at path, where that can be looked at again cheaply;
// others, whichever comes, make room for it.
func (s *knownShard) keep(path string, info fs.FileInfo, err error, link bool) {
	known := &knownPath{info: info, err: err}
	if !known.raw.of(path, info, err, link) {
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
