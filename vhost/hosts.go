package vhost

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// hostAddresses reads one address of a <VirtualHost>: an address, a name, "*"
// or _default_, with a port, ":*", or none (get_addresses).
func (b *builder) hostAddresses(word string) ([]compat.HostAddress, error) {
	host, port, err := splitHostPort(word)
	if err != nil {
		return nil, err
	}
	if host == "" || strings.HasPrefix(host, "[") != strings.HasSuffix(host, "]") {
		return nil, errors.New("The address or port is invalid")
	}
	if port == 0 && !strings.HasSuffix(word, "*") {
		port = b.Main.Port // What ServerName said above, if it said one.
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
	exact map[netip.AddrPort]*chain
	star  map[int]*chain // by port; 0: any
}

func indexAddresses(b *compat.Build) addressIndex {
	x := addressIndex{main: b.Main, exact: map[netip.AddrPort]*chain{}, star: map[int]*chain{}}
	for _, h := range b.Hosts {
		for _, a := range h.Addresses {
			if a.Host == "*" {
				add(x.star, a.Port, h, a)
				continue
			}
			ip, _ := netip.ParseAddr(a.Host)
			add(x.exact, netip.AddrPortFrom(ip, uint16(a.Port)), h, a)
		}
	}
	return x
}

// hosts are those for connections to local; nil means the main server.
func (x *addressIndex) hosts(local netip.AddrPort) *chain {
	if len(x.exact) > 0 {
		ip := local.Addr().Unmap()
		if c := x.exact[netip.AddrPortFrom(ip, local.Port())]; c != nil {
			return c
		}
		if c := x.exact[netip.AddrPortFrom(ip, 0)]; c != nil {
			return c
		}
	}
	if c := x.star[int(local.Port())]; c != nil {
		return c
	}
	return x.star[0]
}

// base is the host for a connection before anything is known of a request.
func (x *addressIndex) base(local netip.AddrPort) *compat.Host {
	if c := x.hosts(local); c != nil {
		return c.hosts[0]
	}
	return x.main
}

// find is the host called name among those of local: the first in the file
// whose name or alias it is, else the first. ok is false where it is nobody's.
func (x *addressIndex) find(local netip.AddrPort, name string) (h *compat.Host, ok bool) {
	c := x.hosts(local)
	if c == nil {
		return x.main, answersTo(x.main, bracketless(name))
	}
	if i := c.find(bracketless(name)); i >= 0 {
		return c.hosts[i], true
	}
	return c.hosts[0], false
}

// byPath is the host whose ServerPath the URL begins with, for requests
// without a name (check_serverpath).
func (x *addressIndex) byPath(local netip.AddrPort, path string) *compat.Host {
	c := x.hosts(local)
	if c == nil {
		return x.main
	}
	for _, h := range c.hosts {
		if h.Path != "" && strings.HasPrefix(path, h.Path) &&
			(len(path) == len(h.Path) || strings.HasSuffix(h.Path, "/") || path[len(h.Path)] == '/') {
			return h
		}
	}
	return c.hosts[0]
}
