package vhost

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"understudy/apacheconf"
	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// hostAddresses reads one address of a <VirtualHost>: an address, a name, "*"
// or _default_, with a port, ":*", or none (get_addresses).
func (b *builder) hostAddresses(word string) ([]compat.HostAddress, error) {
	host, port, err := splitHostPort(word)
	if err != nil {
		return nil, err
	}
	if host == "" {
		return nil, errors.New("The address or port is invalid")
	}
	if host == "*" || strings.EqualFold(host, "_default_") {
		return []compat.HostAddress{{Text: word, Host: "*", Port: port}}, nil
	}
	if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return []compat.HostAddress{{Text: word, Host: ip.Unmap().String(), Port: port}}, nil
	}
	ips, err := net.LookupIP(host)
	if err != nil || len(ips) == 0 {
		b.Warn(apacheconf.Diagnostic{Bare: true, Module: "core", Level: "error",
			Message: resolverText(err) + "AH00547: Could not resolve host name " + host + " -- ignoring!"})
		return nil, nil
	}
	var all []compat.HostAddress
	for _, ip := range ips {
		all = append(all, compat.HostAddress{Text: word, Host: ip.String(), Port: port})
	}
	return all, nil
}

// resolverText is what getaddrinfo says of a name that has no address.
func resolverText(err error) string {
	var d *net.DNSError
	if errors.As(err, &d) && d.IsTemporary {
		return "(EAI 3)Temporary failure in name resolution: "
	}
	return "(EAI 2)Name or service not known: "
}

// splitHostPort takes a port off the end of word; 0 is none, or "*".
func splitHostPort(word string) (host string, port int, err error) {
	i := strings.LastIndexByte(word, ':')
	if i < 0 || strings.HasSuffix(word, "]") {
		return word, 0, nil
	}
	text := word[i+1:]
	if text == "*" {
		return word[:i], 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return word, 0, nil // A name with a colon in it will not resolve.
	}
	if n < 1 || n > 65535 {
		return "", 0, errors.New("The address or port is invalid")
	}
	return word[:i], n, nil
}

// addressIndex finds the hosts of an address: those with its very IP, else
// those of "*", with its port before those of any.
type addressIndex struct {
	main  *compat.Host
	exact map[netip.AddrPort][]*compat.Host
	star  map[int][]*compat.Host // by port; 0: any
	// order is the keys in the order of the file, for -S.
	order []string
}

func indexAddresses(b *compat.Build) addressIndex {
	x := addressIndex{main: b.Main, exact: map[netip.AddrPort][]*compat.Host{}, star: map[int][]*compat.Host{}}
	for _, h := range b.Hosts {
		for _, a := range h.Addresses {
			if a.Host == "*" {
				x.star[a.Port] = append(x.star[a.Port], h)
				continue
			}
			ip, _ := netip.ParseAddr(a.Host)
			key := netip.AddrPortFrom(ip, uint16(a.Port))
			x.exact[key] = append(x.exact[key], h)
		}
	}
	return x
}

// hosts are those for connections to local; nil means the main server.
func (x *addressIndex) hosts(local netip.AddrPort) []*compat.Host {
	ip := local.Addr().Unmap()
	if len(x.exact) > 0 {
		if hs := x.exact[netip.AddrPortFrom(ip, local.Port())]; hs != nil {
			return hs
		}
		if hs := x.exact[netip.AddrPortFrom(ip, 0)]; hs != nil {
			return hs
		}
	}
	if hs := x.star[int(local.Port())]; hs != nil {
		return hs
	}
	return x.star[0]
}

// base is the host for a connection before anything is known of a request.
func (x *addressIndex) base(local netip.AddrPort) *compat.Host {
	if hs := x.hosts(local); len(hs) > 0 {
		return hs[0]
	}
	return x.main
}

// find is the host called name among those of local: the first in the file
// whose name or alias it is, else the first.
func (x *addressIndex) find(local netip.AddrPort, name string) *compat.Host {
	hs := x.hosts(local)
	if len(hs) == 0 {
		return x.main
	}
	if len(hs) > 1 && name != "" {
		for _, h := range hs {
			if answersTo(h, name) {
				return h
			}
		}
	}
	return hs[0]
}

func answersTo(h *compat.Host, name string) bool {
	if strings.EqualFold(h.Name, name) {
		return true
	}
	for _, a := range h.Aliases {
		if strings.EqualFold(a, name) {
			return true
		}
		if strings.ContainsAny(a, "*?") && pattern.Fnmatch(strings.ToLower(a), name, false) {
			return true
		}
	}
	return false
}

// byPath is the host whose ServerPath the URL begins with, for requests
// without a name (check_serverpath).
func (x *addressIndex) byPath(local netip.AddrPort, path string) *compat.Host {
	hs := x.hosts(local)
	for _, h := range hs {
		if h.Path != "" && strings.HasPrefix(path, h.Path) &&
			(len(path) == len(h.Path) || strings.HasSuffix(h.Path, "/") || path[len(h.Path)] == '/') {
			return h
		}
	}
	if len(hs) > 0 {
		return hs[0]
	}
	return x.main
}

// parseHost reads the value of a Host field: name and port (fix_hostname).
// It is lower case, without a dot at the end. Strict forbids what RFC 3986
// does not let a name hold.
func parseHost(value string, strict bool) (name string, port int, err error) {
	bad := fmt.Errorf("Client sent malformed Host header: %s", value)
	host, portText, hasPort := value, "", false
	if strings.HasPrefix(value, "[") {
		end := strings.IndexByte(value, ']')
		if end < 0 {
			return "", 0, bad
		}
		host = value[:end+1]
		if rest := value[end+1:]; rest != "" {
			if portText, hasPort = strings.CutPrefix(rest, ":"); !hasPort {
				return "", 0, bad
			}
		}
		ip, err := netip.ParseAddr(host[1:end])
		if err != nil || !ip.Is6() {
			return "", 0, bad
		}
	} else {
		host, portText, hasPort = strings.Cut(value, ":")
		if !validName(host, strict) {
			return "", 0, bad
		}
	}
	if hasPort {
		port, err = strconv.Atoi(portText)
		if err != nil || port < 1 || port > 65535 || portText[0] == '+' {
			return "", 0, bad
		}
	}
	if host = strings.TrimSuffix(host, "."); host == "" {
		return "", 0, bad
	}
	return lower(host), port, nil
}

func validName(name string, strict bool) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		case c == '.':
			if i > 0 && name[i-1] == '.' {
				return false
			}
		case !strict && c >= ' ' && c != '/' && c != '\\' && c != 0x7f:
		default:
			return false
		}
	}
	return !strict || validLabels(name)
}

// validLabels tells a name from what only looks like one: an address has four
// parts without leading zeros, and the last part of a name begins with a letter
// (strict_hostname_check).
func validLabels(name string) bool {
	if strings.Trim(name, ".0123456789") == "" {
		zeros := name[0] == '.'
		for part := range strings.SplitSeq(name, ".") {
			zeros = zeros || len(part) > 1 && part[0] == '0'
		}
		return strings.Count(name, ".") == 3 && !zeros
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	return len(last) == len(name) || last == "" || last[0]|0x20 >= 'a' && last[0]|0x20 <= 'z'
}

// lower is strings.ToLower that returns what is lower case already as it is.
func lower(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			return strings.ToLower(s)
		}
	}
	return s
}
