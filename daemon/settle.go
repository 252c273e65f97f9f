package daemon

import "time"

// How long files must be quiet before a change counts, and how long one waits
// at most while they are not.
const (
	quietTime = 100 * time.Millisecond
	maxQuiet  = 500 * time.Millisecond
)

// A settler says when to look after something has happened.
type settler struct {
	timer *time.Timer
	since time.Time // of the first event not looked at; zero: none
}

func newSettler() *settler {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &settler{timer: t}
}

// happened notes an event.
func (s *settler) happened() {
	now := time.Now()
	if s.since.IsZero() {
		s.since = now
	}
	s.timer.Reset(min(quietTime, s.since.Add(maxQuiet).Sub(now)))
}

// looked is for when the timer has gone off.
func (s *settler) looked() { s.since = time.Time{} }
