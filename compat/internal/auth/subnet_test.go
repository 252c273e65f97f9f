package auth

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

func TestSubnet(t *testing.T) {
	for _, tt := range []struct{ subnet, in, out string }{
		{"10.1", "10.1.200.3 ::ffff:10.1.0.0", "10.2.0.0 ::10.1.0.0"},
		{"10.1.2.", "10.1.2.255", "10.1.3.0"},
		{"010.1.2.3", "10.1.2.3", "8.1.2.3"},
		{"192.0.2.77/24", "192.0.2.0 192.0.2.255", "192.0.3.0"},
		{"192.0.2.77/255.0.255.0", "192.9.2.1", "192.9.3.1"},
		{"192.0.2.77/0.0.0.0", "1.2.3.4", "::1"},
		{"010.1.2.3/0255.0.0.0", "10.200.1.1", "11.1.2.3"},
		{"192.0.2.77/ +8", "192.1.1.1", "193.0.0.0"},
		{"::1", "::1", "::2 127.0.0.1"},
		{"fe80::/10", "febf::1", "fec0::1 10.0.0.1"},
	} {
		s, err := ParseSubnet(tt.subnet)
		if err != nil {
			t.Errorf("%s: %v", tt.subnet, err)
			continue
		}
		for want, list := range map[bool]string{true: tt.in, false: tt.out} {
			for _, ip := range strings.Fields(list) {
				if got := s.Contains(netip.MustParseAddr(ip)); got != want {
					t.Errorf("%s contains %s: got %t, want %t", tt.subnet, ip, got, want)
				}
			}
		}
	}
}

func TestSubnetErrors(t *testing.T) {
	for text, want := range map[string]error{
		"": ErrNoSubnet, "/8": ErrNoSubnet, "a.example": ErrNoSubnet, "1.2.3.x": ErrNoSubnet,
		".": errAddress, "10..1": errAddress, "1.2.3.4.5": errAddress, "256.1": errAddress, "1:2": errAddress,
		"fe80::1%lo": errAddress, "10/8": errAddress, "::ffff:1.2.3.4/32": errAddress, "99999999999": errAddress,
		"1.2.3.4/": errMask, "1.2.3.4/0": errMask, "1.2.3.4/33": errMask, "1.2.3.4/8x": errMask,
		"::1/129": errMask, "::1/255.0.0.0": errMask, "1.2.3.4/255.255": errMask,
		"1.2.3.4/255.0.0.0.": errMask, "1.2.3.4/256.0.0.0": errMask,
	} {
		if _, err := ParseSubnet(text); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", text, err, want)
		}
	}
}

func FuzzParseSubnet(f *testing.F) {
	f.Add("10.1/8")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseSubnet(text); err == nil {
			s.Contains(netip.MustParseAddr("10.1.2.3"))
			s.Contains(netip.MustParseAddr("::1"))
		}
	})
}
