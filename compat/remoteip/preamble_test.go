package remoteip

import (
	"bytes"
	"io"
	"net/netip"
	"strings"
	"testing"
)

var own = netip.MustParseAddrPort("192.0.2.9:99")

func binary2(command, family byte, body string) string {
	return signature + string([]byte{command, family, byte(len(body) >> 8), byte(len(body))}) + body
}

func TestReadHeader(t *testing.T) {
	for _, c := range []struct{ in, want, err string }{
		{"PROXY TCP4 198.51.100.1 192.0.2.1 1234 80\r\n", "198.51.100.1:1234", ""},
		{"PROXY TCP6 2001:db8::1 ::1 1234 80\r\n", "[2001:db8::1]:1234", ""},
		{"PROXY UNKNOWN\r\n", "192.0.2.9:99", ""},
		{"PROXY UNKNOWN what ever it is\r\n", "192.0.2.9:99", ""},
		{"PROXY TCP4 198.51.100.1\r\n", "", "no destination-address found"},
		{"PROXY UDP4 198.51.100.1 192.0.2.1 1 2\r\n", "", "unknown family 'UDP4'"},
		{"PROXY TCP4 localhost 192.0.2.1 1 2\r\n", "", "invalid client-address 'localhost'"},
		{"PROXY TCP4 1.2.3 192.0.2.1 1 2\r\n", "", "error converting host"},
		{"PROXY TCP4 198.51.100.1 192.0.2.1 99999 2\r\n", "", "error parsing port"},
		{"PROXY TCP4 198.51.100.1 192.0.2.1 1 2\n", "", "no end of the line"},
		{"PROXY " + strings.Repeat("x", 200), "", "header too long"},
		{"GET / HTTP/1.1\r\nHost: x\r\n", "", "no header"},
		{"PROXY", "", "failed reading input"},
		{binary2(0x21, 0x11, "\xc6\x33\x64\x01\xc0\x00\x02\x01\x04\xd2\x00\x50"), "198.51.100.1:1234", ""},
		{binary2(0x21, 0x11, "\xc6\x33\x64\x01\xc0\x00\x02\x01\x04\xd2\x00\x50and more"), "198.51.100.1:1234", ""},
		{binary2(0x21, 0x21, "\x20\x01"+strings.Repeat("\x00", 30)+"\x04\xd2\x00\x50"), "[2001::]:1234", ""},
		{binary2(0x21, 0x21, "short"), "", "unsupported protocol 21"},
		{binary2(0x20, 0x00, ""), "", "unsupported command 20"},
		{binary2(0x21, 0x31, strings.Repeat("x", 216)), "", "unsupported protocol 31"},
		{binary2(0x21, 0x31, strings.Repeat("x", 217)), "", "too long"},
	} {
		in := strings.NewReader(c.in + "GET /")
		got, err := ReadHeader(in, own)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%.40q: got %v, %v, want %s", c.in, got, err, c.err)
			}
			continue
		}
		rest, _ := io.ReadAll(in)
		if err != nil || got.String() != c.want || string(rest) != "GET /" {
			t.Errorf("%.40q: got %v, %v, and %q after it", c.in, got, err, rest)
		}
	}
}

func FuzzReadHeader(f *testing.F) {
	f.Add([]byte("PROXY TCP4 198.51.100.1 192.0.2.1 1234 80\r\n"))
	f.Add([]byte(binary2(0x21, 0x11, "\xc6\x33\x64\x01\xc0\x00\x02\x01\x04\xd2\x00\x50")))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bytes.NewReader(in)
		if _, err := ReadHeader(r, own); err == nil && len(in)-r.Len() > maxV2 {
			t.Errorf("read %d bytes", len(in)-r.Len())
		}
	})
}
