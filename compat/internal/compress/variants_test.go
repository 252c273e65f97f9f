package compress

import (
	"fmt"
	"testing"
)

func TestCacheIsBounded(t *testing.T) {
	c := cache{entries: map[key][]byte{}}
	at := func(i int) key { return key{settings: fmt.Sprint(i)} }
	for i := range 40 {
		c.keep(at(i), make([]byte, 4<<20))
		if c.find(at(i)) == nil {
			t.Fatalf("%d was not kept", i)
		}
	}
	if c.size > maxVariants || len(c.entries) != maxVariants/(4<<20) {
		t.Errorf("got %d bytes in %d entries", c.size, len(c.entries))
	}
	c.keep(at(39), make([]byte, 1))
	var sum int64
	for _, body := range c.entries {
		sum += int64(len(body))
	}
	if sum != c.size {
		t.Errorf("got %d bytes, counted %d", sum, c.size)
	}
	for i := range maxEntries + 100 {
		c.keep(at(1000+i), nil)
	}
	if len(c.entries) > maxEntries {
		t.Errorf("got %d entries", len(c.entries))
	}
}

func TestFindToken(t *testing.T) {
	for _, c := range []struct{ accepts, token, q string }{
		{"gzip", "gzip", ""},
		{"deflate, gzip", "gzip", ""},
		{"GZIP;q=0.5, x", "GZIP", "q=0.5"},
		{"gzip;q=0 , x", "gzip", "q=0 "},
		{`deflate;x="gzip, a";y, gzip`, "gzip", ""},
		{"x-gzip, *", "", ""},
		{",,gzip", "", ""},
		{"", "", ""},
		{`"unterminated, gzip`, "", ""},
	} {
		if token, q := findToken(c.accepts, "gzip"); token != c.token || q != c.q {
			t.Errorf("%q: got %q %q, want %q %q", c.accepts, token, q, c.token, c.q)
		}
	}
}

func FuzzFindToken(f *testing.F) {
	f.Add("deflate;q=1, gzip;q=0.000")
	f.Add(`a;"b`)
	f.Fuzz(func(t *testing.T, accepts string) { findToken(accepts, "gzip") })
}
