package cache

import (
	"errors"
	"os"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/cachestore"
)

// A saver is the filter that keeps what goes through it (cache_save_filter).
type saver struct {
	next    compat.BodyWriter
	r       *compat.Request
	s       *state
	decided bool
	blocked bool // something else was sent
	store   cachestore.Writer
}

// Write passes p on, and keeps it.
func (w *saver) Write(p []byte) (int, error) {
	if w.decide(-1); w.blocked {
		return len(p), nil
	}
	w.keep(p)
	return w.next.Write(p)
}

func (w *saver) keep(p []byte) {
	if w.store == nil {
		return
	}
	if err := w.store.Write(p); err != nil {
		w.drop("AH00765: cache: Cache provider's store_body failed for URI %s")
	}
}

// drop gives up keeping the answer.
func (w *saver) drop(text string) {
	if text != "" {
		w.r.Logf(module, compat.LevelDebug, nil, text, w.r.Path)
	}
	w.store.Abort()
	w.store = nil
	w.s.unlock()
}

// File passes a part of a file on, and keeps it.
func (w *saver) File(f *os.File, offset, n int64) error {
	if w.decide(n); w.blocked {
		return nil
	}
	if w.store != nil {
		if err := compat.WriteFile(keeper{w}, f, offset, n); err != nil && w.store != nil {
			w.drop("AH00730: Error when reading bucket for URL %s")
		}
	}
	return w.next.File(f, offset, n)
}

type keeper struct{ w *saver }

var errDropped = errors.New("the answer is not kept")

// Write keeps p.
func (k keeper) Write(p []byte) (int, error) {
	if k.w.keep(p); k.w.store == nil {
		return 0, errDropped
	}
	return len(p), nil
}

// Flush passes the wish on.
func (w *saver) Flush() error {
	if w.decide(-1); w.blocked {
		return nil
	}
	return w.next.Flush()
}

// Close ends the body. It is kept where nothing of it is missing.
func (w *saver) Close() error {
	if !w.r.Broken {
		w.decide(0)
	}
	if w.blocked {
		if w.r.Next != nil { // Another request has sent the answer.
			return nil
		}
		return w.next.Close()
	}
	if w.store != nil && (w.r.Broken || w.r.Aborted || w.r.NoCache) {
		w.drop("AH00733: Discarding body for URL %s because connection has been aborted.")
	}
	if w.store != nil {
		if err := w.store.Commit(); err != nil {
			w.r.Logf(module, compat.LevelDebug, nil, "AH00736: commit_entity: URL '%s' not cached due to earlier disk error.", w.s.key)
		}
		w.store = nil
	}
	w.s.unlock()
	return w.next.Close()
}

// decide looks at the answer when the first of it comes. size is that of the
// body where all of it is there; -1 is not known.
func (w *saver) decide(size int64) {
	if w.decided {
		return
	}
	w.decided = true
	r, s := w.r, w.s
	if r.Status >= 500 && s.placeOf(r).staleOnError() {
		s.purge = false
		if s.canServeStale() {
			w.blocked = true
			r.Out.Reset()
			s.sendStale(r, w.next)
			return
		}
	}
	r.Engine.Headers(r, !s.marked)
	a := s.inspect(r)
	if a.reason == "" {
		if text, ok := fieldOf(r, "Content-Length"); ok {
			n, whole, fits := compat.ParseOffset(text)
			if !whole || !fits || n < 0 {
				a.reason = "invalid content length"
			}
			size = n
		}
	}
	switch {
	case a.reason != "" && r.Status == 304 && s.stale != nil:
		w.retry(a.reason)
	case a.reason != "":
		s.report(r, &r.Out, "MISS", a.reason)
		s.unlock()
	case r.Status == 304 && s.stale != nil:
		w.blocked = true
		s.revalidated(r, a, w.next)
	default:
		w.begin(a, size)
	}
}

// placeOf is what counts for r now.
func (s *state) placeOf(r *compat.Request) *config {
	if c := dir.Of(r); c != nil {
		return c
	}
	return noPlace
}

func (c *config) staleOnError() bool { return c.stale == nil || *c.stale }

// begin begins to keep the answer.
func (w *saver) begin(a answer, size int64) {
	r, s := w.r, w.s
	if s.was != nil {
		r.In.CopyFrom(s.was)
	}
	n := cachestore.New{Info: s.info(r, a), Size: size, HeaderOnly: r.HeaderOnly,
		Response: s.response(r), Request: cachestore.Cacheable(&r.In, s.host.ignoreHeaders)}
	for _, p := range s.providers {
		if w.store = p.Create(r, s.key, n); w.store != nil {
			break
		}
	}
	if w.store == nil {
		s.report(r, &r.Out, "MISS", "cache miss: cache unwilling to store response")
		s.unlock()
		return
	}
	s.purge = false
	s.report(r, &r.Out, "MISS", "cache miss: attempting entity save")
}

// retry asks again, without conditions, where the answer to them makes no sense.
func (w *saver) retry(reason string) {
	r, s := w.r, w.s
	r.Logf(module, compat.LevelInfo, nil, "AH02473: cache: %s responded with an uncacheable 304, retrying the request %s. Reason: %s",
		s.key, r.Target, reason)
	s.remove()
	s.unlock()
	w.blocked = true
	if s.was != nil {
		r.In.CopyFrom(s.was)
	}
	for _, name := range conditionFields {
		r.In.Del(name)
	}
	r.Status = 200
	target := r.Target
	if !strings.HasPrefix(target, "/") {
		target = compat.EscapePath(r.Path)
	}
	r.Engine.Redirect(r, target)
}

// response are the fields of the answer to r that may be kept
// (ap_cache_cacheable_headers_out).
func (s *state) response(r *compat.Request) *compat.Header {
	h := cachestore.Cacheable(merged(r), s.host.ignoreHeaders)
	cachestore.DropNamed(h)
	return h
}

// merged are the fields of the answer, those of errors over the others
// (cache_merge_headers_out).
func merged(r *compat.Request) *compat.Header {
	h := &compat.Header{}
	h.CopyFrom(&r.Out)
	for _, f := range r.ErrOut.Fields() {
		h.Add(f.Name, f.Value)
	}
	return h
}

// fieldOf is a field of the answer: that of errors, or of its own.
func fieldOf(r *compat.Request, name string) (string, bool) {
	if v, ok := r.ErrOut.Lookup(name); ok {
		return v, true
	}
	return r.Out.Lookup(name)
}
