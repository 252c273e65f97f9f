package vhost

import (
	"strconv"
	"strings"

	"understudy/compat"
)

// A span is a part of a body: from to but not including end.
type span struct{ from, end int64 }

func (s span) size() int64 { return s.end - s.from }

// of is how Content-Range names the part of a body of length bytes.
func (s span) of(length int64) string {
	return strconv.FormatInt(s.from, 10) + "-" + strconv.FormatInt(s.end-1, 10) + "/" + strconv.FormatInt(length, 10)
}

// Defaults of MaxRanges, MaxRangeOverlaps and MaxRangeReversals.
const (
	defaultRanges    = 200
	defaultOverlaps  = 20
	defaultReversals = 20
)

// chooseRanges reads a Range field for a body of length bytes. No spans mean
// that the field is to be ignored, unless it cannot be satisfied.
func chooseRanges(value string, length int64, c *compat.Core) (spans []span, satisfiable bool) {
	list, ok := rangeList(value)
	if !ok {
		return nil, true
	}
	var f fold
	for more := true; more; {
		var spec string
		spec, list, more = strings.Cut(list, ",")
		if spec == "" {
			break // An empty element ends the list, whatever follows.
		}
		list = strings.TrimLeft(list, ",") // Several commas are one (ap_getword).
		s, ok := parseSpan(spec, length)
		if !ok {
			return nil, true
		}
		if s.from == 0 && strings.HasSuffix(spec, "-") {
			f = fold{spans: []span{{0, length}}} // All of it, whatever else is asked for.
			break
		}
		f.add(s, length)
	}
	return f.result(length, c)
}

func rangeList(value string) (string, bool) {
	const unit = "bytes="
	if len(value) < len(unit) || !strings.EqualFold(value[:len(unit)], unit) {
		return "", false
	}
	return value[len(unit):], true
}

// parseSpan reads "a-b", "a-" or "-n". The result may lie behind the body.
func parseSpan(spec string, length int64) (span, bool) {
	first, last, found := strings.Cut(spec, "-")
	if !found {
		return span{}, false
	}
	if first == "" {
		n, ok := parseNumber(last)
		return span{max(length-n, 0), length}, ok && n > 0
	}
	from, ok := parseNumber(first)
	if !ok || last == "" {
		return span{from, length}, ok
	}
	to, ok := parseNumber(last)
	if !ok || from > to {
		return span{}, false
	}
	return span{from, min(to, length-1) + 1}, true
}

// parseNumber reads digits and nothing else (ap_parse_strict_length).
func parseNumber(s string) (int64, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// A fold joins spans that overlap or touch the one before (ap_set_byterange).
type fold struct {
	spans               []span // the last may still grow
	overlaps, reversals int
	unsatisfiable       bool
}

func (f *fold) add(s span, length int64) {
	if s.from >= length {
		f.unsatisfiable = true
		return
	}
	if len(f.spans) == 0 {
		f.spans = append(f.spans, s)
		return
	}
	last := &f.spans[len(f.spans)-1]
	joined := s.from >= last.from && s.end <= last.end
	if s.from < last.from && s.end >= last.from {
		last.from = s.from
		f.reversals++
		joined = true
	}
	if s.end >= last.end && s.from <= last.end {
		last.end = s.end
		joined = true
	}
	if joined {
		f.overlaps++
		return
	}
	f.spans = append(f.spans, s)
}

func (f *fold) result(length int64, c *compat.Core) ([]span, bool) {
	if len(f.spans) == 0 {
		return nil, !f.unsatisfiable
	}
	var sum int64
	for _, s := range f.spans {
		sum += s.size()
	}
	if sum > length || exceeds(len(f.spans), c.MaxRanges, defaultRanges) ||
		exceeds(f.overlaps, c.MaxRangeOverlaps, defaultOverlaps) ||
		exceeds(f.reversals, c.MaxRangeReversals, defaultReversals) {
		return nil, true
	}
	return f.spans, true
}

// exceeds compares with a limit, which is -1 for none.
func exceeds(n int, limit *int, standard int) bool {
	max := standard
	if limit != nil {
		max = *limit
	}
	return max >= 0 && n > max
}
