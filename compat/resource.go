package compat

import (
	"os"
	"sync/atomic"

	"understudy/apacheconf"
)

// A LogFile is a log the configuration names. Directives only name it; it is
// opened when the configuration is put into force, and again when logs are
// reopened. Equal names share one LogFile.
type LogFile struct {
	Key     string   // what defines it: the path, or "|" and the command
	Name    string   // as written, for messages
	Path    string   // absolute; empty for a piped logger or syslog
	Command []string // of a piped logger; run by a shell if Shell
	Shell   bool
	Syslog  string // "facility:tag" of ErrorLog syslog:…; "-" for syslog without
	Error   bool   // an ErrorLog (for the texts when it cannot be opened)
	Pos     apacheconf.Position
	sink    atomic.Pointer[logSink]
	lines   gathered
}

// Use makes f what Write writes to, and returns what was used before. Lines
// that were gathered still go there.
func (l *LogFile) Use(f *os.File) *os.File {
	old := l.sink.Swap(newLogSink(f))
	if old == nil {
		return nil
	}
	l.flushTo(old)
	return old.file
}

// Write appends p, which must be whole lines, in one system call.
func (l *LogFile) Write(p []byte) (int, error) {
	s := l.sink.Load()
	if s == nil || s.file == nil {
		return len(p), nil
	}
	if s.pipe != nil {
		if err := s.writePipe(p); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	return s.file.Write(p)
}

// A Listener is an address to accept connections on.
type Listener struct {
	Host     string // empty: any
	Port     int
	Protocol string // "http" or "https"
	Pos      apacheconf.Position
}

// A Need is something else a configuration needs from outside, such as a WSGI
// daemon group. Kind and Spec are a matter between who needs and who provides.
type Need struct {
	Kind string
	Key  string // what defines it: an equal Key is the same thing, and is kept over reloads
	Spec any
	Pos  apacheconf.Position
}
