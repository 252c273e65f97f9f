package core

import (
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"understudy/compat"
)

const (
	maxBody     = 256 << 10 // of a file that is remembered
	maxContents = 64 << 20  // in all
	maxEntries  = 8192
)

// contents are the bodies of small files, so that sending one again costs
// neither open nor read. Each use compares what stat said of the file just now,
// so that a change counts for the next request on every file system.
var contents = &cache{files: map[string]*content{}}

type cache struct {
	mu    sync.RWMutex // guards files
	files map[string]*content
	size  atomic.Int64
}

// A content is a file as it was read, with its validators for the default
// FileETag.
type content struct {
	info         fs.FileInfo
	body         []byte
	lastModified string
	etag         string
}

// find is the remembered content of r's file, if that is still the same, and
// if nothing asks for another description of it.
func (c *cache) find(r *compat.Request) *content {
	if !plainETag(r.Scope.Core) {
		return nil
	}
	c.mu.RLock()
	f := c.files[r.Filename]
	c.mu.RUnlock()
	if f == nil || f.etag == "" || !same(f.info, r.Info) {
		return nil
	}
	return f
}

func plainETag(core *compat.Core) bool {
	return core.ETag == nil && core.ETagAdd == 0 && core.ETagRemove == 0 && core.MaxRanges == nil
}

func same(a, b fs.FileInfo) bool {
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && os.SameFile(a, b) && changed(a) == changed(b)
}

// describe sets the fields that describe the file.
func (f *content) describe(r *compat.Request) {
	r.MTime = f.info.ModTime()
	r.Out.Set("Last-Modified", f.lastModified)
	r.Out.Set("ETag", f.etag)
	r.Out.Set("Accept-Ranges", "bytes")
}

// keep reads a file and remembers it. One that changed just now may change
// again within the same tick of its time stamp, and is only read.
func (c *cache) keep(r *compat.Request, f *os.File) *content {
	body := make([]byte, r.Info.Size())
	if _, err := io.ReadFull(f, body); err != nil {
		return nil
	}
	n := &content{info: r.Info, body: body}
	if !plainETag(r.Scope.Core) || time.Since(r.Info.ModTime()) < 2*time.Second {
		return n
	}
	n.lastModified, n.etag = r.Out.Get("Last-Modified"), r.Out.Get("ETag")
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.files[r.Filename]; old != nil {
		c.size.Add(-int64(len(old.body)))
	}
	if len(c.files) >= maxEntries || c.size.Load()+int64(len(body)) > maxContents {
		clear(c.files)
		c.size.Store(0)
	}
	c.files[strings.Clone(r.Filename)] = n
	c.size.Add(int64(len(body)))
	return n
}
