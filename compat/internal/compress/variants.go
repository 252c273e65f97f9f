package compress

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"sync"

	"understudy/compat"
)

// Bounds on what is remembered.
const (
	maxSource   = 4 << 20  // of a file
	maxVariants = 64 << 20 // in all
	maxEntries  = 8192     // in all
)

// A source is a whole file to be compressed: open, or in memory.
type source struct {
	name string
	info fs.FileInfo
	file *os.File
	body []byte
}

// A key says what a variant was made of, and how.
type key struct {
	state    compat.FileState
	token    string
	settings string
}

// variants are the compressed forms of files, so that each is compressed once
// and not once a request. A file that changed has another key.
var variants = cache{entries: map[key][]byte{}}

type cache struct {
	mu      sync.RWMutex // guards what follows
	entries map[key][]byte
	size    int64
}

func (c *cache) find(k key) []byte {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.entries[k]
}

// keep remembers a variant; others, whichever comes, make room for it.
func (c *cache) keep(k key, body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(k)
	for other := range c.entries {
		if len(c.entries) < maxEntries && c.size+int64(len(body)) <= maxVariants {
			break
		}
		c.forget(other)
	}
	c.entries[k] = body
	c.size += int64(len(body))
}

func (c *cache) forget(k key) {
	if body, ok := c.entries[k]; ok {
		c.size -= int64(len(body))
		delete(c.entries, k)
	}
}

// variant answers with the compressed form of s, which is made if need be.
func (w *writer) variant(s source) error {
	defer w.drop()
	w.in = s.info.Size()
	k := key{compat.StateOf(s.name, s.info), w.f.Token, w.f.Settings}
	body := variants.find(k)
	if body == nil {
		var err error
		if body, err = w.make(s); err != nil {
			return err
		}
		if k.state.Settled() && s.unchanged(k.state) {
			variants.keep(k, body)
		}
	}
	return w.whole(body)
}

// make compresses s, unless somebody has done so already.
func (w *writer) make(s source) ([]byte, error) {
	content := s.body
	if content == nil {
		content = make([]byte, s.info.Size())
		if _, err := io.ReadFull(io.NewSectionReader(s.file, 0, s.info.Size()), content); err != nil {
			return nil, err
		}
	}
	if w.f.Extension != "" {
		if body := sibling(s.name+w.f.Extension, content, w.f.Codec); body != nil {
			return body, nil
		}
	}
	w.start()
	if _, err := w.enc.Write(content); err != nil {
		return nil, err
	}
	if err := w.enc.Close(); err != nil {
		return nil, err
	}
	return bytes.Clone(w.out.b), nil
}

// unchanged reports whether an open file is still what it was when it was read.
func (s source) unchanged(state compat.FileState) bool {
	if s.file == nil {
		return true // Who holds it has looked.
	}
	info, err := s.file.Stat()
	return err == nil && compat.StateOf(s.name, info) == state
}
