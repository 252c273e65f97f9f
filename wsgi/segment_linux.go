package wsgi

import (
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// A segment is memory that can be handed to a process by its descriptor: a body
// is read into it, and from it, without going through a socket. It cannot be
// made smaller, so that whoever has it can rely on what is mapped.
type segment struct {
	b    []byte
	f    *os.File
	refs atomic.Int32 // beyond the first: writers that have yet to send the descriptor
}

// newSegment makes one of that size; nil where it cannot be had.
func newSegment(size int) *segment {
	fd, err := unix.MemfdCreate("understudy-body", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil
	}
	f := os.NewFile(uintptr(fd), "understudy-body")
	if err = f.Truncate(int64(size)); err == nil {
		_, err = unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL)
	}
	var b []byte
	if err == nil {
		b, err = unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	}
	if err != nil {
		f.Close()
		return nil
	}
	return &segment{b: b, f: f}
}

func (s *segment) hold() { s.refs.Add(1) }

// drop lets go of it, and of what it takes when nobody has it any more.
func (s *segment) drop() {
	if s.refs.Add(-1) >= 0 {
		return
	}
	unix.Munmap(s.b)
	s.f.Close()
	s.b = nil
}
