package cachesocache

import (
	"slices"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/cachestore"
	"understudy/compat/internal/socache"
)

// overhead is what Apache counts for an answer besides its fields and its body
// (cache_socache_info_t).
const overhead = 96

// An entity is an answer that is kept.
type entity struct {
	r                 *compat.Request
	store             socache.Store
	key               string // in the store
	head              cachestore.Head
	response, request *compat.Header
	body              []byte
}

// keyOf is a key of the store's: short, and without characters that some do not
// take. The entity has the whole.
func keyOf(key string) string { return cachestore.Name(key, 0, 0) }

// open finds what is kept under key (open_entity).
func open(r *compat.Request, key string) cachestore.Entity {
	c := server.OfServer(r.Host)
	if c == nil || c.store == nil {
		return nil
	}
	e := &entity{r: r, store: c.store, key: keyOf(key)}
	value := e.find("AH02352")
	if value == nil {
		return nil
	}
	if names, ok := cachestore.ParseVary(value); ok {
		e.key = keyOf(cachestore.VaryKey(key, names, &r.In))
		if value = e.find("AH02357"); value == nil {
			return nil
		}
	}
	var err error
	if e.head, e.response, e.request, e.body, err = cachestore.ParseHead(value); err != nil || e.head.Name != key {
		r.Logf(short, compat.LevelDebug, err, "AH02359: Key '%s' is of another entry, or damaged: ignoring", key)
		return nil
	}
	if e.head.HeaderOnly && !r.HeaderOnly {
		return nil
	}
	return e
}

// find is the value of the entity's key; number is that of the message if there
// is none.
func (e *entity) find(number string) []byte {
	value, ok, err := e.store.Get(e.key)
	if err != nil || !ok || int64(len(value)) > dir.Of(e.r).maxOr() {
		e.r.Logf(short, compat.LevelDebug, err, "%s: Key not found in cache: %s", number, e.key)
		return nil
	}
	return value
}

// Info is what is known of the answer.
func (e *entity) Info() *cachestore.Info { return &e.head.Info }

// Headers are its fields.
func (e *entity) Headers() (response, request *compat.Header) { return e.response, e.request }

// Send writes the body.
func (e *entity) Send(w compat.BodyWriter) error {
	if len(e.body) == 0 {
		return nil
	}
	_, err := w.Write(e.body)
	return err
}

// Refresh keeps other fields with the same body.
func (e *entity) Refresh(info cachestore.Info, response, request *compat.Header) error {
	h := e.head
	h.Info = info
	h.Version++
	value := append(h.Format(response, request), e.body...)
	return e.store.Put(e.key, value, dir.Of(e.r).until(e.r, info.Expire))
}

// Remove forgets the answer: another, of nothing, takes its place.
func (e *entity) Remove() { e.store.Put(e.key, []byte{0}, time.Now().Add(2*time.Second)) }

// Close does nothing: there is nothing to let go of.
func (e *entity) Close() {}

// A writer is an answer that is being kept.
type writer struct {
	r     *compat.Request
	store socache.Store
	key   string
	new   cachestore.New
	body  []byte
	max   int64
}

// create begins to keep an answer (create_entity).
func create(r *compat.Request, key string, n cachestore.New) cachestore.Writer {
	c := server.OfServer(r.Host)
	if c == nil || c.store == nil {
		return nil
	}
	if r.Status == 206 {
		r.Logf(short, compat.LevelDebug, nil, "AH02345: URL '%s' partial content response not cached", key)
		return nil
	}
	most := dir.Of(r).maxOr()
	total := n.Size + overhead + int64(len(key))
	for _, h := range []*compat.Header{n.Response, n.Request} {
		for _, f := range h.Fields() {
			total += int64(len(f.Name) + len(f.Value) + len(": \r\n"))
		}
		total += int64(len("\r\n"))
	}
	switch {
	case n.Size < 0:
		r.Logf(short, compat.LevelDebug, nil, "AH02346: URL '%s' had no explicit size, ignoring", key)
		return nil
	case n.Size > most:
		r.Logf(short, compat.LevelDebug, nil, "AH02347: URL '%s' body larger than limit, ignoring (%d > %d)", key, n.Size, most)
		return nil
	case total >= most:
		r.Logf(short, compat.LevelDebug, nil, "AH02349: URL '%s' body and headers larger than limit, ignoring (%d > %d)", key, total, most)
		return nil
	}
	return &writer{r: r, store: c.store, key: key, new: n, max: most}
}

// Write appends to the body.
func (w *writer) Write(p []byte) error {
	if w.new.HeaderOnly {
		return nil
	}
	if int64(len(w.body)+len(p)) > w.new.Size {
		return w.broken()
	}
	w.body = append(w.body, p...)
	return nil
}

// broken is for an answer of another length than it said.
func (w *writer) broken() error {
	w.r.Logf(short, compat.LevelDebug, nil, "AH02381: URL %s didn't receive complete response, not caching", w.key)
	w.body = nil
	return cachestore.ErrForm
}

// Abort forgets the answer.
func (w *writer) Abort() { w.body = nil }

// Commit makes it one that is kept: first by what it varies, if it does.
func (w *writer) Commit() error {
	if !w.new.HeaderOnly && int64(len(w.body)) != w.new.Size {
		return w.broken()
	}
	key, until := w.key, dir.Of(w.r).until(w.r, w.new.Info.Expire)
	if vary := w.new.Response.Get("Vary"); vary != "" {
		names := strings.FieldsFunc(vary, func(c rune) bool { return c == ',' || c == ' ' || c == '\t' })
		slices.Sort(names)
		if err := w.store.Put(keyOf(key), cachestore.FormatVary(w.new.Info.Expire, names), until); err != nil {
			return err
		}
		key = cachestore.VaryKey(key, names, w.new.Request)
	}
	h := cachestore.Head{Info: w.new.Info, Name: w.key, HasBody: len(w.body) > 0, HeaderOnly: w.new.HeaderOnly}
	value := append(h.Format(w.new.Response, w.new.Request), w.body...)
	if int64(len(value)) > w.max {
		return cachestore.ErrForm
	}
	if err := w.store.Put(keyOf(key), value, until); err != nil {
		w.r.Logf(short, compat.LevelWarn, err, "AH02386: could not write to cache, ignoring: %s", w.key)
		return err
	}
	w.r.Logf(short, compat.LevelDebug, nil, "AH02387: commit_entity: Headers and body for URL %s cached for maximum of %d seconds.",
		w.key, int(until.Sub(w.r.Start)/time.Second))
	return nil
}
