// Package dbm reads the DBM files that htdbm and Apache's other tools write on
// Debian: Berkeley DB hashes, GDBM and SDBM.
//
// A file is read as a whole and remembered for as long as it does not change;
// what it holds is checked like anything else that comes from outside.
package dbm

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"

	"understudy/compat/internal/textfile"
)

// A File is what a DBM file holds.
type File struct {
	pairs map[string]string
	State uint64 // differs from that of every other reading
}

// Get is the value of a key, and whether there is one.
func (f *File) Get(key string) (string, bool) {
	v, ok := f.pairs[key]
	return v, ok
}

// ErrKind is for a kind of DBM file that Debian's Apache cannot read either.
var ErrKind = errors.New("DSO load failed")

var errFormat = errors.New("the file is damaged, or of another kind")

var readings atomic.Uint64

// Open reads the file at path. kind is what AuthDBMType and its like say:
// "default" is "db" on Debian (apr_dbm_open_ex).
func Open(kind, path string) (*File, error) {
	switch strings.ToLower(kind) {
	case "default", "db":
		return hashes.Read(path)
	case "gdbm":
		return gnus.Read(path)
	case "sdbm":
		if _, err := os.Stat(path + ".dir"); err != nil {
			return nil, err
		}
		return pages.Read(path + ".pag")
	}
	return nil, ErrKind
}

var hashes, gnus, pages = cache(parseBDB), cache(parseGDBM), cache(parseSDBM)

func cache(parse func([]byte, map[string]string) error) *textfile.Cache[File] {
	return textfile.NewBytes(func(b []byte) (*File, error) {
		f := &File{pairs: map[string]string{}, State: readings.Add(1)}
		if err := parse(b, f.pairs); err != nil {
			return nil, fmt.Errorf("read DBM file: %w", err)
		}
		return f, nil
	})
}

// part is the n bytes of b from offset, if there are that many.
func part(b []byte, offset, n int64) ([]byte, error) {
	if offset < 0 || n < 0 || offset > int64(len(b)) || n > int64(len(b))-offset {
		return nil, errFormat
	}
	return b[offset : offset+n], nil
}
