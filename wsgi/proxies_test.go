package wsgi

import (
	"net/netip"
	"slices"
	"testing"
)

func TestForwardedFor(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, tt := range []struct {
		value   string
		proxies []netip.Prefix
		client  string
	}{
		{"1.2.3.4", nil, "1.2.3.4"},
		{" 1.2.3.4 , 5.6.7.8", nil, "1.2.3.4"},
		{"", nil, ""},
		{"1.2.3.4, 5.6.7.8, 10.0.0.1", proxies, "5.6.7.8"},
		{"1.2.3.4, 10.0.0.2, 10.0.0.1", proxies, "1.2.3.4"},
		{"10.0.0.3, 10.0.0.2", proxies, "10.0.0.3"},
		{"1.2.3.4", proxies, "1.2.3.4"},
		{"1.2.3.4, junk", proxies, "junk"},
		{"1.2.3.4, junk, 10.0.0.1", proxies, "junk"},
		{"  ", proxies, ""},
	} {
		var p proxied
		p.forwardedFor(tt.value, tt.proxies)
		if got := p.value("REMOTE_ADDR", ""); got != tt.client {
			t.Errorf("%q with %v: got %q, want %q", tt.value, tt.proxies, got, tt.client)
		}
	}
}

func TestParseAnswer(t *testing.T) {
	a, err := parseAnswer([]byte("L\x00\x00\x00\x01a\x00\x00\x00\x02bc"))
	if err != nil || !slices.Equal(a.list, []string{"a", "bc"}) {
		t.Errorf("got %v, %v", a, err)
	}
	for _, bad := range []string{"", "X", "L\x00", "L\x00\x00\x00\x05a", "L\xff\xff\xff\xff"} {
		if a, err := parseAnswer([]byte(bad)); err == nil {
			t.Errorf("%q: got %v, want an error", bad, a)
		}
	}
}

func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte("Sname"))
	f.Add([]byte("L\x00\x00\x00\x01a"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseAnswer(b)
		if err != nil {
			return
		}
		n := len(a.text)
		for _, s := range a.list {
			n += len(s)
		}
		if n > len(b) {
			t.Errorf("%d bytes of %d", n, len(b))
		}
	})
}
