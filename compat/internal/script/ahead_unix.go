//go:build unix

package script

import (
	"io"
	"os"
)

// maxHeld bounds what is kept in memory of the output that comes while the body
// is sent; the rest goes into a file.
const maxHeld = 256 << 10

// An ahead is output that was read before it is wanted.
type ahead struct {
	held []byte
	file *os.File // what followed; nil: nothing
	size int64    // of file
	read int64
}

// keep adds b.
func (a *ahead) keep(b []byte) error {
	if a.file == nil && len(a.held)+len(b) <= maxHeld {
		a.held = append(a.held, b...)
		return nil
	}
	if a.file == nil {
		f, err := os.CreateTemp("", "cgi.tmp.")
		if err != nil {
			return err
		}
		os.Remove(f.Name())
		a.file = f
	}
	n, err := a.file.Write(b)
	a.size += int64(n)
	return err
}

// next reads what is left, in the order in which it came; 0: nothing is.
func (a *ahead) next(b []byte) int {
	if len(a.held) > 0 {
		n := copy(b, a.held)
		a.held = a.held[n:]
		return n
	}
	if a.file == nil || a.read == a.size {
		return 0
	}
	n, err := a.file.ReadAt(b[:min(int64(len(b)), a.size-a.read)], a.read)
	a.read += int64(n)
	if err != nil && err != io.EOF {
		a.read = a.size
	}
	return n
}

func (a *ahead) close() {
	if a.file != nil {
		a.file.Close()
	}
}
