package daemon

import "time"

// How long files must be quiet before a change counts, and how long one waits
// at most while they are not. A file that is being written is not whole yet; one
// that was put into its place is.
const (
	quietTime  = 10 * time.Millisecond
	writeQuiet = 50 * time.Millisecond
	maxQuiet   = 500 * time.Millisecond
)

// A settler says when to look after something has happened.
type settler struct {
	timer *time.Timer
	since time.Time // of the first event not looked at; zero: none
	write bool      // one of them was of something being written
}

func newSettler() *settler {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &settler{timer: t}
}

// happened notes an event, which may be of something being written.
func (s *settler) happened(write bool) {
	now := time.Now()
	if s.since.IsZero() {
		s.since = now
	}
	s.write = s.write || write
	quiet := quietTime
	if s.write {
		quiet = writeQuiet
	}
	s.timer.Reset(min(quiet, s.since.Add(maxQuiet).Sub(now)))
}

// looked is for when the timer has gone off.
func (s *settler) looked() { s.since, s.write = time.Time{}, false }
