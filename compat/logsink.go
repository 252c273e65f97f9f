package compat

import (
	"os"
	"syscall"
)

// A logSink is where lines go. Those for a file of this machine are written
// without telling the scheduler: the page cache takes them in less time than that
// costs, for its monitor is woken each time the server was idle before.
type logSink struct {
	file  *os.File
	raw   syscall.RawConn // nil: written by file
	pipe  *logPipe        // of a program; nil: it is none
	lines []byte          // to write, by ready
	err   error
	ready func(uintptr) bool // the callback of raw
}

func newLogSink(f *os.File) *logSink {
	s := &logSink{file: f}
	if f != nil && rawWrites && isLocalFile(f) {
		s.raw, _ = f.SyscallConn()
		s.ready = s.writeReady
	} else if f != nil && isPipe(f) {
		s.pipe = &logPipe{}
	}
	return s
}

// write writes lines. Nobody else may at the same time.
func (s *logSink) write(lines []byte) error {
	if s.file == nil || len(lines) == 0 {
		return nil
	}
	if s.pipe != nil {
		return s.writePipe(lines)
	}
	if s.raw == nil {
		_, err := s.file.Write(lines)
		return err
	}
	s.lines, s.err = lines, nil
	if err := s.raw.Write(s.ready); err != nil {
		return err // It was closed.
	}
	return s.err
}

func (s *logSink) writeReady(fd uintptr) bool {
	for len(s.lines) > 0 && s.err == nil {
		n, errno := writeNow(fd, s.lines)
		switch {
		case errno == syscall.EINTR:
		case errno != 0:
			s.err = errno
		default:
			s.lines = s.lines[n:]
		}
	}
	s.lines = nil
	return true
}
