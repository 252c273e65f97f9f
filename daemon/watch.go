package daemon

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// pollTime is between two looks at files that cannot be watched.
const pollTime = 2 * time.Second

// A Watcher tells when one of some files has changed. Events of their
// directories make it look: so editors that replace a file are seen, and files
// that come to be. What counts is what it finds, compared with what was there
// before. Where events cannot be had it looks every two seconds.
type Watcher struct {
	// Changes tells which of the paths have changed since the last; nil: it may be
	// any.
	Changes chan []string

	events *fsnotify.Watcher // nil: there are none
	follow chan following
	stop   chan struct{}
	done   chan struct{}
}

type following struct {
	paths   []string
	since   time.Time
	problem chan string
}

// NewWatcher makes a Watcher that follows nothing yet.
func NewWatcher() *Watcher {
	w := &Watcher{Changes: make(chan []string, 1), follow: make(chan following),
		stop: make(chan struct{}), done: make(chan struct{})}
	events, err := fsnotify.NewWatcher()
	if err == nil {
		w.events = events
	}
	go w.run(err)
	return w
}

// Follow makes paths the files that are watched; of a directory, which entries
// it has. Those changed since a time are a change already. It returns what is
// to be logged, once.
func (w *Watcher) Follow(paths []string, since time.Time) (problem string) {
	f := following{paths: paths, since: since, problem: make(chan string, 1)}
	w.follow <- f
	return <-f.problem
}

// Close ends the watch.
func (w *Watcher) Close() {
	close(w.stop)
	<-w.done
	if w.events != nil {
		w.events.Close()
	}
}

// run owns what is watched. problem is why there are no events.
func (w *Watcher) run(problem error) {
	defer close(w.done)
	var events chan fsnotify.Event
	var errors chan error
	if w.events != nil {
		events, errors = w.events.Events, w.events.Errors
	}
	var now *watched
	var told bool
	touched := map[string]bool{} // what events were about
	settle := newSettler()
	poll := time.NewTicker(pollTime)
	defer poll.Stop()
	poll.Stop()
	for {
		select {
		case <-w.stop:
			return
		case f := <-w.follow:
			if now != nil && problem == nil && slices.Equal(now.paths, f.paths) {
				f.problem <- "" // Events will tell of what changed meanwhile.
				continue
			}
			before := now
			now = newWatched(f.paths)
			if err := w.watchDirs(before, now); err != nil {
				problem = err
			}
			text := ""
			if problem != nil {
				poll.Reset(pollTime)
				if !told {
					told = true
					text = fmt.Sprintf("files cannot be watched (%v), they are looked at every %v", problem, pollTime)
				}
			}
			if now.changedSince(f.since) {
				w.tell(nil)
			}
			f.problem <- text
		case e, ok := <-events:
			if !ok || now == nil {
				continue
			}
			if paths := now.concerned(e.Name, e.Op); len(paths) > 0 {
				for _, p := range paths {
					touched[p] = true
				}
				settle.happened(e.Has(fsnotify.Write))
			}
		case <-errors: // Events may be lost: look at everything.
			if now != nil {
				for _, p := range now.paths {
					touched[p] = true
				}
			}
			settle.happened(true)
		case <-poll.C:
			if now != nil {
				w.look(now, now.paths)
			}
		case <-settle.timer.C:
			settle.looked()
			if now != nil {
				w.look(now, slices.Collect(maps.Keys(touched)))
			}
			clear(touched)
		}
	}
}

// look tells which of paths are not as they were. New directories may have to be
// watched, which are on the way to a file or to where a link leads.
func (w *Watcher) look(now *watched, paths []string) {
	changed := now.look(paths)
	if len(changed) == 0 {
		return
	}
	before := &watched{dirs: maps.Clone(now.dirs)}
	for _, p := range changed {
		now.add(p)
	}
	w.watchDirs(before, now)
	w.tell(changed)
}

// tell adds to what was told and not yet heard.
func (w *Watcher) tell(changed []string) {
	select {
	case earlier := <-w.Changes:
		if earlier == nil || changed == nil {
			changed = nil
		} else {
			changed = append(earlier, changed...)
		}
	default:
	}
	w.Changes <- changed
}

// watchDirs watches the directories of now, and leaves those of before.
func (w *Watcher) watchDirs(before, now *watched) error {
	if w.events == nil {
		return nil
	}
	var problem error
	for dir := range now.dirs {
		if before != nil && before.dirs[dir] {
			continue
		}
		if err := w.events.Add(dir); err != nil && !os.IsNotExist(err) {
			problem = fmt.Errorf("%s: %w", dir, err)
		}
	}
	if before != nil {
		for dir := range before.dirs {
			if !now.dirs[dir] {
				w.events.Remove(dir)
			}
		}
	}
	return problem
}

// A watched is a set of files as they were when somebody looked.
type watched struct {
	paths []string
	names map[string][]string // what an event may be about → which of paths that concerns
	dirs  map[string]bool     // that have the names in them
	state map[string]string
}

func newWatched(paths []string) *watched {
	n := &watched{paths: paths, names: map[string][]string{}, dirs: map[string]bool{}, state: map[string]string{}}
	for _, p := range paths {
		n.add(p)
		n.state[p] = state(p)
	}
	return n
}

// maxLinks is how many links are followed, as the kernel does.
const maxLinks = 40

// add watches followed, what it links to, and what is on the way if it is not
// there.
func (n *watched) add(followed string) {
	path := filepath.Clean(followed)
	for range maxLinks {
		if !slices.Contains(n.names[path], followed) {
			n.names[path] = append(n.names[path], followed)
		}
		dir := filepath.Dir(path)
		n.dirs[dir] = true
		info, err := os.Lstat(path)
		switch {
		case err != nil && dir == path:
			return
		case err != nil:
			if _, err := os.Stat(dir); err == nil {
				return
			}
			path = dir
		case info.IsDir():
			n.dirs[path] = true
			return
		case info.Mode()&os.ModeSymlink == 0:
			return
		default:
			target, err := os.Readlink(path)
			if err != nil {
				return
			}
			if !filepath.IsAbs(target) {
				target = filepath.Join(dir, target)
			}
			path = target
		}
	}
}

// concerned are the paths that an event of that name can mean a change of: of a
// file, or of a directory that is watched as such, whose entries come and go but do
// not count for what is written to them.
func (n *watched) concerned(name string, op fsnotify.Op) []string {
	if !op.Has(fsnotify.Create) && !op.Has(fsnotify.Remove) && !op.Has(fsnotify.Rename) {
		return n.names[name]
	}
	return slices.Concat(n.names[name], n.names[filepath.Dir(name)])
}

// look tells which of paths are not as they were.
func (n *watched) look(paths []string) (changed []string) {
	for _, p := range paths {
		if s := state(p); s != n.state[p] {
			n.state[p] = s
			changed = append(changed, p)
		}
	}
	return changed
}
