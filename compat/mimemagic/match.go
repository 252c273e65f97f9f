package mimemagic

import (
	"bytes"
	"encoding/binary"
	"time"
)

// A window is what of a file a rule sees at its offset: Apache's union
// VALUETYPE, in the order of the machine it runs on mostly.
type window [maxString]byte

func (w *window) byte() uint64  { return uint64(w[0]) }
func (w *window) short() uint64 { return uint64(binary.LittleEndian.Uint16(w[:])) }
func (w *window) long() uint64  { return binary.LittleEndian.Uint64(w[:]) }

// soft compares the rules with a file, and stops after the first that matches,
// with all that continue it (match).
func (g *guess) soft(buf []byte) bool {
	var w window
	for i := 0; i < len(g.rules); i++ {
		r := g.rules[i]
		if r.get(buf, &w) && g.check(r, &w) {
			g.outcome.print(r, &w)
			g.continued(g.rules[i+1:], buf, r.description != "")
			return true
		}
		for i+1 < len(g.rules) && g.rules[i+1].level != 0 {
			i++ // What continues it does not count either.
		}
	}
	return false
}

// continued tries the rules that continue one that matched. Those of a level
// count if the last of the level above did match.
func (g *guess) continued(rules []*rule, buf []byte, separate bool) {
	var w window
	level := 1
	for _, r := range rules {
		if r.level == 0 {
			return
		}
		if r.level > level {
			continue
		}
		level = r.level
		if !r.get(buf, &w) || !g.check(r, &w) {
			continue
		}
		if separate && !r.noSpace && r.description != "" {
			g.outcome.put(" ")
			separate = false
		}
		g.outcome.print(r, &w)
		separate = separate || r.description != ""
		level++
	}
}

// get takes what the rule looks at (mget). Near its end nothing of a file is
// seen.
func (r *rule) get(buf []byte, w *window) bool {
	if !r.take(buf, r.offset, w) {
		return false
	}
	if !r.indirect {
		return true
	}
	at := w.long()
	switch r.indirectKind {
	case kindByte:
		at = w.byte()
	case kindShort:
		at = w.short()
	}
	return r.take(buf, int64(at)+r.indirectOffset, w)
}

func (r *rule) take(buf []byte, offset int64, w *window) bool {
	if r.kind == kindNone || offset < 0 || offset > int64(len(buf)-maxString) {
		return false
	}
	copy(w[:], buf[offset:])
	switch r.kind {
	case kindString:
		w[maxString-1] = 0
		if i := bytes.IndexByte(w[:], '\n'); i >= 0 && i < bytes.IndexByte(w[:], 0) {
			w[i] = 0
		}
	case kindBEShort:
		binary.LittleEndian.PutUint16(w[:], binary.BigEndian.Uint16(w[:]))
	case kindBELong, kindBEDate:
		binary.LittleEndian.PutUint64(w[:], uint64(int64(int32(binary.BigEndian.Uint32(w[:])))))
	case kindLELong, kindLEDate:
		binary.LittleEndian.PutUint64(w[:], uint64(int64(int32(binary.LittleEndian.Uint32(w[:])))))
	}
	return true
}

// value is the number seen. Of a string it is how it differs.
func (r *rule) value(w *window) uint64 {
	switch r.kind {
	case kindByte:
		return w.byte()
	case kindShort, kindBEShort, kindLEShort:
		return w.short()
	case kindString:
		for i := range len(r.text) {
			if d := int(w[i]) - int(r.text[i]); d != 0 {
				return uint64(int64(d))
			}
		}
		return 0
	}
	return w.long()
}

// check compares (mcheck).
func (g *guess) check(r *rule, w *window) bool {
	if r.text == "x" || r.kind != kindString && r.number&0xffff == 'x' {
		g.boink() // Apache takes the number for the letter that matches all.
		return true
	}
	v, l := r.extend(r.value(w))&r.mask, r.number
	switch r.relation {
	case 'x':
		return true
	case '!':
		return v != l
	case '=':
		return v == l
	case '>':
		return r.unsigned && v > l || !r.unsigned && int64(v) > int64(l)
	case '<':
		return r.unsigned && v < l || !r.unsigned && int64(v) < int64(l)
	case '&':
		return v&l == l
	case '^':
		return v&l != l
	}
	return false
}

// print writes the text of a rule that matched, which may be a format of C
// (mprint).
func (o *outcome) print(r *rule, w *window) {
	switch r.kind {
	case kindString:
		text := r.text
		if r.relation != '=' {
			text = string(w[:bytes.IndexByte(w[:], 0)])
		}
		o.put(format(r.description, text, 0))
	case kindDate, kindBEDate, kindLEDate:
		t := time.Unix(int64(w.long()), 0)
		o.put(format(r.description, t.Format("Mon Jan 02 15:04:05 2006"), 0))
	default:
		o.put(format(r.description, "", r.extend(r.value(w))&r.mask))
	}
}
