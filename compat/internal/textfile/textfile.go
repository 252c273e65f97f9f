// Package textfile remembers what was made of small files that requests look up
// things in: passwords, groups.
package textfile

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// A Cache holds what parse makes of files, for as long as they do not change.
type Cache[T any] struct {
	parse func(b []byte) (*T, error)
	mu    sync.Mutex // guards files
	files map[string]entry[T]
}

type entry[T any] struct {
	info  os.FileInfo
	value *T
}

// Bounds on what is remembered, and on one file.
const (
	maxFiles = 256
	maxSize  = 64 << 20
)

// New makes a Cache of what parse makes of the lines of a file. They are
// trimmed, and joined where one ends with a backslash, as Apache reads files of
// configuration (ap_cfg_getline).
func New[T any](parse func(lines []string) *T) *Cache[T] {
	return NewBytes(func(b []byte) (*T, error) { return parse(Lines(b)), nil })
}

// NewBytes makes a Cache of what parse makes of the bytes of a file.
func NewBytes[T any](parse func(b []byte) (*T, error)) *Cache[T] {
	return &Cache[T]{parse: parse, files: map[string]entry[T]{}}
}

// Read is what path holds. A change of the file is seen by the next call.
func (c *Cache[T]) Read(path string) (*T, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	e, ok := c.files[path]
	c.mu.Unlock()
	if ok && os.SameFile(e.info, info) && e.info.ModTime().Equal(info.ModTime()) && e.info.Size() == info.Size() {
		return e.value, nil
	}
	value, err := c.load(path)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.files) >= maxFiles {
		clear(c.files)
	}
	c.files[path] = entry[T]{info, value}
	return value, nil
}

func (c *Cache[T]) load(path string) (*T, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxSize {
		return nil, fmt.Errorf("more than %d bytes", maxSize)
	}
	return c.parse(b)
}

// Lines are the lines of a text, trimmed and joined.
func Lines(b []byte) []string {
	var lines []string
	joined := ""
	for line := range bytes.Lines(b) {
		text := joined + strings.TrimRight(string(line), "\r\n")
		if strings.HasSuffix(text, `\`) {
			joined = strings.TrimSuffix(text, `\`)
			continue
		}
		lines, joined = append(lines, strings.Trim(text, " \t\v\f\r")), ""
	}
	if joined != "" {
		lines = append(lines, strings.TrimSpace(joined))
	}
	return lines
}
