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

// A target is a group and application group, and the connections to it.
type target struct {
	group *Group
	app   string

	mu      sync.Mutex // guards the fields below
	pool    Pool
	known   bool
	idle    []*conn         // last used last
	open    int             // connections, idle ones among them
	waiting []chan struct{} // who waits for one, first come first served
}

// A gateway holds the connections to all workers of a server process.
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
		t = &target{group: group, app: app}
		g.targets[key] = t
	}
	return t
}

// locate asks where the workers are, once.
func (t *target) locate(deadline time.Time) (Pool, error) {
	t.mu.Lock()
	pool, known := t.pool, t.known
	t.mu.Unlock()
	if known {
		return pool, nil
	}
	if provider == nil {
		return Pool{}, errors.New("there is no supervisor to start Python processes")
	}
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	pool, err := provider.Pool(ctx, t.group.Key, t.app)
	if err != nil {
		return Pool{}, err
	}
	t.mu.Lock()
	t.pool, t.known = pool, true
	t.mu.Unlock()
	return pool, nil
}

// acquire takes a connection to a thread that is free, a new one if there may
// be more, and waits for one otherwise: for a place in the queue until the
// deadline, in it as long as for an answer.
func (t *target) acquire(deadline time.Time, patience time.Duration) (*conn, error) {
	pool, err := t.locate(deadline)
	if err != nil {
		return nil, err
	}
	limit := max(pool.Processes, 1) * max(t.group.Threads, 1)
	var queue, answer <-chan time.Time
	for {
		t.mu.Lock()
		if n := len(t.idle); n > 0 {
			c := t.idle[n-1]
			t.idle = t.idle[:n-1]
			t.mu.Unlock()
			return c, nil
		}
		if t.open < limit {
			t.open++
			t.mu.Unlock()
			return t.connect(pool, deadline)
		}
		if len(t.waiting) >= t.backlog() {
			t.mu.Unlock()
			if time.Now().Add(queuePause).After(deadline) {
				return nil, ErrBusy
			}
			time.Sleep(queuePause)
			continue
		}
		turn := make(chan struct{}, 1)
		t.waiting = append(t.waiting, turn)
		t.mu.Unlock()
		if d := t.group.QueueTimeout; queue == nil && d > 0 {
			queue = time.After(d)
		}
		if answer == nil {
			answer = time.After(patience)
		}
		select {
		case <-turn:
		case <-queue:
			t.leave(turn)
			return nil, ErrQueueTimeout
		case <-answer:
			t.leave(turn)
			return nil, ErrTimeout
		}
	}
}

// queuePause is between two looks at a queue that is full.
const queuePause = 20 * time.Millisecond

// maxQueue bounds the requests that wait for a thread, beyond listen-backlog.
const maxQueue = 10_000

func (t *target) backlog() int {
	if n := t.group.ListenBacklog; n > 0 {
		return n + 1 // As the kernel counts.
	}
	return maxQueue
}

// leave takes a turn out of the queue; if it has come, the next one has it.
func (t *target) leave(turn chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, w := range t.waiting {
		if w == turn {
			t.waiting = append(t.waiting[:i], t.waiting[i+1:]...)
			return
		}
	}
	t.wake()
}

// wake lets the first who waits try; t.mu is held.
func (t *target) wake() {
	if len(t.waiting) > 0 {
		t.waiting[0] <- struct{}{}
		t.waiting = t.waiting[1:]
	}
}

// connect dials until a thread answers; workers may be starting.
func (t *target) connect(pool Pool, deadline time.Time) (*conn, error) {
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 200*time.Millisecond) {
		c, err := dial(pool.Socket, time.Until(deadline))
		if err == nil {
			return c, nil
		}
		var bad *ProtocolError
		if time.Now().Add(wait).After(deadline) || errors.As(err, &bad) {
			t.drop(nil)
			if bad != nil {
				return nil, err
			}
			return nil, ErrBusy
		}
		if errors.Is(err, os.ErrNotExist) {
			// The group was started anew, by a supervisor that was: ask again.
			t.mu.Lock()
			t.known = false
			t.mu.Unlock()
			if p, err := t.locate(deadline); err == nil {
				pool = p
			}
		}
		time.Sleep(wait)
	}
}

// put gives a connection back for the next request.
func (t *target) put(c *conn) {
	c.nc.SetDeadline(time.Time{})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.idle = append(t.idle, c)
	t.wake()
}

// drop closes a connection that is of no use any more.
func (t *target) drop(c *conn) {
	if c != nil {
		c.close()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open--
	t.wake()
}
