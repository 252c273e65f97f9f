//go:build unix

package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
)

// A Generation is a configuration as the server gets it, with the descriptors
// it names. What an earlier one had under the same key is the same object.
type Generation struct {
	ID        int
	Config    []byte
	Listeners map[string]net.Listener
	Logs      map[string]*os.File
}

// A Link is the server's end of the control socket.
type Link struct {
	// Generations are configurations to put into force; each is answered by
	// Ready or Refused.
	Generations chan *Generation
	// Reopened brings log files that were opened again.
	Reopened chan map[string]*os.File
	// Stop is told once whether to stop gracefully; it is closed when the
	// supervisor is gone.
	Stop chan bool

	ch        *channel
	listeners map[string]net.Listener
	logs      map[string]*os.File

	mu    sync.Mutex // guards asked and next
	asked map[int]chan message
	next  int
}

// Attach takes up the control socket that the supervisor handed down.
func Attach(control *os.File) (*Link, error) {
	ch, err := newChannel(control)
	control.Close()
	if err != nil {
		return nil, err
	}
	l := &Link{Generations: make(chan *Generation), Reopened: make(chan map[string]*os.File), Stop: make(chan bool, 1),
		ch: ch, listeners: map[string]net.Listener{}, logs: map[string]*os.File{}, asked: map[int]chan message{}}
	go l.receive()
	return l, nil
}

// receive is the goroutine that reads what the supervisor says.
func (l *Link) receive() {
	defer close(l.Stop)
	fresh := map[string]*os.File{}
	var names, logNames []string
	for {
		m, err := l.ch.receive()
		if err != nil {
			return
		}
		switch m.Type {
		case "files":
			l.take(m, fresh)
		case "listeners":
			names = append(names, m.Keys...)
		case "logs":
			logNames = append(logNames, m.Keys...)
		case "generation":
			g, err := l.generation(m, names, logNames)
			names, logNames = nil, nil
			clear(fresh)
			if err != nil {
				l.Refused(m.ID, err)
				continue
			}
			l.Generations <- g
		case "reopened":
			again := fresh
			fresh = map[string]*os.File{}
			l.Reopened <- again
		case "stop":
			l.Stop <- m.Graceful
			return
		default:
			l.answer(m)
		}
	}
}

func (l *Link) take(m message, fresh map[string]*os.File) {
	for i, f := range m.files {
		if i >= len(m.Keys) {
			f.Close()
			continue
		}
		if m.Kind == "log" {
			l.logs[m.Keys[i]] = f
			fresh[m.Keys[i]] = f
			continue
		}
		if nl, err := net.FileListener(f); err == nil {
			l.listeners[m.Keys[i]] = nl
		}
		f.Close()
	}
}

func (l *Link) generation(m message, names, logNames []string) (*Generation, error) {
	g := &Generation{ID: m.ID, Listeners: map[string]net.Listener{}, Logs: map[string]*os.File{}}
	for _, n := range names {
		if l.listeners[n] == nil {
			return nil, fmt.Errorf("no descriptor for %s arrived", n)
		}
		g.Listeners[n] = l.listeners[n]
	}
	for _, n := range logNames {
		if l.logs[n] == nil {
			return nil, fmt.Errorf("no descriptor for log %s arrived", n)
		}
		g.Logs[n] = l.logs[n]
	}
	if len(m.files) != 1 {
		return nil, errors.New("no configuration arrived")
	}
	defer m.files[0].Close()
	config, err := io.ReadAll(io.NewSectionReader(m.files[0], 0, 1<<30))
	g.Config = config
	return g, err
}

// Forget closes what g does not name any more: its successor is in force.
func (l *Link) Forget(old, g *Generation) {
	for key, nl := range old.Listeners {
		if g.Listeners[key] == nil {
			nl.Close()
			delete(l.listeners, key)
		}
	}
}

// Ready tells that generation id is in force.
func (l *Link) Ready(id int) { l.ch.send(message{Type: "ready", ID: id}) }

// Refused tells that generation id could not be put into force.
func (l *Link) Refused(id int, err error) {
	text := err.Error()
	l.ch.send(message{Type: "refused", ID: id, Text: text[:min(len(text), 8000)]})
}

// Pool asks for the socket on which workers of a group (by its Key) answer for
// an application, and how many processes they are.
func (l *Link) Pool(ctx context.Context, group, application string) (socket string, processes int, err error) {
	m, err := l.ask(ctx, message{Type: "pool", Group: group, App: application})
	if err != nil {
		return "", 0, err
	}
	if m.Text != "" {
		return "", 0, errors.New(m.Text)
	}
	return m.Socket, m.Processes, nil
}

// Exited asks how a worker process ended; ok is false while it runs, or if it
// is none.
func (l *Link) Exited(ctx context.Context, pid int) (reason string, ok bool) {
	m, err := l.ask(ctx, message{Type: "exited", PID: pid})
	return m.Text, err == nil && m.OK
}

func (l *Link) ask(ctx context.Context, m message) (message, error) {
	answer := make(chan message, 1)
	l.mu.Lock()
	l.next++
	m.ID = l.next
	l.asked[m.ID] = answer
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.asked, m.ID)
		l.mu.Unlock()
	}()
	if err := l.ch.send(m); err != nil {
		return message{}, err
	}
	select {
	case got := <-answer:
		return got, nil
	case <-ctx.Done():
		return message{}, ctx.Err()
	}
}

func (l *Link) answer(m message) {
	l.mu.Lock()
	waiting := l.asked[m.ID]
	l.mu.Unlock()
	if waiting != nil {
		waiting <- m
	}
}
