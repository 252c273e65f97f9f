package mimemagic

import (
	"fmt"
	"strings"

	"understudy/compat"
)

// An outcome is the text that rules have written, in the parts they wrote.
type outcome struct{ parts []string }

func (o *outcome) put(text string) { o.parts = append(o.parts, text) }

// maxText is how much one rule writes (MAXMIMESTRING).
const maxText = 255

// format is printf with one argument, a text or a number as the conversion
// wants.
func format(f, text string, n uint64) string {
	if strings.IndexByte(f, '%') < 0 {
		return f
	}
	var b strings.Builder
	for i := 0; i < len(f); i++ {
		if f[i] != '%' {
			b.WriteByte(f[i])
			continue
		}
		start := i
		for i++; i < len(f) && strings.IndexByte("0123456789.-+# lh", f[i]) >= 0; i++ {
		}
		if i == len(f) {
			break
		}
		b.WriteString(convert(f[start:i], f[i], text, n))
	}
	s := b.String()
	return s[:min(len(s), maxText)]
}

// convert is one conversion: flags and width of it, which are kept within
// reason, and its letter.
func convert(spec string, letter byte, text string, n uint64) string {
	spec = strings.NewReplacer("l", "", "h", "").Replace(spec)
	if len(spec) > 5 {
		spec = "%"
	}
	switch letter {
	case '%':
		return "%"
	case 's':
		return fmt.Sprintf(spec+"s", text)
	case 'd', 'i':
		return fmt.Sprintf(spec+"d", int64(n))
	case 'u':
		return fmt.Sprintf(spec+"d", n)
	case 'x', 'X', 'o':
		return fmt.Sprintf(spec+string(letter), n)
	case 'c':
		return string([]byte{byte(n)})
	}
	return spec + string(letter)
}

// The states in which the text is read.
const (
	leadingSpace = iota
	typeState
	subtypeState
	separatorState
	encodingState
)

// A span is a piece of the text: the part it begins in, where, and how long.
type span struct{ part, at, length int }

// apply gives r what the text says: "type/subtype encoding"
// (magic_rsl_to_request). The last part is a newline only.
func (o *outcome) apply(r *compat.Request) compat.Status {
	state := leadingSpace
	var media, encoding span
	parts := o.parts[:len(o.parts)-1]
	for i := 0; i < len(parts); i++ {
		for at := range len(parts[i]) {
			switch c := parts[i][at]; {
			case isSpace(c) && state == typeState:
				return compat.Declined // A type without a slash.
			case isSpace(c) && state == subtypeState:
				state = separatorState
			case isSpace(c) && state == encodingState:
				i = len(parts)
			case isSpace(c):
			case state == leadingSpace:
				state, media = typeState, span{i, at, 1}
			case state == typeState && c == '/':
				state = subtypeState
				media.length++
			case state <= subtypeState:
				media.length++
			case state == separatorState:
				state, encoding = encodingState, span{i, at, 1}
			default:
				encoding.length++
			}
			if i == len(parts) {
				break
			}
		}
	}
	if state < subtypeState {
		return compat.Declined
	}
	r.ContentType, r.Charset = lowerType(o.cut(media)), ""
	if state == encodingState {
		r.Encodings = []string{compat.Lower(o.cut(encoding))}
	}
	return compat.OK
}

// cut is a span of the text. Apache takes a character more, which is the space
// behind it, and writes the end of the one over the beginning of the other.
func (o *outcome) cut(s span) string {
	text := strings.Join(o.parts[s.part:], "")
	return text[s.at : s.at+s.length]
}

// lowerType is a media type in lower case; its parameters stay as they are.
func lowerType(media string) string {
	kind, parameters, more := strings.Cut(media, ";")
	if more {
		return compat.Lower(kind) + ";" + parameters
	}
	return compat.Lower(kind)
}
