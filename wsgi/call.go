//go:build unix

package wsgi

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// A call is a request on its way to a worker and back. Its goroutine waits for
// what the channel's reader puts into the inbox.
type call struct {
	target  *target
	environ func(e *Environ, restarts int)
	body    io.Reader // nil: none
	length  int64     // of the body; -1: not known
	hold    bool      // no thread is taken before the body is here
	mtime   int64     // of the script, in seconds; -1: the worker has to look
	reply   reply
	// connect bounds the wait for a worker, socket each wait for its answer.
	connect, socket time.Duration

	begun     time.Time
	e         Environ
	request   []byte   // payload of the request frame; empty: nobody has said in what form yet
	common    *common  // what its environ lacks; nil: nothing
	shared    *segment // that goes with it
	upload    upload
	bodyTaken bool // a part of the body was asked for: the request cannot be sent again
	headed    bool
	wrote     bool // some of the body of the answer
	restarts  int  // processes that were on their way out
	refused   int  // pid of the last of them
	bodyError error
	owed      int // bytes of the answer passed on for which the worker got no credit yet

	// Guarded by target.mu.
	channel *channel // nil: in the queue
	id      uint32
	since   time.Time // it waits for the worker since then; zero: it does not
	placeBy time.Time // by then it has a place in the queue; zero: it has one
	inbox   []byte    // frames
	spare   []byte
	files   []*os.File // of the frames in it
	held    int        // bytes of the answer that got no credit yet
	got     struct{ head, file, want, value bool }
	err     error // how it ended, if not by a frame

	notify chan struct{} // has room for one: something of the above changed
}

// A reply takes the answer. An error of one of its methods ends the call: the
// client is gone.
type reply interface {
	head(h head) error
	data(p []byte) error
	file(f *os.File, offset, n int64) error
	// flush is called where more of the answer may take a while.
	flush() error
	log(level byte, line []byte)
}

var (
	// errFailed tells that the application failed before any output, which it
	// has logged itself.
	errFailed = errors.New("application failed")
	// errInterrupted is the same where the application was told to give up
	// (interrupt-timeout).
	errInterrupted = errors.New("application interrupted")
	// errAgain tells that nothing of a call was taken: it can be made again.
	errAgain = errors.New("to be called again")
	// errDone ends a call well.
	errDone = errors.New("done")
)

var calls = sync.Pool{New: func() any { return &call{notify: make(chan struct{}, 1)} }}

func newCall() *call { return calls.Get().(*call) }

// release lets others use c, and its buffers unless they had to grow a lot.
func (c *call) release() {
	select {
	case <-c.notify:
	default:
	}
	old := *c
	*c = call{notify: old.notify, upload: upload{piece: small(old.upload.piece)}}
	c.e.room = small(old.e.room)
	c.request, c.inbox, c.spare = small(old.request)[:0], small(old.inbox)[:0], small(old.spare)[:0]
	calls.Put(c)
}

// small is b, or nil if it is too large to be kept.
func small(b []byte) []byte {
	if cap(b) > keptSize {
		return nil
	}
	return b
}

// keptSize is that of a buffer worth keeping: an answer as large as may wait here.
const keptSize = 2 * leastWindow

// do has the request answered. A process on its way out takes nothing, and the
// request goes to another.
func (c *call) do() (err error) {
	c.begun = time.Now()
	deadline := c.begun.Add(c.connect)
	if c.body != nil {
		c.upload.src = c.body
		if c.target.takesSegments() {
			c.upload.segments = &c.target.segments
		}
		defer func() { c.upload.close(err == nil) }()
		if c.hold {
			c.upload.gather(c.length)
			c.begun = time.Now()
			deadline = c.begun.Add(c.connect)
		}
	}
	for {
		err = c.attempt(deadline)
		if !errors.Is(err, errAgain) {
			return err
		}
		if time.Now().After(deadline) {
			return ErrBusy
		}
	}
}

func (c *call) attempt(deadline time.Time) error {
	t := c.target
	if err := t.reach(deadline); err != nil {
		return err
	}
	c.request = c.request[:0]
	if t.hasGreeted() { // Else it is told to try again when the first process is there.
		c.build()
	}
	t.mu.Lock()
	c.channel, c.err, c.since, c.placeBy = nil, nil, time.Time{}, time.Time{}
	t.mu.Unlock()
	if err := t.submit(c, deadline); err != nil {
		return err
	}
	for {
		in, err := c.wait()
		if len(in) > 0 {
			if end := c.obeyAll(in); end != nil {
				err = end
			}
		}
		if err == errDone {
			return nil
		}
		if err != nil {
			c.abandon()
			return err
		}
	}
}

// Flags of a request.
const (
	flagBody   = 1 // there is a body
	flagWhole  = 2 // all of it is in the frame
	flagShared = 4 // instead of its first part there is the length of that, in the segment whose descriptor comes along
)

// build makes the payload of the request frame: flags, how much of the answer
// may wait here, time of the script, number of what its environ has in common
// with others, length of the environ, environ, and the first part of the body.
func (c *call) build() {
	flags, inline := byte(0), []byte(nil)
	var size [4]byte
	if c.body != nil {
		flags = flagBody
		seg, n, whole := c.upload.shared()
		if c.shared = seg; seg == nil {
			inline, whole = c.upload.inline()
		} else {
			flags |= flagShared
			binary.BigEndian.PutUint32(size[:], uint32(n))
			inline = size[:]
		}
		if whole {
			flags |= flagWhole
		}
	}
	b := append(c.request[:0], flags)
	b = binary.BigEndian.AppendUint32(b, uint32(c.target.window))
	b = binary.BigEndian.AppendUint64(b, uint64(c.mtime))
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	at := len(b)
	c.e.Extend(b, c.target.bytes)
	c.environ(&c.e, c.restarts)
	b, dict := c.e.Bytes()
	if c.common = nil; dict != nil {
		c.common = c.target.commons.find(dict)
		binary.BigEndian.PutUint32(b[at-8:], c.common.number)
	}
	binary.BigEndian.PutUint32(b[at-4:], uint32(len(b)-at))
	c.request = append(b, inline...)
}

// wait waits for frames, or the end of the call.
func (c *call) wait() (in []byte, err error) {
	mu := &c.target.mu
	mu.Lock()
	for len(c.inbox) == 0 && c.err == nil {
		assigned := c.channel != nil
		if assigned && c.since.IsZero() {
			c.since = time.Now()
		}
		mu.Unlock()
		if assigned {
			<-c.notify
		} else if err := c.waitInQueue(); err != nil {
			return nil, err
		}
		mu.Lock()
	}
	c.since = time.Time{}
	in, c.inbox = c.inbox, c.spare[:0]
	c.spare = in
	err = c.err
	mu.Unlock()
	return in, err
}

// waitInQueue waits until a thread has the call, or it has waited too long.
func (c *call) waitInQueue() error {
	left, assigned, err := c.expired(time.Now())
	if assigned || err != nil {
		return err
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	for {
		select {
		case <-c.notify:
			return nil
		case now := <-timer.C:
			if left, assigned, err = c.expired(now); assigned || err != nil {
				return err
			}
			timer.Reset(left)
		}
	}
}

// fail ends a call from outside its goroutine; target.mu is held.
func (c *call) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.tell()
}

func (c *call) tell() {
	select {
	case c.notify <- struct{}{}:
	default:
	}
}
