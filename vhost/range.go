package vhost

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"understudy/compat"
)

// boundary separates the parts of a multipart/byteranges.
var boundary = strconv.FormatUint(rand.Uint64()|1<<63, 16)

// manyParts is how many parts have a known length together; Apache sends more
// than those piece by piece.
const manyParts = 32

// parts are what a client asked for of a body that is there as a whole.
type parts struct {
	spans  []span
	length int64  // of the whole
	kind   string // Content-Type of the whole
}

// refusedRange is a note on requests answered with 416.
const refusedRange = "refused-range"

// cut decides whether r is answered with parts of its body of so many bytes
// (ap_byterange_filter). It returns how much will be sent; -1 is not known.
func (b *body) cut(length int64) int64 {
	r := b.r
	value, ok := r.In.Lookup("Range")
	if !ok || length <= 0 || !mayCut(r) {
		return length
	}
	spans, satisfiable := chooseRanges(value, length, r.Scope.Core)
	if !satisfiable {
		r.Notes.Set(unknownLength, "1")
		r.Notes.Set(refusedRange, "1")
		b.replace(416)
		return -1
	}
	if len(spans) == 0 {
		return length
	}
	r.Status, r.Reason = 206, ""
	b.parts = &parts{spans: spans, length: length}
	if len(spans) == 1 {
		r.Out.Set("Content-Range", "bytes "+spans[0].of(length))
		return spans[0].size()
	}
	b.parts.kind = r.Out.Get("Content-Type")
	r.Out.Set("Content-Type", "multipart/byteranges; boundary="+boundary)
	return b.parts.size()
}

// mayCut looks at what stands against parts besides the ranges.
func mayCut(r *compat.Request) bool {
	if r.Status != 200 || r.AssBackwards || r.Notes.Has(noRanges) || r.Out.Has("Content-Range") {
		return false
	}
	if ct := r.Out.Get("Content-Type"); len(ct) >= 20 && strings.EqualFold(ct[:20], "multipart/byteranges") {
		return false
	}
	return ifRange(r)
}

// ifRange reports whether an If-Range field lets ranges count: an entity tag
// that is the same, or the date of a change a minute ago at least.
func ifRange(r *compat.Request) bool {
	value, ok := r.In.Lookup("If-Range")
	if !ok {
		return true
	}
	if strings.HasPrefix(value, `"`) {
		return value == r.Out.Get("ETag")
	}
	since, err := compat.ParseDate(value)
	if err != nil {
		return false
	}
	mtime := compat.LastModified(r)
	return since.Unix() == mtime && r.Start.Unix() >= mtime+60
}

// size is how much all parts are with what is around them, if they are few.
func (p *parts) size() int64 {
	if len(p.spans) > manyParts {
		return -1
	}
	total := int64(len(p.tail()))
	for _, s := range p.spans {
		total += int64(len(p.head(s))) + s.size()
	}
	return total
}

func (p *parts) head(s span) string {
	head := "\r\n--" + boundary + "\r\n"
	if p.kind != "" {
		head += "Content-type: " + p.kind + "\r\n"
	}
	return head + "Content-range: bytes " + s.of(p.length) + "\r\n\r\n"
}

func (p *parts) tail() string { return "\r\n--" + boundary + "--\r\n" }

// bytes sends the parts of the body in memory.
func (p *parts) bytes(b *body, whole []byte) error {
	return p.each(b, func(s span) error { return b.send(whole[s.from:s.end]) })
}

// file sends the parts of a body that is in a file from offset on.
func (p *parts) file(b *body, f *os.File, offset int64) error {
	return p.each(b, func(s span) error { return b.sendFile(f, offset+s.from, s.size()) })
}

func (p *parts) each(b *body, send func(span) error) error {
	if b.noBody() {
		return nil
	}
	if len(p.spans) == 1 {
		return send(p.spans[0])
	}
	for _, s := range p.spans {
		if err := b.send([]byte(p.head(s))); err != nil {
			return err
		}
		if err := send(s); err != nil {
			return err
		}
	}
	return b.send([]byte(p.tail()))
}
