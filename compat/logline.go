package compat

import (
	"bytes"
	"sync"
	"time"
)

// While a log is busy its lines are gathered for a moment, for a system call a
// line costs as much as the rest of a small answer. Apache writes each at once;
// so do we, until more than quietLines come within logMoment. What is gathered is
// written that much later at the latest.
const (
	logMoment  = 10 * time.Millisecond
	quietLines = 16
	maxLines   = 64 << 10 // bytes gathered
	pipeBuf    = 4096     // what a pipe takes whole (PIPE_BUF)
)

// gathered are the lines of a log on their way to its file.
type gathered struct {
	mu     sync.Mutex // guards what follows
	buf    []byte
	spare  []byte // that was written
	began  time.Time
	lines  int  // since began
	busy   bool // there were many before that
	timer  *time.Timer
	failed error // of a write nobody waited for

	writing sync.Mutex // held while lines are written, so that they keep their order
}

// Line appends p, which must be whole lines, at once or with others a moment
// later. The error may be of lines before.
func (l *LogFile) Line(p []byte) error {
	g := &l.lines
	g.mu.Lock()
	g.count(time.Now())
	if len(g.buf) == 0 && !g.busy {
		g.mu.Unlock()
		g.writing.Lock()
		defer g.writing.Unlock()
		return l.put(l.sink.Load(), p)
	}
	if len(g.buf) == 0 {
		l.writeSoon()
	}
	g.buf = append(g.buf, p...)
	full := len(g.buf) >= maxLines
	err := g.failed
	g.failed = nil
	g.mu.Unlock()
	if full {
		l.Flush()
	}
	return err
}

// count notes that a line comes, and whether many do.
func (g *gathered) count(now time.Time) {
	since := now.Sub(g.began)
	if since > logMoment {
		g.busy = g.lines > quietLines && since < 2*logMoment
		g.began, g.lines = now, 0
	}
	if g.lines++; g.lines > quietLines {
		g.busy = true
	}
}

// writeSoon has what will be gathered written when the moment is over.
func (l *LogFile) writeSoon() {
	if l.lines.timer == nil {
		l.lines.timer = time.AfterFunc(logMoment, l.Flush)
		return
	}
	l.lines.timer.Reset(logMoment)
}

// Flush writes the lines that were gathered.
func (l *LogFile) Flush() { l.flushTo(l.sink.Load()) }

func (l *LogFile) flushTo(to *logSink) {
	g := &l.lines
	g.writing.Lock()
	defer g.writing.Unlock()
	g.mu.Lock()
	lines := g.buf
	g.buf, g.spare = g.spare[:0], nil
	g.mu.Unlock()
	err := l.put(to, lines)
	g.mu.Lock()
	g.spare = lines[:0]
	if err != nil {
		g.failed = err
	}
	g.mu.Unlock()
}

// put writes lines: to a program as many at once as cannot mix with those of
// others who write to it.
func (l *LogFile) put(to *logSink, lines []byte) error {
	for len(lines) > 0 && to != nil {
		n := len(lines)
		if l.Path == "" {
			n = atOnce(lines)
		}
		if err := to.write(lines[:n]); err != nil {
			return err
		}
		lines = lines[n:]
	}
	return nil
}

// atOnce is how much of lines a pipe takes whole: a line at least.
func atOnce(lines []byte) int {
	if len(lines) <= pipeBuf {
		return len(lines)
	}
	if n := bytes.LastIndexByte(lines[:pipeBuf], '\n') + 1; n > 0 {
		return n
	}
	if n := bytes.IndexByte(lines, '\n') + 1; n > 0 {
		return n
	}
	return len(lines)
}
