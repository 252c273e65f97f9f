package davfs

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path"
	"syscall"

	"understudy/compat/internal/dav"
)

// A stream is a file that is being written: one beside it that takes its place
// at the end, or with a range the file itself.
type stream struct {
	file  *os.File
	path  string
	temp  string // "": the file itself
	fresh bool   // which was not there
}

// Open begins to write (dav_fs_open_stream).
func (files) Open(res *dav.Resource, from int64, ranged bool) (dav.Stream, *dav.Error) {
	if ranged {
		return openInPlace(res.Path, from)
	}
	f, err := createBeside(res.Path)
	if err != nil {
		return nil, dav.Caused(statusOf(err), cause(err),
			fmt.Sprintf("An error occurred while opening a resource for writing: %s.", res.Path))
	}
	return &stream{file: f, path: res.Path, temp: f.Name()}, nil
}

func createBeside(name string) (*os.File, error) {
	for try := 0; ; try++ {
		temp := path.Join(path.Dir(name), fmt.Sprintf("%s%06x", tmpPrefix, rand.Uint32()&0xffffff))
		f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		if err == nil || try > 100 || !errors.Is(err, os.ErrExist) {
			return f, err
		}
	}
}

func openInPlace(name string, from int64) (dav.Stream, *dav.Error) {
	s := &stream{path: name, fresh: true}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if errors.Is(err, os.ErrExist) {
		s.fresh = false
		if f, err = os.OpenFile(name, os.O_WRONLY, 0); err != nil {
			return nil, dav.Caused(statusOf(err), cause(err),
				fmt.Sprintf("Could not open an existing resource for writing: %s.", name))
		}
	}
	if err != nil {
		return nil, dav.Caused(statusOf(err), cause(err),
			fmt.Sprintf("An error occurred while opening a resource for writing: %s.", name))
	}
	s.file = f
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		s.Close(false)
		return nil, dav.Caused(500, cause(err), "Could not seek to specified position in the resource.")
	}
	return s, nil
}

// writeError is what mod_dav makes of an error of Write.
func writeError(err error) *dav.Error {
	if errors.Is(err, syscall.ENOSPC) {
		return dav.Caused(507, cause(err), "There is not enough storage to write to this resource.")
	}
	return dav.Caused(500, cause(err), "An error occurred while writing to a resource.")
}

// ReadFrom takes all of r. An error of writing is a [dav.WriteError].
func (s *stream) ReadFrom(r io.Reader) (int64, error) { return io.Copy(marked{s.file}, r) }

type marked struct{ file *os.File }

// Write marks errors as ours.
func (w marked) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	if err != nil {
		err = dav.WriteError{Err: writeError(err)}
	}
	return n, err
}

// Close puts the file in its place, or takes it away.
func (s *stream) Close(commit bool) *dav.Error {
	err := s.file.Close()
	switch {
	case !commit && s.temp != "":
		os.Remove(s.temp)
	case !commit && s.fresh:
		if err := os.Remove(s.path); err != nil {
			return dav.Caused(500, cause(err),
				"There was a problem removing (rolling back) the resource when it was being closed.")
		}
	case commit && err != nil:
		if s.temp != "" {
			os.Remove(s.temp)
		}
		return writeError(err)
	case commit && s.temp != "":
		if err := os.Rename(s.temp, s.path); err != nil {
			os.Remove(s.temp)
			return dav.Caused(500, cause(err), "There was a problem writing the file atomically after writes.")
		}
	}
	return nil
}
