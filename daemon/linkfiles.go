//go:build unix

package daemon

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
)

// take keeps descriptors that arrived, by their handles.
func (l *Link) take(m message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, f := range m.files {
		if i < len(m.Handles) {
			l.files[m.Handles[i]] = f
			continue
		}
		f.Close()
	}
}

// generation makes a generation of a manifest and what has arrived before it.
func (l *Link) generation(m message) (*Generation, error) {
	if len(m.files) != 1 {
		return nil, errors.New("no configuration arrived")
	}
	defer m.files[0].Close()
	what, config, whole, err := unpack(m.files[0])
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	g := &Generation{ID: m.ID, Config: config, Whole: whole, manifest: what, Listeners: map[string]net.Listener{}}
	for key, handle := range what.Listeners {
		if g.Listeners[key], err = l.listener(handle); err != nil {
			return nil, fmt.Errorf("listen on %s: %w", key, err)
		}
	}
	if g.Logs, err = l.named(what.Logs); err != nil {
		return nil, err
	}
	if g.Files, err = l.named(what.Files); err != nil {
		return nil, err
	}
	l.coming = append(l.coming, g)
	return g, nil
}

var errNotHere = errors.New("its descriptor did not arrive")

func (l *Link) listener(handle int) (net.Listener, error) {
	if nl := l.listeners[handle]; nl != nil {
		return nl, nil
	}
	f := l.files[handle]
	if f == nil {
		return nil, errNotHere
	}
	nl, err := net.FileListener(f)
	if err != nil {
		return nil, err
	}
	f.Close()
	delete(l.files, handle)
	l.listeners[handle] = nl
	return nl, nil
}

func (l *Link) named(handles map[string]int) (map[string]*os.File, error) {
	files := map[string]*os.File{}
	for key, handle := range handles {
		if files[key] = l.files[handle]; files[key] == nil {
			return nil, fmt.Errorf("%s: %w", key, errNotHere)
		}
	}
	return files, nil
}

// replace notes which logs were opened again, and names them. Those of before
// are in use yet.
func (l *Link) replace(m message) map[string]*os.File {
	l.mu.Lock()
	defer l.mu.Unlock()
	again := map[string]*os.File{}
	for i, old := range m.Replaces {
		if i >= len(m.Handles) {
			break
		}
		for _, g := range l.live() {
			for key, handle := range g.manifest.Logs {
				if handle == old {
					g.manifest.Logs[key] = m.Handles[i]
					again[key] = l.files[m.Handles[i]]
				}
			}
		}
		delete(l.files, old)
	}
	return again
}

// live are the generations in force and on their way; l.mu is held.
func (l *Link) live() []*Generation {
	if l.current == nil {
		return l.coming
	}
	return append([]*Generation{l.current}, l.coming...)
}

// answered forgets what no generation needs any more, now that one is in force
// or will never be.
func (l *Link) answered(id int, inForce bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.coming, func(g *Generation) bool { return g.ID == id })
	if i < 0 {
		return
	}
	if inForce {
		l.current = l.coming[i]
	}
	l.coming = slices.Delete(l.coming, i, i+1)
	kept := map[int]bool{}
	for _, g := range l.live() {
		for _, handles := range []map[string]int{g.manifest.Listeners, g.manifest.Logs, g.manifest.Files} {
			for _, handle := range handles {
				kept[handle] = true
			}
		}
	}
	for handle := range l.files {
		if !kept[handle] {
			delete(l.files, handle)
		}
	}
	for handle, nl := range l.listeners {
		if !kept[handle] {
			nl.Close()
			delete(l.listeners, handle)
		}
	}
}

// Forget closes the listeners of old that g does not name. Ready does so too;
// this is for who wants it sooner.
func (l *Link) Forget(old, g *Generation) {
	for key, nl := range old.Listeners {
		if g.Listeners[key] != nl {
			nl.Close()
		}
	}
}
