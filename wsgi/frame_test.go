package wsgi

import (
	"bytes"
	"encoding/binary"
	"testing"
)

func TestParseHead(t *testing.T) {
	good := statusFrame("200 Fine", [2]string{"A", "b"}, [2]string{"C", ""})
	h, err := parseHead(good)
	if err != nil || h.status != 200 || h.reason != "Fine" || len(h.fields) != 2 || h.fields[0] != [2]string{"A", "b"} {
		t.Errorf("got %+v, %v", h, err)
	}
	for i := range good {
		if _, err := parseHead(good[:i]); err == nil {
			t.Errorf("the first %d bytes are taken for a header", i)
		}
	}
	if _, err := parseHead(statusFrame("xyz")); err == nil {
		t.Error("a status that is no number is taken")
	}
}

func statusFrame(status string, fields ...[2]string) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(status)))
	b = append(b, status...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(fields)))
	for _, f := range fields {
		b = binary.BigEndian.AppendUint16(b, uint16(len(f[0])))
		b = binary.BigEndian.AppendUint32(b, uint32(len(f[1])))
		b = append(append(b, f[0]...), f[1]...)
	}
	return b
}

func TestCheckFrame(t *testing.T) {
	for _, c := range []struct {
		kind byte
		size uint32
		ok   bool
	}{
		{frameData, maxFrame, true}, {frameData, maxFrame + 1, false}, {frameStatus, maxStatus + 1, false},
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
	if got := e.Bytes(); !bytes.Equal(got, want) {
		t.Errorf("Python 3: got %q, want %q", got, want)
	}
	e.Reset(true)
	e.Set("A", "\xe9")
	want = []byte("{s\x01\x00\x00\x00As\x01\x00\x00\x00\xe90")
	if got := e.Bytes(); !bytes.Equal(got, want) {
		t.Errorf("Python 2: got %q, want %q", got, want)
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
