package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// How long files must be quiet before a change counts, and how long one waits
// at most while they are not.
const (
	quiet    = 100 * time.Millisecond
	maxQuiet = 500 * time.Millisecond
)

// A Watcher tells when one of some files changed. It watches the directories
// they are in, so that editors that replace a file are seen, and files that
// come to be.
type Watcher struct {
	Changes chan struct{}
	w       *fsnotify.Watcher
	follow  chan []string
	done    chan error
}

// NewWatcher makes a Watcher that follows nothing yet.
func NewWatcher() (*Watcher, error) {
	fw, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	w := &Watcher{Changes: make(chan struct{}, 1), w: fw, follow: make(chan []string), done: make(chan error)}
	go w.run()
	return w, nil
}

// Follow makes paths the files that are watched. Of a directory every entry
// counts.
func (w *Watcher) Follow(paths []string) error {
	w.follow <- paths
	return <-w.done
}

// Close ends the watch.
func (w *Watcher) Close() { w.w.Close() }

// run owns what is watched.
func (w *Watcher) run() {
	names, dirs := map[string]bool{}, map[string]bool{}
	var timer <-chan time.Time
	var since time.Time
	for {
		select {
		case paths := <-w.follow:
			var err error
			names, dirs, err = w.set(paths, dirs)
			w.done <- err
		case e, ok := <-w.w.Events:
			if !ok {
				return
			}
			if e.Op == fsnotify.Chmod && !names[e.Name] || !names[e.Name] && !names[filepath.Dir(e.Name)] {
				continue
			}
			if timer == nil {
				since = time.Now()
			}
			if time.Since(since) < maxQuiet {
				timer = time.After(quiet)
			}
		case _, ok := <-w.w.Errors:
			if !ok {
				return
			}
			timer = time.After(quiet) // Events may be lost: look at everything.
		case <-timer:
			timer = nil
			select {
			case w.Changes <- struct{}{}:
			default:
			}
		}
	}
}

// set watches the directories of paths, and leaves those of before.
func (w *Watcher) set(paths []string, before map[string]bool) (names, dirs map[string]bool, err error) {
	names, dirs = map[string]bool{}, map[string]bool{}
	var problems []error
	for _, p := range paths {
		names[p] = true
		dir := filepath.Dir(p)
		if info, err := os.Stat(p); err == nil && info.IsDir() {
			dir = p
		}
		if dirs[dir] {
			continue
		}
		dirs[dir] = true
		if before[dir] {
			continue
		}
		if err := w.w.Add(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
			problems = append(problems, err)
			delete(dirs, dir)
		}
	}
	for dir := range before {
		if !dirs[dir] {
			w.w.Remove(dir)
		}
	}
	return names, dirs, errors.Join(problems...)
}
