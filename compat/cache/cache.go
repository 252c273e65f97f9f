// Package cache is mod_cache: it keeps answers, and gives them again.
//
// Deviations: answers to sub-requests are not kept; what comes out of the quick
// handler passes no filters; what a user is known for, in whatever way, is kept
// by the quick handler only where an answer to Authorization would be, for it
// is given to everybody; Location and Content-Location of an answer to POST and
// its like do not invalidate what they name.
package cache

import (
	"cmp"

	"understudy/compat"
	"understudy/compat/internal/cachestore"
)

const module = "cache"

// Module is mod_cache.
var Module = compat.Module{
	Name:       "cache_module",
	File:       "mod_cache.c",
	Directives: directives,
	Hooks: []compat.Hook{
		compat.Run(compat.Quick, quick).First(),
		compat.Run(compat.InsertFilter, insert).ReallyLast(),
		compat.Run(compat.Handler, handle).ReallyFirst(),
		compat.Run(compat.InsertError, insteadOfError),
	},
	OutputFilters: []compat.OutputFilter{
		{Name: markFilter, Type: compat.FilterResource, Wrap: ignored("AH00777: cache: CACHE filter was added twice, or was added " +
			"where the cache has been bypassed and will be ignored: %s")},
		{Name: "CACHE_SAVE", Type: compat.FilterContent + 1, Wrap: ignored("AH00767: CACHE/CACHE_SAVE filter enabled while caching is " +
			"disabled, ignoring")},
		{Name: "CACHE_OUT", Type: compat.FilterContent + 1, Wrap: ignored("AH00762: CACHE/CACHE_OUT filter enabled while caching is " +
			"disabled, ignoring")},
	},
}

// markFilter marks the place among the filters where answers are kept.
const markFilter = "CACHE"

// ignored is a filter that can be named, and does nothing.
func ignored(text string) func(*compat.Request, compat.BodyWriter) compat.BodyWriter {
	return func(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
		if r.LogEnabled(module, compat.LevelDebug) {
			r.Logf(module, compat.LevelDebug, nil, text, r.Target)
		}
		return next
	}
}

// A state is what is known of a request, and what is to be done with its answer.
type state struct {
	host      *serverConfig
	place     *config
	providers []*cachestore.Provider
	key       string
	asked     cachestore.Control
	hit       cachestore.Entity // to be sent
	stale     cachestore.Entity // to be asked for anew
	was       *compat.Header    // fields of the request, before it became conditional; nil: it did not
	save      bool              // the answer is to be kept
	purge     bool              // what is kept goes unless the answer is kept
	marked    bool              // the place of CACHE counts
	lock      *lock
}

// Merge is never called: states are no configuration.
func (s state) Merge(state) state { return s }

var noPlace = &config{}

// begin looks whether r is one whose answer can be kept; nil: it is not.
func begin(r *compat.Request, wantQuick bool) *state {
	host := server.OfServer(r.Host)
	place := dir.Of(r)
	if place == nil {
		place = noPlace
	}
	if host == nil {
		if len(place.enabled) == 0 {
			return nil
		}
		host = &serverConfig{}
	}
	if r.Main != nil || r.Prev != nil || host.isQuick() != wantQuick {
		return nil
	}
	providers := host.providers(r, place)
	if len(providers) == 0 {
		return nil
	}
	asked := cachestore.ParseControl(&r.In)
	if asked.NoStore && !is(host.ignoreControl) {
		return nil
	}
	s := states.Keep(r)
	*s = state{host: host, place: place, providers: providers, asked: asked, key: host.key(r)}
	r.AtEnd(s.end)
	return s
}

// end lets go of what s holds.
func (s *state) end() {
	for _, e := range []cachestore.Entity{s.hit, s.stale} {
		if e != nil {
			e.Close()
		}
	}
	s.unlock()
}

// quick answers before anything is known of r but its URL (cache_quick_handler).
func quick(r *compat.Request) compat.Status {
	if r.In.Has("Authorization") {
		return compat.Declined
	}
	s := begin(r, true)
	if s == nil || !s.method(r) {
		return compat.Declined
	}
	status := s.choose(r)
	if status != compat.OK {
		return status
	}
	r.HeadersDone = true
	return s.send(r)
}

// method reports whether r asks for something that can be kept. Methods that
// change things make what is kept invalid.
func (s *state) method(r *compat.Request) bool {
	switch r.Method {
	case "GET", "HEAD":
		return true
	case "PUT", "POST", "DELETE":
		r.AddOutputFilter(&compat.OutputFilter{Name: "CACHE_INVALIDATE", Type: compat.FilterProtocol,
			Wrap: func(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
				return &once{BodyWriter: next, do: func() { s.invalidate(r) }}
			}})
	}
	return false
}

// choose looks for an answer: OK is that there is one, Declined that r goes on,
// and others are the answer.
func (s *state) choose(r *compat.Request) compat.Status {
	status := s.find(r)
	if status != compat.Declined {
		return status
	}
	if !s.tryLock(r) {
		if s.was != nil {
			r.In.CopyFrom(s.was)
			s.was = nil
		}
		return compat.Declined
	}
	s.save, s.purge = true, true
	r.AddOutputFilter(&compat.OutputFilter{Name: "CACHE_REMOVE_URL", Type: compat.FilterProtocol,
		Wrap: func(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
			return &once{BodyWriter: next, do: s.remove}
		}})
	return compat.Declined
}

// insert puts the filter that keeps the answer in its place. Without the quick
// handler it is here that an answer is looked for, so that no filters are made
// for nothing (cache_handler).
func insert(r *compat.Request) compat.Status {
	s := states.Kept(r)
	if s == nil {
		if s = begin(r, false); s == nil || !s.method(r) {
			return compat.Declined
		}
		status := s.choose(r)
		if status == compat.OK {
			r.DropOutputFilters(markFilter, compat.FilterContent)
			return compat.OK
		}
		if status != compat.Declined {
			return status
		}
	}
	if !s.save {
		return compat.Declined
	}
	f := &compat.OutputFilter{Name: "cache: save", Type: compat.FilterContent + 1,
		Wrap: func(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
			return &saver{next: next, r: r, s: s}
		}}
	marked := *f
	marked.Type = compat.FilterResource
	if s.marked = !s.host.isQuick() && r.ReplaceOutputFilter(markFilter, &marked); !s.marked {
		r.AddOutputFilter(f)
	}
	return compat.OK
}

// handle sends what insert has found.
func handle(r *compat.Request) compat.Status {
	s := states.Kept(r)
	if s == nil || s.hit == nil || s.host.isQuick() || r.Main != nil {
		return compat.Declined
	}
	r.HeadersDone = !s.marked
	return s.send(r)
}

// send answers with what was found.
func (s *state) send(r *compat.Request) compat.Status {
	s.report(r, &r.Out, "HIT", "cache hit")
	if status := compat.MeetsConditions(r); status != compat.OK {
		return status
	}
	r.Status, r.Reason = s.hit.Info().Status, ""
	if err := s.hit.Send(r.Writer); err != nil {
		r.Aborted = true
	}
	return compat.OK
}

// report says what became of r (cache_status).
func (s *state) report(r *compat.Request, h *compat.Header, what, reason string) {
	r.Env.Set(map[string]string{"HIT": "cache-hit", "REVALIDATE": "cache-revalidate", "MISS": "cache-miss",
		"INVALIDATE": "cache-invalidate"}[what], reason)
	r.Env.Set("cache-status", reason)
	place := dir.Of(r)
	if place == nil {
		place = noPlace
	}
	if is(cmp.Or(place.header, s.host.header)) {
		h.Set("X-Cache", what+" from "+r.Host.Name)
	}
	if is(cmp.Or(place.detail, s.host.detail)) {
		h.Set("X-Cache-Detail", `"`+reason+`" from `+r.Host.Name)
	}
}

// remove forgets what is kept, if the answer was not kept in its place.
func (s *state) remove() {
	if !s.purge {
		return
	}
	s.purge = false
	if s.stale != nil {
		s.stale.Remove()
	}
}

// invalidate forgets what is kept. Apache means to mark it, and loses it over
// that.
func (s *state) invalidate(r *compat.Request) {
	if r.Status > 299 {
		return
	}
	for _, p := range s.providers {
		if e := p.Open(r, s.key); e != nil {
			e.Close()
			e.Remove()
		}
	}
	var unseen compat.Header // Apache's come when the header is out already.
	s.report(r, &unseen, "INVALIDATE", "cache invalidated by "+r.Method)
}

// A once does something before the first byte, or the end.
type once struct {
	compat.BodyWriter
	do func()
}

func (w *once) first() {
	if w.do != nil {
		w.do()
		w.do = nil
	}
}
