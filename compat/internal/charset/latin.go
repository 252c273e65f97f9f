package charset

import (
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// latin is a part of ISO 8859 with the control characters from 0x80 to 0x9F,
// which iconv has there and x/text has not.
type latin struct{ *charmap.Charmap }

// NewDecoder decodes.
func (l latin) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: latinDecoder{charmap: l.Charmap}}
}

// NewEncoder encodes.
func (l latin) NewEncoder() *encoding.Encoder {
	return &encoding.Encoder{Transformer: latinEncoder{inner: l.Charmap.NewEncoder()}}
}

type latinDecoder struct {
	transform.NopResetter
	charmap *charmap.Charmap
}

// Transform makes UTF-8 of bytes.
func (d latinDecoder) Transform(dst, src []byte, _ bool) (written, read int, err error) {
	for _, b := range src {
		if len(dst)-written < utf8.UTFMax {
			return written, read, transform.ErrShortDst
		}
		c := rune(b)
		if b < 0x80 || b > 0x9f {
			c = d.charmap.DecodeByte(b)
		}
		written += utf8.EncodeRune(dst[written:], c)
		read++
	}
	return written, read, nil
}

type latinEncoder struct{ inner transform.Transformer }

// Reset resets the encoder.
func (e latinEncoder) Reset() { e.inner.Reset() }

// Transform makes bytes of UTF-8: control characters itself, what is between
// them by the table.
func (e latinEncoder) Transform(dst, src []byte, end bool) (written, read int, err error) {
	for read < len(src) {
		n := controlAt(src[read:])
		w, r, err := e.inner.Transform(dst[written:], src[read:read+n], end || read+n < len(src))
		written, read = written+w, read+r
		if err != nil || read == len(src) {
			return written, read, err
		}
		if written == len(dst) {
			return written, read, transform.ErrShortDst
		}
		dst[written] = src[read+1]
		written, read = written+1, read+2
	}
	return written, read, nil
}

// controlAt is where the first of U+0080 to U+009F stands in a text, or its end.
func controlAt(src []byte) int {
	for i := 0; i+1 < len(src); i++ {
		if src[i] == 0xc2 && src[i+1] >= 0x80 && src[i+1] <= 0x9f {
			return i
		}
	}
	return len(src)
}
