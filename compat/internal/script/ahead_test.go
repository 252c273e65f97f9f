//go:build unix

package script

import (
	"bytes"
	"testing"

	"understudy/compat"
)

func TestAhead(t *testing.T) {
	var a ahead
	var want, got []byte
	for i := range 100 {
		piece := bytes.Repeat([]byte{byte(i)}, 7919)
		if err := a.keep(piece); err != nil {
			t.Fatal(err)
		}
		want = append(want, piece...)
	}
	b := make([]byte, 10000)
	for n := a.next(b); n > 0; n = a.next(b) {
		got = append(got, b[:n]...)
	}
	a.close()
	if !bytes.Equal(got, want) {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
}

func TestEscape(t *testing.T) {
	for _, tt := range []struct{ in, plain, shell string }{
		{"a%20b", "a b", "a%20b"}, {"%zz%4", "%zz%4", "%zz%4"}, {"a%00b", "a", "a%00b"}, {"$(x);", "$(x);", `\$\(x\)\;`},
	} {
		if got := compat.Unescape(tt.in); got != tt.plain {
			t.Errorf("%q: got %q", tt.in, got)
		}
		if got := EscapeShell(tt.in); got != tt.shell {
			t.Errorf("%q: got %q", tt.in, got)
		}
	}
}
