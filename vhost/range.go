package vhost

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	"understudy/compat"
)

// A span is a part of a body: from to but not including end.
type span struct{ from, end int64 }

// ranges cut a body to the parts a client asked for.
type ranges struct {
	spans    []span
	length   int64 // of the whole
	boundary string
	kind     string // Content-Type of the whole
	at       int64  // position in the whole
	next     int    // span not yet done
	within   bool   // the head of spans[next] was sent
	replace  string // a page that is sent instead of the body
}

// cut decides whether r is answered with ranges (ap_byterange_filter). It
// returns the length of what will be sent.
func (b *body) cut(length int64) int64 {
	r := b.r
	if r.Status != 200 || r.Main != nil || length == 0 {
		return length
	}
	value, ok := r.In.Lookup("Range")
	if !ok || r.ProtoNum < 1000 || r.Notes.Has("no-ranges") {
		return length
	}
	limits := r.Scope.Core
	if limits.MaxRanges != nil && *limits.MaxRanges == 0 {
		return length
	}
	if !ifRange(r) {
		return length
	}
	spans, ok := parseRange(value, length, limits)
	if !ok {
		return length
	}
	if len(spans) == 0 {
		r.Status = 416
		r.Out.Set("Content-Range", fmt.Sprintf("bytes */%d", length))
		return b.unsatisfiable(length)
	}
	r.Status = 206
	b.ranges = &ranges{spans: spans, length: length}
	if len(spans) == 1 {
		s := spans[0]
		r.Out.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", s.from, s.end-1, length))
		return s.end - s.from
	}
	b.ranges.kind = r.Out.Get("Content-Type")
	b.ranges.boundary = strconv.FormatUint(rand.Uint64(), 16)
	r.Out.Set("Content-Type", "multipart/byteranges; boundary="+b.ranges.boundary)
	total := int64(len(b.ranges.tail()))
	for _, s := range spans {
		total += int64(len(b.ranges.head(s))) + s.end - s.from
	}
	return total
}

// unsatisfiable makes the response the page for 416.
func (b *body) unsatisfiable(length int64) int64 {
	r := b.r
	contentRange := r.Out.Get("Content-Range")
	b.e.plainResponse(r)
	r.Out.Set("Content-Range", contentRange)
	r.Out.Set("Content-Type", "text/html; charset=iso-8859-1")
	page := "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\">\n<html><head>\n" +
		"<title>" + statusLine(r) + "</title>\n</head><body>\n<h1>" + reasons[416] + "</h1>\n" + canned(r) +
		Signature(r, "<hr>\n") + "</body></html>\n"
	b.ranges = &ranges{replace: page}
	return int64(len(page))
}

// ifRange reports whether an If-Range field lets ranges count.
func ifRange(r *compat.Request) bool {
	value, ok := r.In.Lookup("If-Range")
	if !ok {
		return true
	}
	if strings.HasPrefix(value, `"`) || strings.HasPrefix(value, "W/") {
		return value[0] == '"' && value == r.Out.Get("ETag")
	}
	modified, ok := r.Out.Lookup("Last-Modified")
	if !ok {
		return false
	}
	since, err := compat.ParseDate(value)
	if err != nil {
		return false
	}
	mtime, err := compat.ParseDate(modified)
	return err == nil && since.Equal(mtime) && r.Start.Sub(mtime).Seconds() >= 60
}

// parseRange reads a Range field. ok is false where it is to be ignored; no
// spans mean that none can be satisfied (ap_set_byterange).
func parseRange(value string, length int64, c *compat.Core) (spans []span, ok bool) {
	unit, list, found := strings.Cut(value, "=")
	if !found || !strings.EqualFold(unit, "bytes") {
		return nil, false
	}
	limit, overlaps, reversals := valueOr(c.MaxRanges, 200), valueOr(c.MaxRangeOverlaps, 20), valueOr(c.MaxRangeReversals, 20)
	if n := strings.Count(list, ",") + 1; limit > 0 && n > limit {
		return nil, false
	}
	var asked []span
	any := false
	for part := range strings.SplitSeq(strings.TrimSuffix(list, ","), ",") {
		s, satisfiable, good := parseSpan(strings.Trim(part, " \t"), length)
		if !good || len(part) > 0 && part[0] == ' ' && !any && len(asked) == 0 && strings.HasPrefix(list, " ") {
			return nil, false
		}
		any = true
		if satisfiable {
			asked = append(asked, s)
		}
	}
	if !any {
		return nil, false
	}
	return joinSpans(asked, overlaps, reversals)
}

func valueOr(v *int, or int) int {
	if v == nil {
		return or
	}
	return *v
}

// joinSpans merges neighbours that overlap or touch. Too many of those, or too
// many going backwards, make the whole field ignored.
func joinSpans(asked []span, overlaps, reversals int) ([]span, bool) {
	var spans []span
	over, back := 0, 0
	for _, s := range asked {
		if n := len(spans); n > 0 {
			last := &spans[n-1]
			if s.from < last.from {
				back++
			}
			if s.from <= last.end && last.from <= s.end && s.end >= last.from {
				if s.from < last.end && last.from < s.end {
					over++
				}
				last.from, last.end = min(last.from, s.from), max(last.end, s.end)
				continue
			}
		}
		spans = append(spans, s)
	}
	if overlaps >= 0 && over > overlaps || reversals >= 0 && back > reversals {
		return nil, false
	}
	return spans, true
}

// parseSpan reads "a-b", "a-" or "-n".
func parseSpan(text string, length int64) (s span, satisfiable, ok bool) {
	first, last, found := strings.Cut(text, "-")
	if !found || first == "" && last == "" {
		return s, false, false
	}
	if first == "" {
		n, ok := digits(last)
		if !ok {
			return s, false, false
		}
		return span{max(length-n, 0), length}, n > 0, true
	}
	from, ok := digits(first)
	if !ok {
		return s, false, false
	}
	end := length
	if last != "" {
		to, ok := digits(last)
		if !ok || to < from {
			return s, false, false
		}
		end = min(to+1, length)
	}
	return span{from, end}, from < length, true
}

// digits reads a number that may be too large to hold, which then saturates.
func digits(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 1<<62 - 1, true
	}
	return n, true
}

func (g *ranges) head(s span) string {
	kind := ""
	if g.kind != "" {
		kind = "Content-type: " + g.kind + "\r\n"
	}
	return fmt.Sprintf("\r\n--%s\r\n%sContent-range: bytes %d-%d/%d\r\n\r\n", g.boundary, kind, s.from, s.end-1, g.length)
}

func (g *ranges) tail() string { return "\r\n--" + g.boundary + "--\r\n" }

// write takes the next bytes of the whole. Parts that lie behind them are
// missed only if spans go backwards, for which files are read again; a body
// that is written comes once, so spans are sent in order of it.
func (g *ranges) write(b *body, p []byte) (int, error) {
	if g.replace != "" {
		return len(p), nil
	}
	if g.at == 0 && int64(len(p)) == g.length {
		return len(p), g.each(b, func(s span) error { return b.out(p[s.from:s.end]) })
	}
	slices.SortFunc(g.spans, func(a, c span) int { return cmp.Compare(a.from, c.from) })
	from, end := g.at, g.at+int64(len(p))
	g.at = end
	for g.next < len(g.spans) {
		s := g.spans[g.next]
		if s.from >= end {
			break
		}
		if !g.within && g.boundary != "" {
			if err := b.out([]byte(g.head(s))); err != nil {
				return 0, err
			}
		}
		g.within = true
		lo, hi := max(s.from, from), min(s.end, end)
		if err := b.out(p[lo-from : hi-from]); err != nil {
			return 0, err
		}
		if s.end > end {
			break
		}
		g.next, g.within = g.next+1, false
	}
	return len(p), nil
}

// each sends every span with its head.
func (g *ranges) each(b *body, send func(span) error) error {
	for _, s := range g.spans {
		if g.boundary != "" {
			if err := b.out([]byte(g.head(s))); err != nil {
				return err
			}
		}
		if err := send(s); err != nil {
			return err
		}
	}
	g.next = len(g.spans)
	return nil
}

func (g *ranges) file(b *body, f *os.File, offset, n int64) error {
	if g.replace != "" {
		return nil
	}
	return g.each(b, func(s span) error {
		err := b.r.Wire.File(f, offset+s.from, s.end-s.from)
		if err == nil {
			b.r.Sent += s.end - s.from
		}
		b.fail(err)
		return err
	})
}

func (g *ranges) close(b *body) error {
	if g.replace != "" {
		return b.out([]byte(g.replace))
	}
	if g.boundary != "" {
		return b.out([]byte(g.tail()))
	}
	return nil
}

// out sends bytes as they are.
func (b *body) out(p []byte) error {
	n, err := b.r.Wire.Write(p)
	b.r.Sent += int64(n)
	b.fail(err)
	return err
}
