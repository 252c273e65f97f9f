//go:build unix

package wsgi

import (
	"encoding/binary"
	"net"
	"slices"
	"time"
)

// maxQueue bounds the requests that wait for a thread, beyond listen-backlog.
const maxQueue = 10_000

func (t *target) backlog() int {
	if n := t.group.ListenBacklog; n > 0 {
		return n + 1 // As the kernel counts.
	}
	return maxQueue
}

// submit gives a call to a process with a thread that is free, or puts it in the
// queue. Those behind the end of listen-backlog stand there in turn, too, and
// have until the deadline to come before it.
func (t *target) submit(c *call, deadline time.Time) error {
	t.mu.Lock()
	if len(c.request) == 0 && t.hasGreeted() {
		t.mu.Unlock()
		return errAgain
	}
	if len(t.queue) == 0 {
		if ch := t.pick(); ch != nil {
			ch.assign(c)
			t.mu.Unlock()
			ch.flush(true)
			return nil
		}
	}
	c.placeBy = deadline
	t.queue = append(t.queue, c)
	t.ensure()
	t.mu.Unlock()
	return nil
}

// pick chooses a process with a thread that is free: one that does least, for a
// process runs Python in one thread at a time; and among those the one that was
// busy last. t.mu is held.
func (t *target) pick() *channel {
	var best *channel
	for _, ch := range t.channels {
		switch {
		case ch.leaving || ch.ended || len(ch.calls) >= max(t.group.Threads, 1):
		case best == nil || len(ch.calls) < len(best.calls) ||
			len(ch.calls) == len(best.calls) && ch.used > best.used:
			best = ch
		}
	}
	return best
}

// advance gives calls that wait to threads that are free; t.mu is held. Who
// calls it flushes afterwards.
func (t *target) advance() {
	n := 0
	for n < len(t.queue) {
		ch := t.pick()
		if ch == nil {
			break
		}
		ch.assign(t.queue[n])
		t.queue[n] = nil
		n++
	}
	if n == len(t.queue) {
		t.queue = t.queue[:0]
		return
	}
	t.queue = t.queue[n:]
}

// flush writes to all channels what is to be written.
func (t *target) flush() {
	var some [8]*channel
	t.mu.Lock()
	dirty := some[:0]
	for _, ch := range t.channels {
		if len(ch.out) > 0 && !ch.writing {
			dirty = append(dirty, ch)
		}
	}
	t.mu.Unlock()
	for _, ch := range dirty {
		ch.flush(false)
	}
}

// assign makes the process answer a call; t.mu is held.
func (ch *channel) assign(c *call) {
	t := ch.target
	t.turns++
	ch.used = t.turns
	for ch.last++; ch.last == 0 || ch.calls[ch.last] != nil; ch.last++ {
	}
	c.channel, c.id = ch, ch.last
	c.since = time.Now()
	ch.calls[c.id] = c
	if v := c.common; v != nil && ch.sent[v.number-1] != v {
		ch.sent[v.number-1] = v
		ch.out = appendFrame(ch.out, frameCommon, v.number, v.dict)
	}
	ch.out = appendHeader(ch.out, frameRequest, c.id, len(c.request))
	ch.out = append(ch.out, c.request...)
	if c.shared != nil {
		c.shared.hold()
		ch.passing = append(ch.passing, c.shared)
	}
	ch.watch.begin(ch, c.since)
}

// hears obeys a frame: it is for a call, which its own goroutine goes on with.
func (t *target) hears(ch *channel, f frame, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f.kind == frameLeaving {
		return t.leave(ch, string(f.payload))
	}
	if f.kind == framePace {
		ch.watch.pace(len(f.payload) == 1 && f.payload[0] == 1)
		return nil
	}
	c := ch.calls[f.id]
	if c == nil {
		return protocol("frame %c of no request under way", f.kind)
	}
	switch f.kind {
	case frameHello:
		return protocol("another hello")
	case frameTaken:
		delete(ch.calls, f.id)
		t.spare(ch)
	case frameWhole, frameEnd:
		delete(ch.calls, f.id)
		ch.watch.progress(now)
		if c != ghost {
			t.counts.answered(now.Sub(c.begun))
		}
		t.advance()
	}
	if c == ghost {
		if f.kind == frameFile {
			if file := ch.takeFile(); file != nil {
				file.Close()
			}
		}
		return nil
	}
	return c.deliver(ch, f)
}

// leave hears that a process takes no more calls, and tells it where they end.
// t.mu is held.
func (t *target) leave(ch *channel, why string) error {
	if ch.left {
		return protocol("it leaves twice")
	}
	ch.left, ch.why = true, why
	ch.out = appendHeader(ch.out, frameLeaving, 0, 0)
	t.spare(ch)
	return nil
}

// spare gives no more calls to a process; t.mu is held.
func (t *target) spare(ch *channel) {
	ch.leaving = true
	t.lookDown()
	t.ensure()
}

// send adds a frame of a call to what is written to its process.
func (c *call) send(kind byte, payload []byte) {
	t := c.target
	t.mu.Lock()
	ch := c.channel
	if ch == nil || ch.ended || ch.calls[c.id] != c {
		t.mu.Unlock()
		return
	}
	ch.out = appendFrame(ch.out, kind, c.id, payload)
	t.mu.Unlock()
	ch.flush(false)
}

// sendPieces sends parts of the body: from where they are, if nobody else writes
// to the process. That one reads now, for its request waits for this.
func (c *call) sendPieces(p *pieces) {
	t := c.target
	t.mu.Lock()
	ch := c.channel
	if ch.ended || ch.calls[c.id] != c {
		t.mu.Unlock()
		return
	}
	if ch.writing || len(ch.passing) > 0 || p.size < maxInline/4 {
		for _, part := range p.parts[:p.n] {
			ch.out = append(ch.out, part...)
		}
		t.mu.Unlock()
		ch.flush(false)
		return
	}
	ch.writing = true
	before := ch.out
	ch.out, ch.spare = ch.spare[:0], nil
	ch.written = ch.last
	t.mu.Unlock()
	all := append(make(net.Buffers, 0, 1+len(p.parts)), before)
	all = append(all, p.parts[:p.n]...)
	ch.nc.SetWriteDeadline(time.Now().Add(c.socket))
	_, err := all.WriteTo(ch.nc)
	ch.nc.SetWriteDeadline(time.Time{})
	if err != nil {
		ch.nc.Close() // Where the next frame begins is not known any more.
	}
	t.mu.Lock()
	ch.spare = before
	t.mu.Unlock()
	ch.write(ch.writeNow)
}

// credit lets the worker send n bytes more.
func (c *call) credit(n int) {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(n))
	c.send(frameCredit, b[:])
}

// abandon ends a call from this side: nobody waits for its answer.
func (c *call) abandon() {
	t := c.target
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.queue, c); i >= 0 {
		t.queue = slices.Delete(t.queue, i, i+1)
	}
	if ch := c.channel; ch != nil && ch.calls[c.id] == c {
		ch.calls[c.id] = ghost
		if !ch.ended {
			ch.out = appendHeader(ch.out, frameCancel, c.id, 0)
			go ch.flush(false)
		}
	}
	c.dropFiles()
}

// expired tells whether a call has waited too long in the queue, and if not how
// long it still may. It is not in the queue any more if assigned.
func (c *call) expired(now time.Time) (left time.Duration, assigned bool, err error) {
	t := c.target
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.channel != nil || c.err != nil {
		return 0, true, nil
	}
	type limit struct {
		until time.Time
		err   error
	}
	limits := []limit{{c.begun.Add(c.socket), ErrTimeout}}
	if d := t.group.QueueTimeout; d > 0 {
		limits = append(limits, limit{c.begun.Add(d), ErrQueueTimeout})
	}
	if !t.down.IsZero() {
		since := t.down
		if c.begun.After(since) {
			since = c.begun
		}
		limits = []limit{{since.Add(c.connect), ErrBusy}}
	}
	left = time.Minute
	if !c.placeBy.IsZero() {
		if d := c.placeBy.Sub(now); d > 0 {
			left = min(left, d)
		} else if c.placeBy = (time.Time{}); slices.Index(t.queue, c) >= t.backlog() {
			return 0, false, ErrBusy
		}
	}
	for _, l := range limits {
		if d := l.until.Sub(now); d <= 0 {
			err = l.err
		} else {
			left = min(left, d)
		}
	}
	return left, false, err
}
