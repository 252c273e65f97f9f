package lbmethodheartbeat

import (
	"testing"
	"time"

	"understudy/compat/internal/heartbeat"
)

func TestReady(t *testing.T) {
	now := time.Now()
	use(func() (map[string]heartbeat.Beat, error) {
		return map[string]heartbeat.Beat{
			"a": {Ready: 8, Busy: 1, Seen: now}, "b": {Ready: 8, Seen: now}, "c": {Ready: 8, Busy: 1, Seen: now.Add(-maxSeen)},
		}, nil
	})
	for host, want := range map[string]int{"a": 8, "b": 2, "c": 0, "d": 0} {
		if got := ready(host, now); got != want {
			t.Errorf("%s: got %d, want %d", host, got, want)
		}
	}
}
