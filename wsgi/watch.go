//go:build unix

package wsgi

import "time"

const (
	stall      = 2 * time.Millisecond   // without an answer: one more thread is woken
	wakePause  = 1 * time.Millisecond   // until the next, while there is none
	tellStacks = 2                      // a byte that asks where the threads are, for the log
	sweepPause = 100 * time.Millisecond // between two looks for calls that wait too long
)

// A watch looks after a channel that has calls under way. The process answers
// them with as few threads as it can. When no answer comes for a moment the
// thread at work has met a slow request, and another is woken for the rest. A
// call that is alone keeps nobody waiting; nor does one of a process whose
// requests all take long, for its threads wake each other.
type watch struct {
	timer *time.Timer
	on    bool
	awake bool      // the threads wake each other
	slow  bool      // it looks only for calls that wait too long
	heard time.Time // the last end of an answer
	woken int       // threads since then
	swept time.Time
}

// begin is called for each call that is assigned; target.mu is held.
func (w *watch) begin(ch *channel, now time.Time) {
	alone := len(ch.calls) == 1
	if w.on && (!w.slow || alone || w.awake) {
		return
	}
	if alone {
		w.heard, w.woken = now, 0
	}
	w.on, w.slow = true, alone || w.awake
	pause := stall
	if w.slow {
		pause = sweepPause
	}
	if w.timer == nil {
		w.timer = time.AfterFunc(pause, func() { ch.tick(time.Now()) })
		return
	}
	w.timer.Reset(pause)
}

// progress is called when an answer has ended; target.mu is held.
func (w *watch) progress(now time.Time) { w.heard, w.woken = now, 0 }

// pace hears whether the threads wake each other; target.mu is held.
func (w *watch) pace(awake bool) {
	if w.awake && !awake && w.on {
		w.slow, w.heard, w.woken = false, time.Now(), 0
		w.timer.Reset(stall)
	}
	w.awake = awake
}

func (ch *channel) tick(now time.Time) {
	t := ch.target
	t.mu.Lock()
	defer t.mu.Unlock()
	w := &ch.watch
	if ch.ended || len(ch.calls) == 0 {
		w.on = false
		return
	}
	pause := stall
	switch stalled := now.Sub(w.heard) >= stall; {
	case len(ch.calls) == 1 || w.awake || stalled && (w.woken >= len(ch.calls) || ch.wake == nil):
		w.slow, pause = true, sweepPause
	case stalled:
		ch.wake.Write([]byte{1})
		w.woken++
		pause = wakePause
	}
	if now.Sub(w.swept) >= sweepPause {
		w.swept = now
		ch.sweep(now)
	}
	w.timer.Reset(pause)
}

// sweep ends the calls that have waited too long for the process to say
// something; target.mu is held.
func (ch *channel) sweep(now time.Time) {
	for _, c := range ch.calls {
		if c != ghost && !c.since.IsZero() && now.Sub(c.since) > c.socket {
			c.fail(ErrTimeout)
			if ch.wake != nil {
				ch.wake.Write([]byte{tellStacks})
			}
		}
	}
}
