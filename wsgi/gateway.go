//go:build unix

package wsgi

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// A Pool is where workers of a group answer for one application group.
type Pool struct {
	Socket    string
	Processes int
}

// A Provider finds workers: the supervisor, through the server's link to it.
type Provider interface {
	// Pool starts workers if there are none yet.
	Pool(ctx context.Context, group, application string) (Pool, error)
	// Exited tells why a worker process ended, if it has.
	Exited(pid int) (reason string, ok bool)
}

// provider is what Use was given.
var provider Provider

// Use connects the gateway with who starts workers. The server process calls it
// once, before the first request.
func Use(p Provider) { provider = p }

// Errors of a call, by what the client is answered.
var (
	// ErrBusy tells that all threads were busy and the queue is full, or that
	// no worker could be reached within connect-timeout.
	ErrBusy = errors.New("listener backlog limit was exceeded or the socket does not exist")
	// ErrQueueTimeout tells that no thread was free within queue-timeout.
	ErrQueueTimeout = errors.New("queue timeout expired")
	// ErrTimeout tells that a worker said nothing for socket-timeout.
	ErrTimeout = errors.New("timeout when reading response headers")
)

// A DiedError is a worker that ended while it had a request.
type DiedError struct {
	PID    int
	Reason string
}

// Error says how it ended.
func (e *DiedError) Error() string {
	return fmt.Sprintf("the process (pid %d) %s", e.PID, e.Reason)
}

// A target is a group and application group: the channels to its processes, and
// the calls that wait for one of their threads.
type target struct {
	key      [2]string // in gateway.targets
	group    *Group
	app      string
	from     Provider // nil: there is none
	window   int      // bytes of an answer that may wait here
	segments segments
	commons  commons

	mu       sync.Mutex // guards the fields below, those of channels, and calls
	pool     Pool
	known    bool          // pool is where the workers are
	greeted  chan struct{} // closed when the first process has said hello
	bytes    bool          // native strings are bytes there
	shared   bool          // bodies go there in segments
	channels []*channel
	dialing  int
	down     time.Time // since when there is no channel; zero: there is one
	queue    []*call   // first come first served
	turns    int64     // counts calls that were given to channels
	counts   counts
}

// A gateway holds the channels to all workers of a server process.
type gateway struct {
	mu      sync.Mutex // guards targets
	targets map[[2]string]*target
}

var gate = &gateway{targets: map[[2]string]*target{}}

func (g *gateway) target(group *Group, app string) *target {
	key := [2]string{group.Key, app}
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.targets[key]
	if t == nil {
		t = newTarget(group, app)
		t.key = key
		g.targets[key] = t
	}
	return t
}

// forget lets go of a target whose processes are gone, until it is asked for
// again.
func (g *gateway) forget(t *target) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.targets[t.key] == t {
		delete(g.targets, t.key)
	}
	t.segments.close()
}

// leastWindow is what of an answer may wait for the client at least: more than
// the default of response-buffer-size, for it is all that does.
const leastWindow = 128 << 10

func newTarget(group *Group, app string) *target {
	return &target{group: group, app: app, from: provider, window: max(group.ResponseBuffer, leastWindow),
		greeted: make(chan struct{}), down: time.Now()}
}

// reach makes sure that there is a process to call, or one is on its way.
func (t *target) reach(deadline time.Time) error {
	t.mu.Lock()
	known, live := t.known, len(t.channels) > 0
	if known && live {
		t.mu.Unlock()
		return nil
	}
	t.mu.Unlock()
	if !known {
		if err := t.locate(deadline); err != nil {
			return err
		}
	}
	t.mu.Lock()
	t.ensure()
	t.mu.Unlock()
	return nil
}

// locate asks where the workers are.
func (t *target) locate(deadline time.Time) error {
	if t.from == nil {
		return errors.New("there is no supervisor to start Python processes")
	}
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	pool, err := t.from.Pool(ctx, t.group.Key, t.app)
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.pool, t.known = pool, true
	t.mu.Unlock()
	return nil
}

// ensure connects to as many processes as there are; t.mu is held.
func (t *target) ensure() {
	n := t.dialing
	for _, ch := range t.channels {
		if !ch.leaving {
			n++
		}
	}
	for ; n < max(t.pool.Processes, 1) && t.known; n++ {
		t.dialing++
		go t.dial()
	}
}

// dial connects to one more process. As long as somebody waits for it, it is
// tried again: workers may be starting.
func (t *target) dial() {
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 200*time.Millisecond) {
		t.mu.Lock()
		socket := t.pool.Socket
		t.mu.Unlock()
		ch, err := greet(t, socket)
		if err == nil {
			t.attach(ch)
			return
		}
		if !t.dialAgain(err) {
			return
		}
		time.Sleep(wait)
		if errors.Is(err, os.ErrNotExist) {
			// The group was started anew, by a supervisor that was: ask again.
			t.locate(time.Now().Add(t.group.ConnectTimeout))
		}
	}
}

// dialAgain reports whether it is worth it to dial again after an error. Who
// waits for a process that does not keep to the protocol waits no longer.
func (t *target) dialAgain(err error) bool {
	var bad *ProtocolError
	t.mu.Lock()
	defer t.mu.Unlock()
	if errors.As(err, &bad) {
		for _, c := range t.queue {
			c.fail(err)
		}
		t.queue = nil
	}
	if len(t.queue) > 0 {
		return true
	}
	t.dialing--
	t.known = false
	if len(t.channels) == 0 && t.dialing == 0 {
		gate.forget(t)
	}
	return false
}

// attach takes a channel into use.
func (t *target) attach(ch *channel) {
	t.mu.Lock()
	t.dialing--
	t.channels = append(t.channels, ch)
	t.down = time.Time{}
	if !t.hasGreeted() {
		t.bytes, t.shared = ch.hello.Bytes, ch.hello.Shared
		close(t.greeted)
		for _, c := range t.queue { // Now they know in what form it wants them.
			c.fail(errAgain)
		}
		t.queue = nil
	}
	t.advance()
	t.mu.Unlock()
	go ch.run()
	t.flush()
}

// hasGreeted tells whether a process has ever said hello.
func (t *target) hasGreeted() bool {
	select {
	case <-t.greeted:
		return true
	default:
		return false
	}
}

// takesSegments tells whether bodies go there in segments; not before a process
// has said so.
func (t *target) takesSegments() bool { return t.hasGreeted() && t.shared }

// lose takes a channel out of use, because of err. Calls that may have begun
// fail; those of which nothing got to the process go to another.
func (t *target) lose(ch *channel, err error) {
	t.mu.Lock()
	ch.ended = true
	under := len(ch.calls) > 0
	t.mu.Unlock()
	var died error
	if under || !ch.leaving {
		died = ch.died(err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(ch)
	for _, seg := range ch.passing {
		seg.drop()
	}
	ch.passing = nil
	t.counts.ended(ch, died)
	for id, c := range ch.calls {
		switch {
		case c == ghost:
		case id > ch.written:
			c.fail(errAgain)
		default:
			c.fail(died)
		}
	}
	clear(ch.calls)
	t.lookDown()
	t.ensure()
}

func (t *target) remove(ch *channel) {
	for i, other := range t.channels {
		if other == ch {
			t.channels = append(t.channels[:i], t.channels[i+1:]...)
			return
		}
	}
}

// lookDown notes when there is no channel left that calls can go to; t.mu is
// held.
func (t *target) lookDown() {
	for _, ch := range t.channels {
		if !ch.leaving {
			return
		}
	}
	if t.down.IsZero() {
		t.down = time.Now()
		for _, c := range t.queue {
			c.tell() // How long it may wait has changed.
		}
	}
}

// died is why a process says no more.
func (ch *channel) died(err error) error {
	var bad *ProtocolError
	if errors.As(err, &bad) {
		return err
	}
	reason := "closed the connection in the middle of an answer"
	for range 20 { // The supervisor hears of it at about the same time.
		if r, ok := ch.target.from.Exited(ch.hello.PID); ok {
			reason = r
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	return &DiedError{ch.hello.PID, reason}
}
