package cachedisk

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"understudy/compat"
	"understudy/compat/internal/cachestore"
)

// The ends of names of files and directories.
const (
	headerEnd = ".header"
	dataEnd   = ".data"
	varyEnd   = ".vary"
)

// A place is where answers of a host are kept.
type place struct{ *serverConfig }

func placeOf(r *compat.Request) (place, bool) {
	c := server.OfServer(r.Host)
	return place{c}, c != nil && c.root != ""
}

func (p place) path(key string) string {
	return filepath.Join(p.root, cachestore.Name(key, p.levelsOr(), p.lengthOr()))
}

// variant is the path of one of several answers at path.
func (p place) variant(path, key string) string {
	return filepath.Join(path+headerEnd+varyEnd, cachestore.Name(key, p.levelsOr(), p.lengthOr()))
}

// An entity is an answer that is kept: a file of fields, and one of the body.
type entity struct {
	r                 *compat.Request
	root              string
	path              string // of both files, without their ends
	head              cachestore.Head
	response, request *compat.Header
	body              *os.File // nil: none
	size              int64
}

var complained sync.Once

// open finds what is kept under key (open_entity).
func open(r *compat.Request, key string) cachestore.Entity {
	p, ok := placeOf(r)
	if !ok {
		complained.Do(func() {
			r.Logf("cache_disk", compat.LevelError, nil, "AH00703: Cannot cache files to disk without a CacheRoot specified.")
		})
		return nil
	}
	path := p.path(key)
	b, err := readFile(path + headerEnd)
	if err != nil {
		return nil
	}
	if names, ok := cachestore.ParseVary(b); ok {
		path = p.variant(path, cachestore.VaryKey(key, names, &r.In))
		if b, err = readFile(path + headerEnd); err != nil {
			return nil
		}
	}
	e := &entity{r: r, root: p.root, path: path}
	if e.head, e.response, e.request, _, err = cachestore.ParseHead(b); err != nil || e.head.Name != key {
		r.Logf("cache_disk", compat.LevelError, err, "AH00706: Cannot read header file %s", path+headerEnd)
		return nil
	}
	if e.head.HeaderOnly && !r.HeaderOnly || e.head.HasBody && !e.openBody() {
		return nil
	}
	return e
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, cachestore.MaxHeader+1))
	if err == nil && len(b) > cachestore.MaxHeader {
		err = cachestore.ErrForm
	}
	return b, err
}

// openBody opens the body, if it is the one the fields are of.
func (e *entity) openBody() bool {
	f, err := os.Open(e.path + dataEnd)
	if err != nil {
		e.r.Logf("cache_disk", compat.LevelError, err, "AH00708: Cannot open data file %s", e.path+dataEnd)
		return false
	}
	size, inode, device, ok := identity(f)
	if !ok || inode != e.head.Inode || device != e.head.Device {
		f.Close()
		return false
	}
	if text, has := e.response.Lookup("Content-Length"); has {
		if n, whole, fits := compat.ParseOffset(text); fits && whole && n != size {
			f.Close() // It was cut.
			return false
		}
	}
	e.body, e.size = f, size
	return true
}

// Info is what is known of the answer.
func (e *entity) Info() *cachestore.Info { return &e.head.Info }

// Headers are its fields.
func (e *entity) Headers() (response, request *compat.Header) { return e.response, e.request }

// Send writes the body.
func (e *entity) Send(w compat.BodyWriter) error {
	if e.body == nil || e.size == 0 {
		return nil
	}
	return w.File(e.body, 0, e.size)
}

// Close lets go of the body.
func (e *entity) Close() {
	if e.body != nil {
		e.body.Close()
		e.body = nil
	}
}

// Remove deletes both files, and directories that are empty then.
func (e *entity) Remove() {
	os.Remove(e.path + headerEnd)
	os.Remove(e.path + dataEnd)
	for d := filepath.Dir(e.path); len(d) > len(e.root) && os.Remove(d) == nil; d = filepath.Dir(d) {
	}
}

// Refresh writes other fields.
func (e *entity) Refresh(info cachestore.Info, response, request *compat.Header) error {
	h := e.head
	h.Info = info
	h.Version++
	return replace(e.root, e.path+headerEnd, h.Format(response, request))
}

// replace puts a file in the place of another, whole or not at all.
func replace(root, path string, b []byte) error {
	f, err := os.CreateTemp(root, "aptmp")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if bad := f.Close(); err == nil {
		err = bad
	}
	return settle(f.Name(), path, err)
}

// settle gives a file its name, or if err is not nil takes it away.
func settle(temp, path string, err error) error {
	if err == nil {
		if err = os.Rename(temp, path); errors.Is(err, os.ErrNotExist) {
			if err = os.MkdirAll(filepath.Dir(path), 0o700); err == nil {
				err = os.Rename(temp, path)
			}
		}
	}
	if err != nil {
		os.Remove(temp)
	}
	return err
}

// A writer is an answer that is being kept.
type writer struct {
	r         *compat.Request
	place     place
	key       string
	new       cachestore.New
	body      *os.File // nil: nothing came yet
	size      int64
	low, high int64
}

var errSize = errors.New("the answer is too large or too small")

// create begins to keep an answer (create_entity).
func create(r *compat.Request, key string, n cachestore.New) cachestore.Writer {
	p, ok := placeOf(r)
	if !ok || r.Status == 206 {
		return nil
	}
	low, high := configOf(r)
	switch {
	case n.Size > high:
		r.Logf("cache_disk", compat.LevelDebug, nil, "AH00701: URL %s failed the size check (%d > %d)", key, n.Size, high)
		return nil
	case n.Size >= 0 && n.Size < low:
		r.Logf("cache_disk", compat.LevelDebug, nil, "AH00702: URL %s failed the size check (%d < %d)", key, n.Size, low)
		return nil
	}
	return &writer{r: r, place: p, key: key, new: n, low: low, high: high}
}

// Write appends to the body.
func (w *writer) Write(p []byte) error {
	if w.new.HeaderOnly || len(p) == 0 {
		return nil
	}
	if w.size += int64(len(p)); w.size > w.high {
		w.r.Logf("cache_disk", compat.LevelDebug, nil, "AH00732: URL %s failed the size check (%d>%d)", w.key, w.size, w.high)
		return errSize
	}
	if w.body == nil {
		f, err := os.CreateTemp(w.place.root, "aptmp")
		if err != nil {
			return err
		}
		w.body = f
	}
	_, err := w.body.Write(p)
	return err
}

// Abort forgets the answer.
func (w *writer) Abort() {
	if w.body != nil {
		w.body.Close()
		os.Remove(w.body.Name())
		w.body = nil
	}
}

// Commit makes it one that is kept: the body first, then what names it.
func (w *writer) Commit() error {
	if w.new.HeaderOnly { // Apache stumbles over the body that is not there, and forgets the fields.
		return errSize
	}
	h := cachestore.Head{Info: w.new.Info, Name: w.key, HasBody: w.body != nil}
	if w.size < w.low || w.new.Size >= 0 && w.size != w.new.Size {
		w.r.Logf("cache_disk", compat.LevelDebug, nil, "AH00735: URL %s didn't receive complete response, not caching", w.key)
		w.Abort()
		return errSize
	}
	path := w.place.path(w.key)
	if vary := w.new.Response.Get("Vary"); vary != "" {
		names := fields(vary)
		slices.Sort(names)
		if err := replace(w.place.root, path+headerEnd, cachestore.FormatVary(w.new.Info.Expire, names)); err != nil {
			w.Abort()
			return err
		}
		path = w.place.variant(path, cachestore.VaryKey(w.key, names, w.new.Request))
	}
	if w.body != nil {
		var ok bool
		_, h.Inode, h.Device, ok = identity(w.body)
		err := w.body.Close()
		if !ok && err == nil {
			err = cachestore.ErrForm
		}
		if err = settle(w.body.Name(), path+dataEnd, err); err != nil {
			return err
		}
		w.body = nil
	} else {
		os.Remove(path + dataEnd)
	}
	return replace(w.place.root, path+headerEnd, h.Format(w.new.Response, w.new.Request))
}
