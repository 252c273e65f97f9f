package cache

import (
	"strconv"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/cachestore"
)

var conditionFields = []string{"If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since"}

// find looks for an answer that can be given (cache_select).
func (s *state) find(r *compat.Request) compat.Status {
	if s.asked.NoCache && !is(s.host.ignoreControl) {
		return compat.Declined
	}
	for _, p := range s.providers {
		e := p.Open(r, s.key)
		if e == nil {
			continue
		}
		response, request := e.Headers()
		if !sameVariant(r, response, request) {
			e.Close()
			continue
		}
		mismatch := compat.ConditionsFail(r, response)
		if !mismatch && s.isFresh(r, e, response) {
			s.hit = e
			accept(r, response)
			return compat.OK
		}
		if s.asked.OnlyIfCached {
			e.Close()
			continue
		}
		s.ask(r, e, response, mismatch)
		return compat.Declined
	}
	if s.asked.OnlyIfCached {
		r.Logf(module, compat.LevelDebug, nil, "AH00696: cache: 'only-if-cached' requested and no cached entity, returning 504 "+
			"Gateway Timeout for: %s", r.Path)
		return 504
	}
	return compat.Declined
}

// ask makes r conditional, so that what is kept need not be sent again.
func (s *state) ask(r *compat.Request, e cachestore.Entity, response *compat.Header, mismatch bool) {
	s.stale = e
	s.was = &compat.Header{}
	s.was.CopyFrom(&r.In)
	if mismatch {
		return
	}
	for _, name := range conditionFields {
		r.In.Del(name)
	}
	etag, hasTag := response.Lookup("ETag")
	modified, hasTime := response.Lookup("Last-Modified")
	if hasTag {
		r.In.Set("If-None-Match", etag)
	}
	if hasTime {
		r.In.Set("If-Modified-Since", modified)
	}
	if hasTag || hasTime {
		r.In.Del("Range")
	}
}

// sameVariant reports whether r has the fields by which the answer varies as the
// request had that it was made for.
func sameVariant(r *compat.Request, response, request *compat.Header) bool {
	vary, _ := cachestore.Joined(response, "Vary")
	for _, name := range cachestore.Tokens(vary) {
		if name == "*" {
			return false
		}
		now, has := cachestore.Joined(&r.In, name)
		then, had := cachestore.Joined(request, name)
		if has != had || now != then {
			return false
		}
	}
	return true
}

// isFresh reports whether an answer may be given without asking, and dates it
// (cache_check_freshness).
func (s *state) isFresh(r *compat.Request, e cachestore.Entity, response *compat.Header) bool {
	info, asked, ignore := e.Info(), s.asked, is(s.host.ignoreControl)
	if asked.NoCache && !ignore || info.Control.NoCache || info.Control.Invalidated {
		return false
	}
	age := currentAge(info, response.Get("Age"), r.Start.UnixMicro())
	given := info.Control.MaxAge
	if info.Control.SMaxAge != -1 {
		given = info.Control.SMaxAge
	}
	maxAge := given
	if !ignore && asked.MaxAge != -1 && (given == -1 || asked.MaxAge < given) {
		maxAge = asked.MaxAge
	}
	var maxStale, minFresh int64
	if asked.HasMaxStale {
		if maxStale = asked.MaxStale; maxStale == -1 {
			maxStale = 86400 * 365
		}
	}
	if !ignore && asked.HasMinFresh {
		minFresh = asked.MinFresh
	}
	if info.Control.MustRevalidate || info.Control.ProxyRevalidate || info.Control.SMaxAge != -1 {
		maxStale = 0
	}
	life := (info.Expire - info.Date) / cachestore.Second
	limit := life
	if maxAge != -1 {
		limit = maxAge
	}
	// The request's numbers are no larger than what int64 holds, nor are sums of
	// a few of them once they are bounded.
	if age < bounded(limit)+bounded(maxStale)-bounded(minFresh) {
		date(response, age, maxAge, life, given)
		return true
	}
	if s.tryLockStale(r) {
		return false
	}
	warn(response, "110", "110 Response is stale")
	return true
}

func bounded(n int64) int64 { return max(-1<<50, min(n, 1<<50)) }

func date(response *compat.Header, age, maxAge, life, given int64) {
	response.Set("Age", strconv.FormatInt(age, 10))
	if !(maxAge != -1 && age < maxAge || life > age) {
		warn(response, "110", "110 Response is stale")
	}
	if given == -1 && !response.Has("Expires") && age > 86400 {
		warn(response, "113", "113 Heuristic expiration")
	}
}

func warn(h *compat.Header, code, text string) {
	if !strings.Contains(h.Get("Warning"), code) {
		h.Merge("Warning", text)
	}
}

// currentAge is how old an answer is (ap_cache_current_age).
func currentAge(info *cachestore.Info, said string, now int64) int64 {
	var value int64
	if n, whole, ok := compat.ParseOffset(said); ok && whole {
		value = max(0, min(n, 1<<40)) * cachestore.Second
	}
	received := max(0, info.ResponseTime-info.Date, value)
	age := received + (info.ResponseTime - info.RequestTime) + (now - info.ResponseTime)
	return max(0, age) / cachestore.Second
}

// accept makes the fields of what is kept those of the answer
// (cache_accept_headers).
func accept(r *compat.Request, response *compat.Header) {
	for _, f := range response.Fields() {
		if !strings.EqualFold(f.Name, "Warning") {
			r.Out.Del(f.Name)
			r.ErrOut.Del(f.Name)
		}
	}
	for _, f := range response.Fields() {
		r.Out.Add(f.Name, f.Value)
	}
	r.Out.Del("Date") // They are new each time.
	r.Out.Del("Server")
	r.Encodings, r.Languages, r.Charset = nil, nil, ""
	r.ContentType = response.Get("Content-Type")
	if t, err := compat.ParseDate(response.Get("Last-Modified")); err == nil {
		compat.SetLastModified(r, t)
	}
}
