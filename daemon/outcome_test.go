//go:build unix

package daemon

import (
	"syscall"
	"testing"
)

// TestReasons are the words for each end of a process.
func TestReasons(t *testing.T) {
	for _, c := range []struct {
		o           outcome
		killed, oom bool
		want        string
	}{
		{o: outcome{code: 7}, want: "exited with code 7"},
		{o: outcome{signal: syscall.SIGSEGV}, want: "was killed by signal 11 (Segmentation fault)"},
		{o: outcome{signal: syscall.SIGSEGV}, oom: true, want: "was killed by signal 11 (Segmentation fault)"},
		{o: outcome{signal: syscall.SIGKILL}, oom: true, want: "was killed by signal 9 (Killed): out of memory"},
		{o: outcome{signal: syscall.SIGKILL}, want: "was killed by signal 9 (Killed), not by this server: perhaps for want of memory"},
		{o: outcome{signal: syscall.SIGKILL}, killed: true, oom: true, want: "was killed by signal 9 (Killed)"},
	} {
		if got := c.o.reason(c.killed, c.oom); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
