//go:build unix

package daemon

import (
	"fmt"
	"syscall"
	"time"
)

// An outcome is how a process ended.
type outcome struct {
	signal syscall.Signal // 0: it exited
	code   int
}

// signalNames are APR's (apr_signal_description_get), which are in Apache's
// log.
var signalNames = map[syscall.Signal]string{
	syscall.SIGHUP: "Hangup", syscall.SIGINT: "Interrupt", syscall.SIGQUIT: "Quit",
	syscall.SIGILL: "Illegal instruction", syscall.SIGTRAP: "Trace/BPT trap", syscall.SIGABRT: "Abort",
	syscall.SIGBUS: "Bus error", syscall.SIGFPE: "Arithmetic exception", syscall.SIGKILL: "Killed",
	syscall.SIGUSR1: "User defined signal 1", syscall.SIGSEGV: "Segmentation fault",
	syscall.SIGUSR2: "User defined signal 2", syscall.SIGPIPE: "Broken pipe", syscall.SIGALRM: "Alarm clock",
	syscall.SIGTERM: "Terminated", syscall.SIGXCPU: "exceeded cpu limit",
	syscall.SIGXFSZ: "exceeded file size limit",
}

func signalName(s syscall.Signal) string {
	if name := signalNames[s]; name != "" {
		return name
	}
	return fmt.Sprintf("signal #%d", int(s))
}

// reason says of a process how it ended. Who asked for its end, with killed,
// need not be told about a lack of memory.
func (o outcome) reason(killed, oom bool) string {
	if o.signal == 0 {
		return fmt.Sprintf("exited with code %d", o.code)
	}
	text := fmt.Sprintf("was killed by signal %d (%s)", int(o.signal), signalName(o.signal))
	switch {
	case o.signal != syscall.SIGKILL || killed:
	case oom:
		text += ": out of memory"
	default:
		text += ", not by this server: perhaps for want of memory"
	}
	return text
}

const (
	minLife  = 2 * time.Second // a process that ends sooner was a failed start
	minDelay = 250 * time.Millisecond
	maxDelay = 20 * time.Second // as mod_wsgi waits
)

// A backoff says how long to wait with the start of a process in the place of
// one that ended.
type backoff struct{ fails int }

// next is for one that lived so long; again tells that its forerunner did not
// live long either. The first is replaced at once.
func (b *backoff) next(lived time.Duration) (wait time.Duration, again bool) {
	if lived >= minLife {
		b.fails = 0
		return 0, false
	}
	b.fails++
	if b.fails == 1 {
		return 0, false
	}
	return min(minDelay<<min(b.fails-2, 10), maxDelay), true
}
