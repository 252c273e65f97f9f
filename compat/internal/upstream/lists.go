package upstream

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// A Remote is a ProxyRemote: a proxy that is asked for some URLs.
type Remote struct {
	For         string           // "*", a scheme, or the beginning of a URL
	Match       *pattern.Pattern // instead of For
	Scheme      string
	Host        string
	Port        int
	Credentials string // of Proxy-Authorization
}

// Covers reports whether a URL is for the remote proxy.
func (p *Remote) Covers(url, scheme string) bool {
	switch {
	case p.Match != nil:
		return p.Match.Match(url)
	case p.For == "*":
		return true
	case strings.Contains(p.For, ":"):
		return len(url) >= len(p.For) && strings.EqualFold(url[:len(p.For)], p.For)
	}
	return strings.EqualFold(scheme, p.For)
}

// A Block is a word of ProxyBlock.
type Block struct {
	Name  string
	addrs func() []netip.Addr
}

// NewBlock makes the Block for a word. Its addresses are looked up when they are
// first needed.
func NewBlock(name string) Block {
	return Block{Name: name, addrs: sync.OnceValue(func() []netip.Addr {
		list, _ := resolve(name)
		return list
	})}
}

// Blocked reports whether ProxyBlock forbids a host
// (ap_proxy_checkproxyblock2). addrs are its addresses, if we know them.
func (s *Server) Blocked(r *compat.Request, host string, addrs []netip.Addr) bool {
	for i := range s.Blocks {
		b := &s.Blocks[i]
		if b.Name == "*" || strings.Contains(strings.ToLower(host), strings.ToLower(b.Name)) {
			r.Logf("proxy", compat.LevelWarn, nil, "AH00916: connect to remote machine %s blocked: name %s matched", host, b.Name)
			return true
		}
		if len(addrs) == 0 {
			continue
		}
		for _, a := range b.addrs() {
			if slices.Contains(addrs, a) {
				r.Logf("proxy", compat.LevelWarn, nil, "AH00917: connect to remote machine %s blocked: IP %s matched", host, a)
				return true
			}
		}
	}
	return false
}

// A Direct is a word of NoProxy: what is asked directly.
type Direct struct {
	name   string
	prefix netip.Prefix // of an address or network
	domain bool         // name begins with a dot
	word   bool         // name is anywhere in the host
}

// NewDirect makes the Direct for a word (set_proxy_dirconn).
func NewDirect(name string) Direct {
	if p, ok := parseNetwork(name); ok {
		return Direct{name: name, prefix: p}
	}
	hostLike := strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
	d := Direct{name: strings.TrimRight(strings.ToLower(name), ".")}
	switch {
	case !hostLike:
		return Direct{name: name, word: true}
	case strings.HasPrefix(name, "."):
		d.domain = true
	}
	return d
}

// parseNetwork reads "192.168.", "10.0.0.0/8" and the like: zeros at the end
// stand for any number where no mask is given (ap_proxy_is_ipaddr).
func parseNetwork(s string) (p netip.Prefix, ok bool) {
	address, mask, hasMask := strings.Cut(s, "/")
	parts := strings.Split(strings.TrimSuffix(address, "."), ".")
	if len(parts) > 4 {
		return p, false
	}
	var quads [4]byte
	significant := 0
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil {
			return p, false
		}
		if quads[i] = byte(n); n != 0 {
			significant = i + 1
		}
	}
	bits := 8 * significant
	if hasMask {
		n, err := strconv.Atoi(mask)
		if err != nil || n < 0 || n > 32 {
			return p, false
		}
		bits = n
	} else if significant == 0 {
		return p, false
	}
	return netip.PrefixFrom(netip.AddrFrom4(quads), bits).Masked(), true
}

// Covers reports whether a host is asked directly.
func (d *Direct) Covers(host string) bool {
	host = strings.TrimRight(strings.ToLower(host), ".")
	switch {
	case d.word:
		return strings.Contains(host, d.name)
	case d.domain:
		return len(host) > len(d.name) && strings.HasSuffix(host, d.name)
	case !d.prefix.IsValid():
		return host == d.name
	}
	list, err := resolve(host)
	return err == nil && slices.ContainsFunc(list, d.prefix.Contains)
}
