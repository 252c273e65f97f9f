package charset

import (
	"bytes"
	"testing"
)

func TestConvert(t *testing.T) {
	for _, c := range []struct {
		from, to, in, want string
		err                error
	}{
		{"ISO-8859-1", "UTF-8", "\xe9t\xe9", "été", nil},
		{"UTF-8", "iso-8859-15", "€é", "\xa4\xe9", nil},
		{"utf-8", "iso-8859-1", "a€", "a", ErrInvalid},
		{"utf-8", "iso-8859-1", "a\xff", "a", ErrInvalid},
		{"utf-8", "iso-8859-1", "a\xc3", "a", ErrIncomplete},
		{"us-ascii", "utf-8", "a\x80", "a", ErrInvalid},
		{"UTF-8", "UTF-16", "aé", "\xff\xfea\x00\xe9\x00", nil},
		{"Shift_JIS", "EUC-JP", "\x82\xa0", "\xa4\xa2", nil},
		{"iso-8859-1", "iso-8859-15", "\x80\x9fa", "\x80\x9fa", nil},
		{"none", "utf-8", "", "", ErrUnknown},
	} {
		for _, n := range []int{1, 2, 100} {
			got, err := convert(c.from, c.to, c.in, n)
			if got != c.want || err != c.err {
				t.Errorf("%s to %s of %q: got %q, %v, want %q, %v", c.from, c.to, c.in, got, err, c.want, c.err)
			}
		}
	}
}

func convert(from, to, text string, n int) (string, error) {
	c, err := Open(to, from)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	for text != "" {
		k := min(n, len(text))
		if err := c.Convert(&out, []byte(text[:k])); err != nil {
			return out.String(), err
		}
		text = text[k:]
	}
	err = c.End(&out)
	return out.String(), err
}

func FuzzConvert(f *testing.F) {
	f.Add("utf-8", "utf-16", "a\u00e9")
	f.Add("gb18030", "big5", "\x81\x30\x81")
	f.Add("iso-2022-jp", "utf-8", "\x1b$B")
	f.Fuzz(func(t *testing.T, from, to, text string) {
		whole, err := convert(from, to, text, 1<<20)
		pieces, err2 := convert(from, to, text, 1)
		if err == nil && err2 == nil && whole != pieces {
			t.Errorf("%s to %s of %q: %q in one piece, %q in several", from, to, text, whole, pieces)
		}
	})
}
