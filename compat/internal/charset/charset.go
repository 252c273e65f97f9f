// Package charset turns text from one character set into another, as apr_xlate
// does by iconv: what is no text in the one, or cannot be said in the other, is
// an error and not replaced.
//
// Deviations: a U+FFFD that a text in UTF-16 or GB18030 has counts as invalid.
package charset

import (
	"errors"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// The errors.
var (
	ErrUnknown    = errors.New("(22)Invalid argument")
	ErrInvalid    = errors.New("(84)Invalid or incomplete multibyte or wide character")
	ErrIncomplete = errors.New("incomplete character at the end")
)

// own are names whose meaning in iconv is not that of the index, or that the
// index has not.
var own = map[string]encoding.Encoding{
	"utf-8": unicode.UTF8, "utf8": unicode.UTF8,
	"utf-16": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
	"utf-32": utf32.UTF32(utf32.LittleEndian, utf32.UseBOM),
	"ucs-2":  unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
}

// aliases are names of iconv that IANA has not.
var aliases = map[string]string{
	"latin1": "iso-8859-1", "iso8859-1": "iso-8859-1", "iso_8859-1": "iso-8859-1", "iso8859-15": "iso-8859-15",
	"latin-9": "iso-8859-15", "ascii": "us-ascii", "cp1250": "windows-1250", "cp1251": "windows-1251",
	"cp1252": "windows-1252", "sjis": "shift_jis", "eucjp": "euc-jp", "big-5": "big5",
	"ebcdic": "ibm037", "ibm-1047": "ibm1047", "cp1047": "ibm1047",
}

func find(name string) encoding.Encoding {
	name = strings.ToLower(name)
	if other, ok := aliases[name]; ok {
		name = other
	}
	if e := own[name]; e != nil {
		return e
	}
	e, err := ianaindex.IANA.Encoding(name)
	if err != nil {
		return nil
	}
	if c, ok := e.(*charmap.Charmap); ok && strings.HasPrefix(c.String(), "ISO 8859-") {
		return latin{c}
	}
	return e
}

// Known reports whether a character set is one that can be converted.
func Known(name string) bool { return find(name) != nil }

// A Converter turns a text from one character set into another, piece by piece.
type Converter struct {
	t    transform.Transformer
	rest []byte // of a character that is not complete
	// lenient converters replace what they cannot convert, at the end too.
	lenient bool
	out     [16 << 10]byte
}

// Open makes a converter (apr_xlate_open).
func Open(to, from string) (*Converter, error) {
	source, target := find(from), find(to)
	if source == nil || target == nil {
		return nil, ErrUnknown
	}
	decoder := transform.Transformer(strict{source.NewDecoder()})
	if source == unicode.UTF8 {
		decoder = encoding.UTF8Validator
	}
	if target == unicode.UTF8 {
		return &Converter{t: decoder}, nil
	}
	return &Converter{t: transform.Chain(decoder, target.NewEncoder())}, nil
}

// ToUTF8 makes a converter that puts U+FFFD in the place of what is no text, and
// never fails; nil if the set is not known.
func ToUTF8(from string) *Converter {
	source := find(from)
	if source == nil {
		return nil
	}
	return &Converter{t: source.NewDecoder(), lenient: true}
}

// strict is a decoder that fails where another puts U+FFFD.
type strict struct{ transform.Transformer }

// Transform is that of the decoder, which is asked for less where it replaced
// something.
func (s strict) Transform(dst, src []byte, end bool) (written, read int, err error) {
	written, read, err = s.Transformer.Transform(dst, src, end)
	if i := strings.Index(string(dst[:written]), "\ufffd"); i >= 0 {
		return i, read, ErrInvalid
	}
	return written, read, err
}

// Convert writes to w what p becomes. A character that p ends within is kept for
// the next call.
func (c *Converter) Convert(w io.Writer, p []byte) error {
	if len(c.rest) > 0 {
		p = append(c.rest, p...)
		c.rest = nil
	}
	for {
		n, read, err := c.t.Transform(c.out[:], p, false)
		if n > 0 {
			if _, failed := w.Write(c.out[:n]); failed != nil {
				return failed
			}
		}
		p = p[read:]
		switch {
		case err == nil:
			return nil
		case err == transform.ErrShortDst && n+read > 0:
		case err == transform.ErrShortSrc && len(p) < 16:
			c.rest = append([]byte(nil), p...)
			return nil
		default:
			return ErrInvalid
		}
	}
}

// Rest are the bytes of the character that is not complete.
func (c *Converter) Rest() []byte { return c.rest }

// End writes what is left at the end of the text.
func (c *Converter) End(w io.Writer) error {
	if len(c.rest) > 0 && !c.lenient {
		return ErrIncomplete
	}
	n, _, err := c.t.Transform(c.out[:], c.rest, true)
	if err != nil {
		return ErrInvalid
	}
	_, err = w.Write(c.out[:n])
	return err
}

// References is an encoder to a character set that writes what that has not as
// references of HTML; nil if the set is not known.
func References(name string) *encoding.Encoder {
	e := find(name)
	if e == nil {
		return nil
	}
	return encoding.HTMLEscapeUnsupported(e.NewEncoder())
}
