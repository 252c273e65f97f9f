package proxyajp

import "testing"

func TestHeaders(t *testing.T) {
	d := &reader{b: []byte("\x00\xc8\x00\x02OK\x00\x00\x02\xa0\x01\x00\x0atext/plain\x00\x00\x01X\x00\x00\x01y\x00")}
	status, reason, fields := d.headers()
	if d.err != nil || status != 200 || reason != "OK" || fields.Get("Content-Type") != "text/plain" || fields.Get("X") != "y" {
		t.Errorf("got %d %s %v, %v", status, reason, fields.Fields(), d.err)
	}
	for _, bad := range []string{"", "\x00\xc8", "\x00\xc8\x00\x02OK\x00\x00\x01\x00\x01X\x00\x00\x03a\r\n\x00",
		"\x00\x01\x00\x00\x00\x00\x00", "\x00\xc8\x00\x00\x00\x00\x01\xa0\x7f\x00\x01a\x00"} {
		d := &reader{b: []byte(bad)}
		if d.headers(); d.err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add([]byte("\x00\xc8\x00\x02OK\x00\x00\x01\xa0\x01\x00\x0atext/plain\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := &reader{b: b}
		_, _, fields := d.headers()
		for _, v := range fields.Fields() {
			if d.err == nil && v.Name == "" {
				t.Error("a field without name")
			}
		}
	})
}
