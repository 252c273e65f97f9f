//go:build unix

package daemon

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
)

// A Generation is a configuration as the server gets it, with the descriptors
// it names. What an earlier one had under the same key is the same object.
type Generation struct {
	ID        int
	Config    []byte
	Whole     []byte // of the plan; empty: as that of the generation in force
	Listeners map[string]net.Listener
	Logs      map[string]*os.File
	Files     map[string]*os.File // to be read with ReadAt: they are shared
	manifest  manifest
}

// A Link is the server's end of the control socket.
//
// Logs and files need not be closed: a request may go on with those of the
// generation it began with, so each is closed when nothing refers to it.
type Link struct {
	// Generations are configurations to put into force; each is answered by
	// Ready or Refused.
	Generations chan *Generation
	// Reopened brings, by key, logs that were opened again. It and Generations
	// keep the supervisor's order.
	Reopened chan map[string]*os.File
	// Stop is told whether to stop gracefully, perhaps a second time and less
	// so. It is closed when the supervisor is gone, which means a graceful
	// stop too. Workers can be had until the end.
	Stop chan bool

	ch    conduit
	queue chan any // *Generation or map[string]*os.File, to be delivered
	gone  chan struct{}

	mu        sync.Mutex // guards the fields below
	asked     map[int]chan message
	next      int
	files     map[int]*os.File     // by handle
	listeners map[int]net.Listener // by handle
	current   *Generation
	coming    []*Generation // were not answered yet
}

// Attach takes up the control socket that the supervisor handed down.
func Attach(control *os.File) (*Link, error) {
	conn, err := unixConn(control)
	control.Close()
	if err != nil {
		return nil, err
	}
	return attach(&channel{conn: conn}), nil
}

func attach(ch conduit) *Link {
	l := &Link{Generations: make(chan *Generation), Reopened: make(chan map[string]*os.File), Stop: make(chan bool, 2),
		ch: ch, queue: make(chan any, 64), gone: make(chan struct{}),
		asked: map[int]chan message{}, files: map[int]*os.File{}, listeners: map[int]net.Listener{}}
	go l.receive()
	go l.deliver()
	return l
}

// Close lets go of the link, for a server that has ended inside a process that
// goes on.
func (l *Link) Close() { l.ch.close() }

// receive reads what the supervisor says, and never waits for the server, which
// may be waiting for an answer.
func (l *Link) receive() {
	defer close(l.Stop)
	defer close(l.gone)
	for {
		m, err := l.ch.receive()
		if err != nil {
			return
		}
		switch m.Type {
		case "files":
			l.take(m)
		case "generation":
			g, err := l.generation(m)
			if err != nil {
				l.Refused(m.ID, err)
				continue
			}
			l.queue <- g
		case "reopened":
			l.take(m)
			if again := l.replace(m); len(again) > 0 {
				l.queue <- again
			}
		case "stop":
			select {
			case l.Stop <- m.Graceful:
			default: // It was told twice already.
			}
		default:
			l.answer(m)
		}
	}
}

// deliver hands things to the server as it takes them.
func (l *Link) deliver() {
	for {
		select {
		case <-l.gone:
			return
		case x := <-l.queue:
			switch x := x.(type) {
			case *Generation:
				select {
				case l.Generations <- x:
				case <-l.gone:
				}
			case map[string]*os.File:
				select {
				case l.Reopened <- x:
				case <-l.gone:
				}
			}
		}
	}
}

// Ready tells that generation id is in force. Listeners that it does not name
// are closed.
func (l *Link) Ready(id int) {
	l.answered(id, true)
	l.ch.send(message{Type: "ready", ID: id})
}

// Refused tells that generation id could not be put into force.
func (l *Link) Refused(id int, err error) {
	l.answered(id, false)
	text := err.Error()
	l.ch.send(message{Type: "refused", ID: id, Text: text[:min(len(text), 8000)]})
}

// Pool asks for the socket on which workers of a group (by its Key) answer for
// an application, and how many processes they are. It starts them if need be.
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

// Exited asks how a worker process ended. It waits up to a second for the
// supervisor to learn that; ok is false if the process goes on, or is none.
func (l *Link) Exited(ctx context.Context, pid int) (reason string, ok bool) {
	m, err := l.ask(ctx, message{Type: "exited", PID: pid})
	return m.Text, err == nil && m.OK
}

var errGone = errors.New("the supervisor is gone")

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
	case <-l.gone:
		return message{}, errGone
	case <-ctx.Done():
		return message{}, ctx.Err()
	}
}

func (l *Link) answer(m message) {
	l.mu.Lock()
	waiting := l.asked[m.ID]
	delete(l.asked, m.ID)
	l.mu.Unlock()
	if waiting != nil {
		waiting <- m
	}
}
