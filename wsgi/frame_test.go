package wsgi

import (
	"bytes"
	"testing"
)

func TestParseHead(t *testing.T) {
	good := statusFrame("200 Fine", [2]string{"A", "b"}, [2]string{"C", ""})
	h, err := parseHead(good)
	if err != nil || h.status != 200 || h.reason != "Fine" || len(h.fields) != 2 || h.fields[0] != [2]string{"A", "b"} {
		t.Errorf("got %+v, %v", h, err)
	}
	for _, bad := range []string{"", "20", "xyz", "099 No", "200 OK\n", "200 OK\nA", "200 OK\n\x00b", "200 OK\nA\x00b\n"} {
		if h, err := parseHead([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a header: %+v", bad, h)
		}
	}
}

func statusFrame(status string, fields ...[2]string) []byte {
	b := []byte(status)
	for _, f := range fields {
		b = append(append(append(append(b, '\n'), f[0]...), 0), f[1]...)
	}
	return b
}

func TestCheckFrame(t *testing.T) {
	for _, c := range []struct {
		kind byte
		size uint32
		ok   bool
	}{
		{frameData, maxData, true}, {frameData, maxData + 1, false}, {frameStatus, maxStatus + 1, false},
		{frameTaken, 1, false}, {frameEnd, 1, true}, {'?', 0, false}, {frameRequest, 0, false},
	} {
		if err := checkFrame(c.kind, c.size); (err == nil) != c.ok {
			t.Errorf("%c of %d bytes: got %v", c.kind, c.size, err)
		}
	}
}

func TestEnviron(t *testing.T) {
	var e Environ
	e.Reset(false)
	e.Set("A", "\xe9")
	e.SetInt("N", 7)
	want := []byte("{u\x01\x00\x00\x00Au\x02\x00\x00\x00\xc3\xa9u\x01\x00\x00\x00Ni\x07\x00\x00\x000")
	if got, common := e.Bytes(); !bytes.Equal(got, want) || common != nil {
		t.Errorf("Python 3: got %q, want %q", got, want)
	}
	e.Reset(true)
	e.Set("A", "\xe9")
	want = []byte("{s\x01\x00\x00\x00As\x01\x00\x00\x00\xe90")
	if got, common := e.Bytes(); !bytes.Equal(got, want) || common != nil {
		t.Errorf("Python 2: got %q, want %q", got, want)
	}
	e.Common()
	e.SetInt("N", 7)
	if got, common := e.Bytes(); !bytes.Equal(got, want) || string(common) != "{s\x01\x00\x00\x00Ni\x07\x00\x00\x000" {
		t.Errorf("in two parts: got %q and %q", got, common)
	}
}

func FuzzHead(f *testing.F) {
	f.Add(statusFrame("200 OK", [2]string{"Content-Type", "text/plain"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHead(b)
		if err == nil && (h.status < 100 || h.status > 999) {
			t.Errorf("status %d", h.status)
		}
	})
}
