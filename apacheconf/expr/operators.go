package expr

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"understudy/apacheconf/pattern"
)

func unary(op byte, arg word) (cond, error) {
	stat := func(yes func(os.FileInfo) bool) cond {
		return func(c Context) bool {
			info, err := os.Stat(arg(c))
			return err == nil && yes(info)
		}
	}
	switch op {
	case 'n':
		return func(c Context) bool { return arg(c) != "" }, nil
	case 'z':
		return func(c Context) bool { return arg(c) == "" }, nil
	case 'T':
		return func(c Context) bool { return isTrue(arg(c)) }, nil
	case 'd':
		return stat(os.FileInfo.IsDir), nil
	case 'e':
		return stat(func(os.FileInfo) bool { return true }), nil
	case 'f':
		return stat(func(i os.FileInfo) bool { return i.Mode().IsRegular() }), nil
	case 's':
		return stat(func(i os.FileInfo) bool { return i.Mode().IsRegular() && i.Size() > 0 }), nil
	case 'x':
		return stat(func(i os.FileInfo) bool { return i.Mode().Perm()&0o111 != 0 }), nil
	case 'L', 'h':
		return func(c Context) bool {
			info, err := os.Lstat(arg(c))
			return err == nil && info.Mode()&os.ModeSymlink != 0
		}, nil
	case 'F':
		return func(c Context) bool { return c.LookupFile(arg(c)) }, nil
	case 'U', 'A':
		return func(c Context) bool { return c.LookupURI(arg(c)) }, nil
	case 'R':
		return inSubnet(func(c Context) string { return c.RemoteIP().Unmap().String() }, arg)
	}
	return nil, fmt.Errorf("No such unary operator '%c'", op)
}

// isTrue is -T: not empty, "0", "off", "false" or "no".
func isTrue(s string) bool {
	switch strings.ToLower(s) {
	case "", "0", "off", "false", "no":
		return false
	}
	return true
}

// inSubnet compares an address with a network that is known at once.
func inSubnet(address, network word) (cond, error) {
	net, ok := func() (text string, ok bool) {
		defer func() { ok = recover() == nil }()
		return network(nil), true
	}()
	if !ok {
		return nil, fmt.Errorf("-R requires subnet/netmask as constant argument")
	}
	prefix, err := ParseSubnet(net)
	if err != nil {
		return nil, err
	}
	return func(c Context) bool {
		ip, err := netip.ParseAddr(address(c))
		return err == nil && prefix.Contains(ip.Unmap())
	}, nil
}

// ParseSubnet reads an address, a network with a length or mask, or the first
// parts of an IPv4 address (apr_ipsubnet_create).
func ParseSubnet(text string) (netip.Prefix, error) {
	bad := fmt.Errorf("subnet/netmask '%s' is invalid", text)
	host, mask, masked := strings.Cut(text, "/")
	if !strings.Contains(host, ":") && !masked {
		if parts := strings.Split(strings.TrimSuffix(host, "."), "."); len(parts) < 4 {
			bits := 8 * len(parts)
			host = strings.Join(append(parts, "0", "0", "0", "0")[:4], ".")
			ip, err := netip.ParseAddr(host)
			if err != nil {
				return netip.Prefix{}, bad
			}
			return ip.Prefix(bits)
		}
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Zone() != "" {
		return netip.Prefix{}, bad
	}
	bits := ip.BitLen()
	if masked {
		if bits, err = maskBits(mask, ip); err != nil {
			return netip.Prefix{}, bad
		}
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}, bad
	}
	return prefix, nil
}

func maskBits(mask string, ip netip.Addr) (int, error) {
	if m, err := netip.ParseAddr(mask); err == nil && m.Is4() && ip.Is4() {
		bits := 0
		open := true
		for _, b := range m.As4() {
			for i := 7; i >= 0; i-- {
				set := b>>i&1 == 1
				if set && !open {
					return 0, fmt.Errorf("mask %s has holes", mask)
				}
				open = open && set
				if set {
					bits++
				}
			}
		}
		return bits, nil
	}
	var bits int
	if n, err := fmt.Sscanf(mask, "%d", &bits); n != 1 || err != nil || fmt.Sprint(bits) != mask || bits > ip.BitLen() {
		return 0, fmt.Errorf("bad mask %s", mask)
	}
	return bits, nil
}

func binary(op string, left, right word, source string) (cond, error) {
	number := func(yes func(a, b int64) bool) cond {
		return func(c Context) bool { return yes(atoi(left(c)), atoi(right(c))) }
	}
	switch op {
	case "=", "==":
		return func(c Context) bool { return left(c) == right(c) }, nil
	case "!=":
		return func(c Context) bool { return left(c) != right(c) }, nil
	case "<":
		return func(c Context) bool { return left(c) < right(c) }, nil
	case "<=":
		return func(c Context) bool { return left(c) <= right(c) }, nil
	case ">":
		return func(c Context) bool { return left(c) > right(c) }, nil
	case ">=":
		return func(c Context) bool { return left(c) >= right(c) }, nil
	case "-eq":
		return number(func(a, b int64) bool { return a == b }), nil
	case "-ne":
		return number(func(a, b int64) bool { return a != b }), nil
	case "-lt":
		return number(func(a, b int64) bool { return a < b }), nil
	case "-le":
		return number(func(a, b int64) bool { return a <= b }), nil
	case "-gt":
		return number(func(a, b int64) bool { return a > b }), nil
	case "-ge":
		return number(func(a, b int64) bool { return a >= b }), nil
	case "-ipmatch":
		return inSubnet(left, right)
	case "-strmatch", "-fnmatch":
		slash := op == "-fnmatch"
		return func(c Context) bool { return shellMatch(right(c), left(c), slash) }, nil
	case "-strcmatch":
		return func(c Context) bool {
			return shellMatch(strings.ToLower(right(c)), strings.ToLower(left(c)), false)
		}, nil
	}
	return nil, fmt.Errorf("No such binary operator '%s'", op[1:])
}

// byLength is a comparison of SSLRequire, nil if op is none.
func byLength(op string, left, right word) cond {
	order := func(yes func(int) bool) cond {
		return func(c Context) bool {
			a, b := left(c), right(c)
			return yes(cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)))
		}
	}
	switch op {
	case "=", "==", "-eq":
		return order(func(n int) bool { return n == 0 })
	case "!=", "-ne":
		return order(func(n int) bool { return n != 0 })
	case "<", "-lt":
		return order(func(n int) bool { return n < 0 })
	case "<=", "-le":
		return order(func(n int) bool { return n <= 0 })
	case ">", "-gt":
		return order(func(n int) bool { return n > 0 })
	case ">=", "-ge":
		return order(func(n int) bool { return n >= 0 })
	}
	return nil
}

// shellMatch is apr_fnmatch; with slash "*" and "?" do not match a slash.
func shellMatch(shape, s string, slash bool) bool {
	if !slash {
		return pattern.Fnmatch(shape, s, false)
	}
	a, b := strings.Split(shape, "/"), strings.Split(s, "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !pattern.Fnmatch(a[i], b[i], false) {
			return false
		}
	}
	return true
}
