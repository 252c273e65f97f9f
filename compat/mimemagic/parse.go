package mimemagic

import (
	"bufio"
	"io"
	"math"
	"strings"
)

// A kind is what a rule compares.
type kind uint8

const (
	kindNone kind = iota // of a line that was not understood
	kindByte
	kindShort
	kindLong
	kindString
	kindDate
	kindBEShort
	kindBELong
	kindBEDate
	kindLEShort
	kindLELong
	kindLEDate
)

// kinds are the words for them, in the order in which they are tried.
var kinds = []struct {
	word string
	kind kind
}{
	{"byte", kindByte}, {"short", kindShort}, {"long", kindLong}, {"string", kindString}, {"date", kindDate},
	{"beshort", kindBEShort}, {"belong", kindBELong}, {"bedate", kindBEDate},
	{"leshort", kindLEShort}, {"lelong", kindLELong}, {"ledate", kindLEDate},
}

// Sizes of the fields of Apache's struct magic.
const (
	maxString      = 64
	maxDescription = 50
	maxLine        = 8191
)

// A rule is a line of a magic file.
type rule struct {
	level          int // how many ">" it begins with: it continues the one above
	indirect       bool
	indirectKind   kind
	indirectOffset int64
	offset         int64
	kind           kind
	unsigned       bool
	mask           uint64
	relation       byte // '=', '>', '<', '&', '^', '!' or 'x'
	number         uint64
	text           string
	noSpace        bool
	description    string
}

// parseFile reads lines (apprentice). ok is false if one was not understood.
func parseFile(from io.Reader, warn func(string)) (rules []*rule, ok bool) {
	in := bufio.NewReaderSize(from, maxLine)
	ok = true
	for {
		line, err := in.ReadSlice('\n')
		text := strings.Trim(string(line), spaces)
		if text != "" && text[0] != '#' {
			p := parser{rest: text, warn: warn}
			ok = p.parse() && ok
			rules = append(rules, &p.rule)
		}
		if err != nil && err != bufio.ErrBufferFull {
			return rules, ok
		}
	}
}

const spaces = " \t\n\v\f\r"

// A parser reads a line.
type parser struct {
	rule
	rest string
	warn func(string)
}

func (p *parser) skipSpace() { p.rest = strings.TrimLeft(p.rest, spaces) }

func (p *parser) skip(prefix string) bool {
	rest, ok := strings.CutPrefix(p.rest, prefix)
	p.rest = rest
	return ok
}

// parse reads offset, type, what to compare with, and the text to write
// (parse of mod_mime_magic.c).
func (p *parser) parse() bool {
	for p.skip(">") {
		p.level++
	}
	p.indirect = p.level > 0 && p.skip("(")
	var ok bool
	if p.offset, p.rest, ok = number(p.rest); !ok {
		p.warn("AH01521: mod_mime_magic: offset " + p.rest + " invalid")
	}
	p.offset = int64(int32(p.offset))
	if p.indirect {
		p.indirection()
	}
	p.rest = strings.TrimLeft(p.rest, "0123456789")
	p.skipSpace()
	if !p.readKind() {
		return false
	}
	p.mask = math.MaxUint64
	if p.skip("&") {
		var mask int64
		mask, p.rest, _ = number(p.rest)
		p.mask = p.extend(uint64(mask))
	}
	p.skipSpace()
	if any := p.readRelation(); !any {
		p.skipSpace()
		p.readValue()
	}
	p.skipSpace()
	p.noSpace = p.skip("\b") || p.skip(`\b`)
	p.description = p.rest[:min(len(p.rest), maxDescription-1)]
	return true
}

// indirection reads what follows "(": ".l+4)".
func (p *parser) indirection() {
	p.indirectKind = kindLong
	if p.skip(".") {
		switch {
		case p.skip("l"):
		case p.skip("s"):
			p.indirectKind = kindShort
		case p.skip("b"):
			p.indirectKind = kindByte
		default:
			p.warn("AH01522: mod_mime_magic: indirect offset type " + p.rest[:min(len(p.rest), 1)] + " invalid")
			p.rest = p.rest[min(len(p.rest), 1):]
		}
	}
	negative := strings.HasPrefix(p.rest, "-")
	p.rest = p.rest[len(p.rest)-len(strings.TrimPrefix(strings.TrimPrefix(p.rest, "-"), "+")):]
	if negative {
		p.rest = strings.TrimPrefix(p.rest, "-")
	}
	if p.rest != "" && p.rest[0] >= '0' && p.rest[0] <= '9' {
		p.indirectOffset, p.rest, _ = number(p.rest)
		if negative {
			p.indirectOffset = -p.indirectOffset
		}
	}
	if !p.skip(")") {
		p.warn("AH01523: mod_mime_magic: missing ')' in indirect offset")
		p.rest = p.rest[min(len(p.rest), 1):]
	}
}

func (p *parser) readKind() bool {
	p.unsigned = p.skip("u")
	for _, k := range kinds {
		if p.skip(k.word) {
			p.kind = k.kind
			return true
		}
	}
	p.warn("AH01524: mod_mime_magic: type " + p.rest + " invalid")
	return false
}

// readRelation reads how to compare; any tells that nothing is compared.
func (p *parser) readRelation() (any bool) {
	p.relation = '='
	if p.rest == "" {
		return false
	}
	switch c := p.rest[0]; {
	case strings.IndexByte("><&^=", c) >= 0, c == '!' && p.kind != kindString:
		p.relation, p.rest = c, p.rest[1:]
	case c == 'x' && len(p.rest) > 1 && strings.IndexByte(spaces, p.rest[1]) >= 0:
		p.relation, p.rest = c, p.rest[1:]
		return true
	}
	return false
}

func (p *parser) readValue() {
	if p.kind == kindString {
		p.text, p.rest = unescape(p.rest, p.warn)
		return
	}
	n, rest, _ := number(p.rest)
	p.number, p.rest = p.extend(uint64(n)), rest
}

// extend extends the sign, if there is one (signextend).
func (r *rule) extend(v uint64) uint64 {
	if r.unsigned {
		return v
	}
	switch r.kind {
	case kindByte:
		return uint64(int64(int8(v)))
	case kindShort, kindBEShort, kindLEShort:
		return uint64(int64(int16(v)))
	}
	return v
}

// number reads what C's strtol does with base 0.
func number(s string) (n int64, rest string, ok bool) {
	t := strings.TrimLeft(s, spaces)
	negative := strings.HasPrefix(t, "-")
	t = strings.TrimPrefix(strings.TrimPrefix(t, "-"), "+")
	base := int64(10)
	switch {
	case len(t) > 2 && t[0] == '0' && t[1]|0x20 == 'x' && digit(t[2]) < 16:
		base, t = 16, t[2:]
	case strings.HasPrefix(t, "0"):
		base = 8
	}
	i := 0
	for ; i < len(t) && digit(t[i]) < base; i++ {
		if d := digit(t[i]); n > (math.MaxInt64-d)/base {
			n = math.MaxInt64
		} else {
			n = n*base + d
		}
	}
	if i == 0 {
		return 0, s, false
	}
	if negative {
		n = -n
	}
	return n, t[i:], true
}

// digit is the value of a digit, a large one if it is none.
func digit(c byte) int64 {
	switch {
	case c >= '0' && c <= '9':
		return int64(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int64(c|0x20-'a') + 10
	}
	return 99
}
