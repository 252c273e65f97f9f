package cache

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"understudy/compat"
	"understudy/compat/internal/cachestore"
)

// A lock is a file that tells others that an answer is being fetched.
type lock struct{ path string }

// Defaults.
const defaultLockAge = 5 * cachestore.Second

// tryLock reports whether r may fetch and keep an answer: nobody else does, or
// there are no locks.
func (s *state) tryLock(r *compat.Request) bool { return s.acquire(r) == nil }

// tryLockStale is tryLock for an answer whose time is over: only where somebody
// else is fetching it is it given once more.
func (s *state) tryLockStale(r *compat.Request) bool { return !errors.Is(s.acquire(r), fs.ErrExist) }

// acquire makes the file, once for a request (cache_try_lock).
func (s *state) acquire(r *compat.Request) error {
	if !is(s.host.lock) || s.lock != nil {
		return nil
	}
	name := cachestore.Name(s.key, 0, 0)
	path := filepath.Join(s.host.lockDir(), name[:1], name[1:2])
	if err := os.MkdirAll(path, 0o700); err != nil {
		r.Logf(module, compat.LevelError, cause(err), "AH00778: Could not create a cache lock directory: %s", path)
		return err
	}
	path = filepath.Join(path, name)
	info, err := os.Lstat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.Logf(module, compat.LevelError, cause(err), "AH00779: Could not stat a cache lock file: %s", path)
		return err
	}
	limit := s.host.lockMaxAge
	if limit == 0 {
		limit = defaultLockAge
	}
	if age := time.Since(mtime(info)); info != nil && (age.Microseconds() > limit || age < 0) {
		r.Logf(module, compat.LevelInfo, nil, "AH00780: Cache lock file for '%s' too old, removing: %s", r.Path, path)
		os.Remove(path)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	f.Close()
	s.lock = &lock{path}
	return nil
}

func mtime(info fs.FileInfo) time.Time {
	if info == nil {
		return time.Time{}
	}
	return info.ModTime()
}

// unlock lets others fetch.
func (s *state) unlock() {
	if s.lock != nil && s.lock.path != "" {
		os.Remove(s.lock.path)
		s.lock.path = ""
	}
}

func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
