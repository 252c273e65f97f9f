package auth

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// A Subnet is an address or a network, with a mask that may have holes
// (apr_ipsubnet_t).
type Subnet struct {
	six       bool
	sub, mask [16]byte // four bytes of an IPv4 one count
}

// What can be wrong with the text of a Subnet.
var (
	ErrNoSubnet = errors.New("looks like no address")
	errAddress  = errors.New("The specified IP address is invalid.")
	errMask     = errors.New("The specified network mask is invalid.")
)

// ParseSubnet reads an address, an address with a mask or a number of bits
// after a slash, or the first parts of an IPv4 address (apr_ipsubnet_create).
// ErrNoSubnet is for what may be a name.
func ParseSubnet(text string) (Subnet, error) {
	host, mask, masked := strings.Cut(text, "/")
	if host == "" || !strings.Contains(host, ":") && strings.Trim(host, ".0123456789") != "" {
		return Subnet{}, ErrNoSubnet
	}
	s, err := parseAddress(host)
	if err != nil {
		if masked || strings.Contains(host, ":") {
			return Subnet{}, errAddress
		}
		return parseNetwork(host)
	}
	if err := s.setMask(mask, masked); err != nil {
		return Subnet{}, err
	}
	for i := range s.sub {
		s.sub[i] &= s.mask[i]
	}
	return s, nil
}

// parseAddress reads a whole address: of four numbers, which may begin with
// zeros, or of IPv6, but not one of IPv4 within that.
func parseAddress(text string) (s Subnet, err error) {
	if !strings.Contains(text, ":") {
		if strings.Count(text, ".") != 3 || strings.HasSuffix(text, ".") {
			return s, errAddress
		}
		return parseNetwork(text)
	}
	ip, err := netip.ParseAddr(text)
	if err != nil || ip.Zone() != "" || ip.Is4In6() {
		return s, errAddress
	}
	return Subnet{six: true, sub: ip.As16()}, nil
}

// setMask sets the mask: a number of bits, for IPv4 also one of four numbers,
// and where none is said all bits.
func (s *Subnet) setMask(mask string, masked bool) error {
	length := 32
	if s.six {
		length = 128
	}
	bits := length
	if masked {
		n, err := strconv.ParseInt(strings.TrimLeft(mask, " \t\n\v\f\r"), 10, 32)
		if err != nil || n <= 0 || int(n) > length {
			four, err := parseAddress(mask)
			if err != nil || s.six || four.six {
				return errMask
			}
			s.mask = four.sub
			return nil
		}
		bits = int(n)
	}
	s.mask = [16]byte{}
	for i := range bits {
		s.mask[i/8] |= 0x80 >> (i % 8)
	}
	return nil
}

// parseNetwork reads up to four numbers with dots between, and perhaps one
// behind: "10.", "192.168".
func parseNetwork(text string) (s Subnet, err error) {
	parts := strings.Split(strings.TrimSuffix(text, "."), ".")
	if len(parts) > 4 {
		return s, errAddress
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil || n > 255 {
			return s, errAddress
		}
		s.sub[i], s.mask[i] = byte(n), 0xff
	}
	return s, nil
}

// Contains reports whether ip is in s (apr_ipsubnet_test).
func (s *Subnet) Contains(ip netip.Addr) bool {
	ip = ip.Unmap()
	if ip.Is6() != s.six {
		return false
	}
	for i, b := range ip.AsSlice() {
		if b&s.mask[i] != s.sub[i] {
			return false
		}
	}
	return true
}
