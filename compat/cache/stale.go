package cache

import (
	"strconv"
	"strings"
	"time"

	"understudy/compat"
)

func itoa(n int) string { return strconv.Itoa(n) }

func nowMicro() int64 { return time.Now().UnixMicro() }

// canServeStale reports whether what is kept may be given though its time is
// over, because nothing better is to be had.
func (s *state) canServeStale() bool {
	if s.stale == nil {
		return false
	}
	c := s.stale.Info().Control
	return !c.MustRevalidate && !c.ProxyRevalidate && !c.Invalidated
}

// sendStale gives it, with a warning.
func (s *state) sendStale(r *compat.Request, w compat.BodyWriter) {
	response, _ := s.stale.Headers()
	failed := r.Status
	accept(r, response)
	warn(&r.ErrOut, "111", "111 Revalidation failed")
	s.report(r, &r.Out, "HIT", "cache hit: "+itoa(failed)+" status; stale content returned")
	s.restore(r)
	r.Status, r.Reason, r.HeadersDone = s.stale.Info().Status, "", true
	if err := s.stale.Send(w); err != nil {
		r.Aborted = true
	}
	s.unlock()
}

// restore gives r the fields its client sent.
func (s *state) restore(r *compat.Request) {
	if s.was != nil {
		r.In.CopyFrom(s.was)
		s.was = nil
	}
}

// revalidated gives what is kept after its source said that it is still so, and
// keeps the fields that came with that (the end of cache_save_filter).
func (s *state) revalidated(r *compat.Request, a answer, w compat.BodyWriter) {
	response, request := s.stale.Headers()
	info := s.info(r, a)
	info.Status = s.stale.Info().Status
	fresh := merged(r)
	r.ErrOut.Reset()
	r.Out.Reset()
	for _, f := range response.Fields() {
		if !strings.EqualFold(f.Name, "Warning") || !strings.HasPrefix(f.Value, "1") {
			r.Out.Add(f.Name, f.Value)
		}
	}
	for _, f := range fresh.Fields() {
		if !strings.EqualFold(f.Name, "Warning") {
			r.Out.Del(f.Name)
		}
	}
	for _, f := range fresh.Fields() {
		r.Out.Add(f.Name, f.Value)
	}
	r.Encodings, r.Languages, r.Charset = nil, nil, ""
	r.ContentType = r.Out.Get("Content-Type")
	s.purge = false
	reason := "conditional cache hit: entity refreshed"
	if err := s.stale.Refresh(info, s.response(r), request); err != nil {
		s.stale.Remove()
		reason = "conditional cache hit: entity refresh failed"
	}
	s.restore(r)
	r.Status, r.Reason, r.HeadersDone = 200, "", true
	status := compat.MeetsConditions(r)
	r.Status = info.Status
	s.report(r, &r.Out, "REVALIDATE", reason)
	s.unlock()
	if status != compat.OK {
		r.Status = int(status)
		for _, name := range entityFields {
			r.Out.Del(name)
		}
		return
	}
	if err := s.stale.Send(w); err != nil {
		r.Aborted = true
	}
}

// insteadOfError gives what is kept where a page would say that its source is
// not to be reached, or that nothing has changed for what the client has not
// asked (cache_insert_error_filter).
func insteadOfError(r *compat.Request) compat.Status {
	s := states.Kept(r)
	if s == nil || !s.save || s.stale == nil {
		return compat.Declined
	}
	switch {
	case r.Status == 304:
		r.Engine.Headers(r, !s.marked)
		a := s.inspect(r)
		s.revalidated(r, a, r.Writer)
		return compat.Done
	case r.Status >= 500 && s.placeOf(r).staleOnError():
		s.purge = false
		if !s.canServeStale() || s.stale.Info().Control.HasSM {
			return compat.Declined
		}
		r.Out.Reset()
		s.sendStale(r, r.Writer)
		return compat.Done
	}
	return compat.Declined
}
