package rewrite

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
)

// A textMap is a file of keys and values, kept in memory until the file changes.
type textMap struct {
	path string
	mu   sync.Mutex // guards what follows
	info fs.FileInfo
	all  map[string]string // nil: too large to be kept
	seen map[string]bool   // keys that were asked for since, for the log
}

const (
	maxMapLine = 1024
	maxMapKept = 64 << 20 // bytes of a file that is kept
	maxMapSeen = 10_000
)

// An accessError is one of looking at a map file, others are of reading it.
type accessError struct{ error }

func (e accessError) Unwrap() error { return e.error }

func problem(err error) string {
	var access accessError
	if errors.As(err, &access) {
		return "AH00661: mod_rewrite: can't access"
	}
	return "AH00655: mod_rewrite: can't open"
}

// cause is the operating system's part of an error.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// find is the value of key, "" if there is none. fresh tells that it was not
// asked for since the file changed.
func (m *textMap) find(key string) (value string, fresh bool, err error) {
	info, err := os.Stat(m.path)
	if err != nil {
		return "", false, accessError{err}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.info == nil || !m.info.ModTime().Equal(info.ModTime()) || m.info.Size() != info.Size() || !os.SameFile(m.info, info) {
		if err := m.load(info); err != nil {
			return "", false, err
		}
	}
	if fresh = !m.seen[key]; fresh && len(m.seen) < maxMapSeen {
		m.seen[strings.Clone(key)] = true
	}
	if m.all != nil {
		return m.all[key], fresh, nil
	}
	value, err = m.search(key)
	return value, fresh, err
}

func (m *textMap) load(info fs.FileInfo) error {
	m.info, m.all, m.seen = nil, nil, map[string]bool{}
	if info.Size() <= maxMapKept {
		all := map[string]string{}
		err := m.scan(func(key, value string) bool {
			if _, have := all[key]; !have {
				all[key] = value
			}
			return true
		})
		if err != nil {
			return err
		}
		m.all = all
	}
	m.info = info
	return nil
}

func (m *textMap) search(key string) (value string, err error) {
	err = m.scan(func(k, v string) bool {
		if k == key {
			value = v
		}
		return k != key
	})
	return value, err
}

// scan hands the pairs of the file to each until it answers false.
func (m *textMap) scan(each func(key, value string) bool) error {
	f, err := os.Open(m.path)
	if err != nil {
		return err
	}
	defer f.Close()
	// What is longer than a line may be counts as several, as in Apache.
	in := bufio.NewReaderSize(f, maxMapLine)
	for {
		line, err := in.ReadSlice('\n')
		if key, value, ok := mapEntry(line); ok && !each(key, value) {
			return nil
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil && err != bufio.ErrBufferFull:
			return err
		}
	}
}

// mapEntry is the key and the value in a line; what follows them is ignored.
func mapEntry(line []byte) (key, value string, ok bool) {
	if len(line) == 0 || line[0] == '#' || isSpace(line[0]) {
		return "", "", false
	}
	f := strings.FieldsFunc(string(line), func(c rune) bool { return c < 0x80 && isSpace(byte(c)) })
	if len(f) < 2 {
		return "", "", false
	}
	return f[0], f[1], true
}
