package core

import (
	"bytes"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"

	"understudy/compat"
)

const (
	maxBody     = 256 << 10 // of a file that is remembered
	maxContents = 64 << 20  // in all
	maxEntries  = 8192      // in all
	shards      = 16
)

// contents are the bodies of small files, so that sending one again costs
// neither open nor read. Each use compares what stat said of the file just now,
// so that a change counts for the next request on every file system.
var contents = newCache()

// A cache is split by file name, so that its users are not in each other's way.
type cache struct {
	seed   maphash.Seed
	shards [shards]shard
}

type shard struct {
	mu    sync.RWMutex // guards what follows
	files map[string]*content
	size  int64
}

// A content is a file as it was read, and how it is described.
type content struct {
	info         fs.FileInfo
	body         []byte
	links        int            // LinksUpTo of the request it was read for
	etags        compat.ETagSet // what etag was made of
	lastModified string
	etag         string
	length       string
}

func newCache() *cache {
	c := &cache{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].files = map[string]*content{}
	}
	return c
}

func (c *cache) shard(name string) *shard {
	return &c.shards[maphash.String(c.seed, name)%shards]
}

// find is the remembered content of r's file, if that is still the same, and
// if nothing asks for another description of it.
func (c *cache) find(r *compat.Request) *content {
	s := c.shard(r.Filename)
	s.mu.RLock()
	f := s.files[r.Filename]
	s.mu.RUnlock()
	if f == nil || f.links != r.LinksUpTo || !compat.Unchanged(f.info, r.Info) || f.etags != r.Scope.Core.ETags() || r.ETagWeak || r.VariantList != "" || wantsDigest(r) {
		return nil
	}
	return f
}

// describe sets the fields that describe the file, in Apache's order.
func (f *content) describe(r *compat.Request) {
	r.MTime = f.info.ModTime()
	r.Out.Set("Last-Modified", f.lastModified)
	if f.etag != "" {
		r.Out.Set("ETag", f.etag)
	}
	compat.SetAcceptRanges(r)
	r.Out.Set("Content-Length", f.length)
}

// send answers with the content, if the preconditions are met.
func (f *content) send(r *compat.Request) compat.Status {
	if !conditions(r) {
		return compat.OK
	}
	if err := f.write(r); err != nil {
		r.Aborted = true
	}
	return compat.OK
}

// write says to filters what it is that they get.
func (f *content) write(r *compat.Request) error {
	if len(r.OutputFilters) > 0 {
		return compat.WriteContent(r.Writer, r.Filename, f.info, f.body)
	}
	_, err := r.Writer.Write(f.body)
	return err
}

// read reads a file that was described, and remembers it if it may. It is nil
// where the file is not what was described any more.
func (c *cache) read(r *compat.Request, f *os.File) *content {
	body := make([]byte, r.Info.Size())
	if _, err := io.ReadFull(f, body); err != nil {
		return nil
	}
	digest(r, bytes.NewReader(body))
	n := &content{info: r.Info, body: body, links: r.LinksUpTo, etags: r.Scope.Core.ETags(),
		lastModified: r.Out.Get("Last-Modified"), etag: r.Out.Get("ETag"), length: r.Out.Get("Content-Length")}
	now, err := f.Stat()
	if err == nil && compat.Unchanged(now, r.Info) && isSettled(r.Info) && !r.ETagWeak && r.VariantList == "" && n.etags&compat.ETagDigest == 0 {
		c.shard(r.Filename).keep(strings.Clone(r.Filename), n)
	}
	return n
}

func isSettled(info fs.FileInfo) bool {
	return compat.StateOf("", info).Settled()
}

// keep remembers a content; others, whichever comes, make room for it.
func (s *shard) keep(name string, f *content) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(name)
	for other := range s.files {
		if len(s.files) < maxEntries/shards && s.size+int64(len(f.body)) <= maxContents/shards {
			break
		}
		s.forget(other)
	}
	s.files[name] = f
	s.size += int64(len(f.body))
}

func (s *shard) forget(name string) {
	if old := s.files[name]; old != nil {
		s.size -= int64(len(old.body))
		delete(s.files, name)
	}
}

// decimal writes a length.
func decimal(n int64) string { return strconv.FormatInt(n, 10) }
