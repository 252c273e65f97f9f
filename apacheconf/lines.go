package apacheconf

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"
)

// maxLine bounds a logical line, as Apache's VARBUF_MAX_LEN does.
const maxLine = 16 << 20

// maxFile bounds a file: what Apache would read line by line is read whole here.
const maxFile = 256 << 20

// tooLong stands for the text of a line that is: no other has a NUL.
const tooLong = "\x00"

// A line is a logical line: physical lines joined where they end in a
// backslash, without the white space around.
type line struct {
	text string
	no   int // of the last physical line, from 1
}

// splitLines makes logical lines of a file (ap_cfg_getline_core). Comments are
// left out, as nobody asks for them; blank lines count in macros. A backslash
// at the end of a line joins it with the next, whatever it is, and even within
// a comment. A line that is too long is the last.
func splitLines(data []byte) []line {
	lines := make([]line, 0, bytes.Count(data, []byte("\n"))/2+1)
	var joined []byte
	for no := 1; len(data) > 0; no++ {
		physical := data
		i := bytes.IndexByte(data, '\n')
		if i >= 0 {
			physical, data = data[:i], data[i+1:]
		} else {
			data = nil
		}
		if i >= 0 {
			end := bytes.TrimSuffix(physical, []byte("\r"))
			if len(end) > 0 && end[len(end)-1] == '\\' {
				joined = append(joined, end[:len(end)-1]...)
				if len(joined) > maxLine {
					return append(lines, line{tooLong, no})
				}
				if len(data) > 0 {
					continue
				}
				physical = nil
				no++ // Apache has counted the line it did not find.
			}
		}
		whole := physical
		if joined != nil {
			whole = append(joined, physical...)
			joined = nil
		}
		if len(whole) > maxLine {
			return append(lines, line{tooLong, no})
		}
		if nul := bytes.IndexByte(whole, 0); nul >= 0 {
			whole = whole[:nul] // Apache's strings end there.
		}
		whole = trim(whole)
		if len(whole) == 0 || whole[0] != '#' {
			lines = append(lines, line{string(whole), no})
		}
	}
	return lines
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func trim(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// A Cache remembers the lines of files between loads, so that a reload splits
// only what changed. It may be used by several goroutines.
type Cache struct {
	mu    sync.Mutex // guards files
	files map[string]cached
}

type cached struct {
	info  fs.FileInfo
	lines []line
}

// NewCache makes an empty Cache.
func NewCache() *Cache { return &Cache{files: map[string]cached{}} }

// same reports whether a file is as it was: device, inode, size and time.
func same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// read gives the lines of the file at path. What is no regular file is not
// read, as its end may never come.
func (c *Cache) read(path string) ([]line, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, plain(err)
	}
	if !info.Mode().IsRegular() && !isNull(path) {
		return nil, errNotRegular
	}
	if c != nil {
		c.mu.Lock()
		have, ok := c.files[path]
		c.mu.Unlock()
		if ok && same(have.info, info) {
			return have.lines, nil
		}
	}
	lines, err := readLines(path)
	if err == nil && c != nil {
		c.mu.Lock()
		c.files[path] = cached{info, lines}
		c.mu.Unlock()
	}
	return lines, err
}

var errNotRegular = errors.New("not a regular file")

// had gives the lines of the file at path when it was read last.
func (c *Cache) had(path string) ([]line, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	have, ok := c.files[path]
	return have.lines, ok
}

// isNull lets /dev/null stand for an empty file, as it may for Apache.
func isNull(path string) bool { return path == os.DevNull }

func readLines(path string) ([]line, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, plain(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, plain(err)
	}
	if len(data) > maxFile {
		return nil, errors.New("File too large")
	}
	return splitLines(data), nil
}

// plain strips an error to the words of strerror, which Apache prints.
func plain(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errors.New(Strerror(errno))
	}
	return err
}

// Strerror is what C's strerror says of e, where Go's words differ in case.
func Strerror(e syscall.Errno) string {
	s := e.Error()
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}
