package filter

import (
	"io/fs"
	"os"
	"strings"

	"understudy/compat"
)

// A harness is a declared filter in the answer to a request: until the first
// byte nothing, then the provider that matches, or none (filter_harness).
type harness struct {
	filter *filter
	r      *compat.Request
	next   compat.BodyWriter
	to     compat.BodyWriter // nil: not decided yet
}

func (f *filter) wrap(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
	return &harness{filter: f, r: r, next: next}
}

// choose is where the body goes from now on.
func (h *harness) choose() compat.BodyWriter {
	if h.to != nil {
		return h.to
	}
	h.to = h.next
	r := h.r
	if r.Status != 200 && !r.Env.Has("filter-errordocs") || refusesProxy(r, h.filter.flags) {
		return h.to
	}
	if p := h.filter.lookup(r); p != nil {
		h.to = p.filter.Wrap(r, h.next)
		if !p.filter.Repeats && h.to != h.next {
			r.Once()
		}
	}
	return h.to
}

// refusesProxy reports whether flags speak against filtering what another
// server answered.
func refusesProxy(r *compat.Request, flags compat.FilterProtocolFlags) bool {
	if !r.Proxied {
		return false
	}
	return flags&compat.FilterNoProxy != 0 || flags&compat.FilterTransforms != 0 &&
		strings.Contains(strings.ToLower(r.Out.Get("Cache-Control")), "no-transform")
}

// lookup finds the provider for an answer (filter_lookup).
func (f *filter) lookup(r *compat.Request) *choice {
	match := false
	for i := len(f.providers) - 1; i >= 0; i-- {
		p := f.providers[i]
		// What matched and could not be used leaves its mark: Apache does not
		// look at the types of the next any more.
		if p.when != nil {
			match = p.when.Eval(compat.ExprContext(r))
			p.traceExpr(r, match)
		} else {
			match = p.matchesType(r) || match
		}
		if !match || refusesProxy(r, p.flags()) {
			continue
		}
		p.announce(r)
		return p
	}
	return nil
}

func (p *choice) traceExpr(r *compat.Request, match bool) {
	if r.LogEnabled("filter", compat.LevelTrace2) {
		r.Logf("filter", compat.LevelTrace2, nil, "Expression condition for '%s' %s", compat.Lower(p.filter.Name), matched(match))
	}
}

// matchesType compares the media type, without parameters and to the letter.
func (p *choice) matchesType(r *compat.Request) bool {
	kind := r.ContentType
	if i := strings.IndexAny(kind, "; \t"); i >= 0 {
		kind = kind[:i]
	}
	found := false
	for _, t := range p.types {
		if found = r.ContentType != "" && t == kind; found {
			break
		}
	}
	if !r.LogEnabled("filter", compat.LevelTrace2) {
		return found
	}
	name := compat.Lower(p.filter.Name)
	if r.ContentType == "" {
		r.Logf("filter", compat.LevelTrace2, nil, "Content-Type condition for '%s' did not match: no Content-Type", name)
	} else {
		r.Logf("filter", compat.LevelTrace2, nil, "Content-Type condition for '%s' %s", name, matched(found))
	}
	return found
}

func matched(yes bool) string {
	if yes {
		return "matched"
	}
	return "did not match"
}

// announce does to the header what FilterProtocol says.
func (p *choice) announce(r *compat.Request) {
	flags := p.flags()
	if r.Proxied && flags&compat.FilterTransforms != 0 {
		r.Out.Add("Warning", "214 "+r.Hostname+" Transformation applied")
	}
	if flags&compat.FilterChanges != 0 {
		r.Out.Del("Content-MD5")
		r.Out.Del("ETag")
		if flags&compat.FilterChangesLength != 0 {
			r.Out.Del("Content-Length")
		}
	}
	if flags&compat.FilterNoCache != 0 {
		r.Out.Del("Last-Modified")
		r.Out.Add("Cache-Control", "no-cache")
	}
	if flags&compat.FilterNoByteRange != 0 {
		r.Out.Set("Accept-Ranges", "none")
	} else {
		releaseRange(r)
	}
}

// heldRange is the note under which a Range field waits for a filter after
// which it makes sense.
const heldRange = "filter-held-range"

// holdRange takes the Range field away from who might obey it too early.
func holdRange(r *compat.Request) {
	if value, ok := r.In.Lookup("Range"); ok {
		r.Notes.Set(heldRange, value)
		r.In.Del("Range")
	}
}

func releaseRange(r *compat.Request) {
	if value, ok := r.Notes.Lookup(heldRange); ok {
		r.In.Set("Range", value)
		r.Notes.Unset(heldRange)
	}
}

// log says what goes through a filter that is traced (filter_trace).
func (h *harness) log(kind string, n int64) {
	if h.filter.trace && h.r.LogEnabled("filter", compat.LevelDebug) {
		h.r.Logf("filter", compat.LevelDebug, nil, "AH01375: %s", h.filter.name)
		h.r.Logf("filter", compat.LevelDebug, nil, "AH01376: %s: type: %s, length: %d", h.filter.name, kind, n)
	}
}

// Write passes p to whom it was decided for.
func (h *harness) Write(p []byte) (int, error) {
	h.log("HEAP", int64(len(p)))
	return h.choose().Write(p)
}

// File passes a part of a file on.
func (h *harness) File(f *os.File, offset, n int64) error {
	h.log("FILE", n)
	return h.choose().File(f, offset, n)
}

// Content passes a whole file on.
func (h *harness) Content(name string, info fs.FileInfo, body []byte) error {
	h.log("HEAP", int64(len(body)))
	return compat.WriteContent(h.choose(), name, info, body)
}

// Flush passes the wish on.
func (h *harness) Flush() error {
	h.log("FLUSH", 0)
	return h.choose().Flush()
}

// Close ends the body.
func (h *harness) Close() error {
	h.log("EOS", 0)
	return h.choose().Close()
}
