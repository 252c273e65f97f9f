package wire

import (
	"io"
	"strings"
	"testing"
	"time"

	"understudy/compat"
)

// A client gets as much time for a header as it deserves by what it sends.
func TestStage(t *testing.T) {
	rule := &compat.ReadStage{Timeout: 20 * time.Second, Max: 40 * time.Second, MinRate: 500}
	s := newStage(rule, time.Hour)
	s.extend(500)
	if got, want := s.bound(9*time.Hour), time.Hour+21*time.Second; got != want {
		t.Errorf("after 500 bytes: got %v, want %v", got, want)
	}
	s.extend(1 << 20)
	if got, want := s.bound(9*time.Hour), time.Hour+40*time.Second; got != want {
		t.Errorf("after a MiB: got %v, want %v", got, want)
	}
	if got := s.bound(time.Minute); got != time.Minute {
		t.Errorf("Timeout ends before: got %v", got)
	}
	none := newStage(nil, time.Hour)
	if none.extend(1); none.bound(time.Minute) != time.Minute {
		t.Error("no rule sets a bound")
	}
}

// Header and body have stages of their own, though each part comes in time.
func TestStagesOfTrickle(t *testing.T) {
	f := newFake()
	f.host.ReadTimeouts = &compat.ReadTimeouts{Header: &compat.ReadStage{Timeout: 200 * time.Millisecond},
		Body: &compat.ReadStage{Timeout: 200 * time.Millisecond}}
	_, address := start(t, f)
	for _, head := range []string{"GET / HTTP/1.1\r\nX: ", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n"} {
		c := dial(t, address)
		go func() {
			io.WriteString(c, head)
			for range 200 {
				if _, err := io.WriteString(c, "x"); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}()
		begun := time.Now()
		answer := make([]byte, 1024)
		n, _ := io.ReadAtLeast(c, answer, 20)
		if took := time.Since(begun); took > 3*time.Second || !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 408 ") {
			t.Errorf("%.4s: got %.40q after %v", head, answer[:n], took)
		}
	}
}
