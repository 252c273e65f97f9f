// Package logformat compiles the format strings of access logs into functions
// that append to a line. Modules add conversions with [Register].
package logformat

import (
	"slices"
	"strings"

	"understudy/compat"
)

// An Item appends what it has to say of r to dst; "-" where that is nothing.
type Item func(dst []byte, r *compat.Request) []byte

// A Conversion is one of the things a format can ask for.
type Conversion struct {
	Name     string // the letter, or "^" and two
	Module   string // which must be loaded for it; "": none
	Original bool   // asks the request as it came, not what redirects made of it
	// Compile makes the Item for the text in braces, "" if there is none.
	Compile func(arg string) Item
}

var conversions []Conversion

// Register adds a conversion; called while packages are initialized.
func Register(c Conversion) { conversions = append(conversions, c) }

// A Format is a compiled format.
type Format struct{ parts []part }

type part struct {
	item     Item
	original bool
	statuses []int // only with these, or with negate only without them; nil: always
	negate   bool
}

// Append appends the line for a request that began as original and ended as
// final, without a newline.
func (f *Format) Append(dst []byte, original, final *compat.Request) []byte {
	for i := range f.parts {
		p := &f.parts[i]
		switch {
		case p.statuses != nil && slices.Contains(p.statuses, final.Status) == p.negate:
			dst = append(dst, '-')
		case p.original:
			dst = p.item(dst, original)
		default:
			dst = p.item(dst, final)
		}
	}
	return dst
}

// shared names, in Build.Shared, the formats there are: many hosts have the same.
const shared = "logformat"

// Parse compiles format (parse_log_string). Equal formats of one build are one.
func Parse(b *compat.Build, format string) (*Format, error) {
	formats, ok := b.Shared[shared].(map[string]*Format)
	if !ok {
		formats = map[string]*Format{}
		b.Shared[shared] = formats
	}
	if f := formats[format]; f != nil {
		return f, nil
	}
	var f Format
	for rest := format; rest != ""; {
		p, left, err := parsePart(b, rest)
		if err != nil {
			return nil, err
		}
		f.parts = append(f.parts, p)
		rest = left
	}
	formats[format] = &f
	return &f, nil
}

func parsePart(b *compat.Build, s string) (p part, rest string, err error) {
	if s[0] != '%' {
		text, rest := literal(s)
		return part{item: constant(text)}, rest, nil
	}
	if strings.HasPrefix(s, "%%") {
		return part{item: constant("%")}, s[2:], nil
	}
	return parseConversion(b, s[1:])
}

// parseConversion reads what is behind a percent sign: conditions, "<" and ">",
// an argument in braces, in any order, and then the letter.
func parseConversion(b *compat.Build, s string) (p part, rest string, err error) {
	var arg string
	var original, said bool
	for s != "" {
		switch c := s[0]; {
		case c == '!':
			p.negate = !p.negate
		case c == '<' || c == '>':
			original, said = c == '<', true
		case c == ',':
		case c == '{':
			arg, s, _ = strings.Cut(s[1:], "}")
			continue
		case c >= '0' && c <= '9':
			digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
			p.statuses = append(p.statuses, compat.Atoi(s[:digits]))
			s = s[digits:]
			continue
		default:
			conv := lookup(b, s)
			if conv == nil {
				return p, "", compat.Errorf("Unrecognized LogFormat directive %%%c", c)
			}
			p.item, p.original = conv.Compile(arg), conv.Original
			if said {
				p.original = original
			}
			return p, s[len(conv.Name):], nil
		}
		s = s[1:]
	}
	return p, "", compat.Errorf("Ran off end of LogFormat parsing args to some directive")
}

// lookup finds the conversion s begins with.
func lookup(b *compat.Build, s string) *Conversion {
	for i := range conversions {
		c := &conversions[i]
		if strings.HasPrefix(s, c.Name) && (c.Module == "" || b.Loaded(c.Module) != nil) {
			return c
		}
	}
	return nil
}

// literal takes the text up to the next percent sign off s, with its escapes
// resolved.
func literal(s string) (text, rest string) {
	end := strings.IndexByte(s, '%')
	if end < 0 {
		end = len(s)
	}
	return escapes.Replace(s[:end]), s[end:]
}

var escapes = strings.NewReplacer(`\\`, `\`, `\r`, "\r", `\n`, "\n", `\t`, "\t")

func constant(text string) Item {
	return func(dst []byte, _ *compat.Request) []byte { return append(dst, text...) }
}

// Text appends value as logs show it, or "-" if it is not there.
func Text(dst []byte, value string, ok bool) []byte {
	if !ok {
		return append(dst, '-')
	}
	return compat.AppendLogItem(dst, value)
}
