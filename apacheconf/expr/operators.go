package expr

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"understudy/apacheconf/pattern"
)

// unary makes the condition of a "-x" operator.
func unary(n *node, arg word) cond {
	stat := func(yes func(os.FileInfo) bool) cond {
		return func(c Context) bool {
			path := arg(c)
			c.Saw(path)
			info, err := os.Stat(path)
			return err == nil && yes(info)
		}
	}
	switch n.text {
	case "n":
		return func(c Context) bool { return arg(c) != "" }
	case "z":
		return func(c Context) bool { return arg(c) == "" }
	case "T":
		return func(c Context) bool { return isTrue(arg(c)) }
	case "d":
		return stat(os.FileInfo.IsDir)
	case "e":
		return stat(func(os.FileInfo) bool { return true })
	case "f":
		return stat(func(i os.FileInfo) bool { return i.Mode().IsRegular() })
	case "s":
		return stat(func(i os.FileInfo) bool { return i.Mode().IsRegular() && i.Size() > 0 })
	case "x": // Of a link its own bits count, which are all set.
		return func(c Context) bool {
			path := arg(c)
			c.Saw(path)
			info, err := os.Lstat(path)
			return err == nil && info.Mode().Perm()&0o111 != 0
		}
	case "L", "h":
		return func(c Context) bool {
			path := arg(c)
			c.Saw(path)
			info, err := os.Lstat(path)
			return err == nil && info.Mode()&os.ModeSymlink != 0
		}
	case "F":
		return func(c Context) bool { return c.LookupFile(arg(c)) }
	case "R":
		subnet := n.subnet
		return func(c Context) bool { return subnet.Contains(c.RemoteIP().Unmap()) }
	default: // "U" and "A"
		return func(c Context) bool { return c.LookupURI(arg(c)) }
	}
}

// isTrue is -T: not empty, "0", "off", "false" or "no".
func isTrue(s string) bool {
	switch strings.ToLower(s) {
	case "", "0", "off", "false", "no":
		return false
	}
	return true
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

// comparison makes the condition of an operator between two words: of numbers
// where it has a dash, else of strings.
func comparison(op string, ssl bool, left, right word) cond {
	if ssl {
		holds := order(sslNames[op])
		return func(c Context) bool { return holds(byLength(left(c), right(c))) }
	}
	holds := order(op)
	if op[0] == '-' {
		return func(c Context) bool { return holds(cmp.Compare(atoi(left(c)), atoi(right(c)))) }
	}
	return func(c Context) bool { return holds(strings.Compare(left(c), right(c))) }
}

// sslNames makes the operators of SSLRequire one kind.
var sslNames = map[string]string{"-eq": "==", "-ne": "!=", "-lt": "<", "-le": "<=", "-gt": ">", "-ge": ">=",
	"==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

// order tells which results of a comparison an operator is true for.
func order(op string) func(int) bool {
	switch op {
	case "==", "-eq":
		return func(n int) bool { return n == 0 }
	case "!=", "-ne":
		return func(n int) bool { return n != 0 }
	case "<", "-lt":
		return func(n int) bool { return n < 0 }
	case "<=", "-le":
		return func(n int) bool { return n <= 0 }
	case ">", "-gt":
		return func(n int) bool { return n > 0 }
	default:
		return func(n int) bool { return n >= 0 }
	}
}

// byLength compares as SSLRequire does (strcmplex): what is longer is greater.
func byLength(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// binary makes the condition of a "-name" operator.
func binary(n *node, left, right word) cond {
	switch n.text {
	case "ipmatch":
		subnet := n.subnet
		return func(c Context) bool {
			ip, err := netip.ParseAddr(left(c))
			return err == nil && subnet.Contains(ip.Unmap())
		}
	case "strcmatch":
		return func(c Context) bool {
			return shellMatch(strings.ToLower(right(c)), strings.ToLower(left(c)), false)
		}
	default:
		slash := n.text == "fnmatch"
		return func(c Context) bool { return shellMatch(right(c), left(c), slash) }
	}
}

// atoi is the number s begins with, 0 if there is none (apr_atoi64).
func atoi(s string) int64 {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	n := 0
	if n < len(s) && (s[n] == '-' || s[n] == '+') {
		n++
	}
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	v, _ := strconv.ParseInt(strings.TrimPrefix(s[:n], "+"), 10, 64)
	return v
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
