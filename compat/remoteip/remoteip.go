// Package remoteip is mod_remoteip: the client is whom a proxy names, in a field
// of the request (header.go) or before the first byte of the connection
// (preamble.go).
package remoteip

import (
	"bufio"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"

	"understudy/apacheconf"
	"understudy/compat"
	"understudy/compat/internal/auth"
)

// Module is mod_remoteip.
var Module = compat.Module{
	Name: identifier,
	File: "mod_remoteip.c",
	Directives: []compat.Directive{
		dir.Directive("RemoteIPHeader", compat.Take1, compat.Server, header,
			"Specifies a request header to trust as the client IP, e.g. X-Forwarded-For"),
		dir.Directive("RemoteIPProxiesHeader", compat.Take1, compat.Server, proxiesHeader,
			"Specifies a request header to record proxy IP's, e.g. X-Forwarded-By; if not given then do not record"),
		dir.Directive("RemoteIPTrustedProxy", compat.Iterate, compat.Server, trusted,
			"Specifies one or more proxies which are trusted to present IP headers"),
		dir.Directive("RemoteIPInternalProxy", compat.Iterate, compat.Server, internal,
			"Specifies one or more internal (transparent) proxies which are trusted to present IP headers"),
		dir.Directive("RemoteIPTrustedProxyList", compat.Take1, compat.Server, trustedList,
			"The filename to read the list of trusted proxies, see the RemoteIPTrustedProxy directive"),
		dir.Directive("RemoteIPInternalProxyList", compat.Take1, compat.Server, internalList,
			"The filename to read the list of internal proxies, see the RemoteIPInternalProxy directive"),
		compat.Row("RemoteIPProxyProtocol", compat.Flag, compat.Server, proxyProtocol,
			"Enable PROXY protocol handling ('on', 'off')"),
		compat.Row("RemoteIPProxyProtocolExceptions", compat.TakeArgv, compat.Server, exceptions,
			"Disable PROXY protocol handling for this list of networks in CIDR format"),
	},
	Hooks: []compat.Hook{dir.On(compat.PostRead, modify).Always().First()},
	Init:  enable,
}

const identifier = "remoteip_module"

var dir = compat.NewSlot[config]()

type config struct {
	header, proxies string
	known           []proxy // nil: all are trusted, as external ones
}

// A proxy is whom to believe.
type proxy struct {
	net      auth.Subnet
	internal bool
}

// Merge takes what the host says, and the rest from the main server.
func (base config) Merge(over config) config {
	if over.header == "" {
		over.header = base.header
	}
	if over.proxies == "" {
		over.proxies = base.proxies
	}
	if over.known == nil {
		over.known = base.known
	}
	return over
}

func header(c *compat.Cmd, conf *config) error {
	conf.header = c.Arg(0)
	return nil
}

func proxiesHeader(c *compat.Cmd, conf *config) error {
	conf.proxies = c.Arg(0)
	return nil
}

func trusted(c *compat.Cmd, conf *config) error  { return conf.add(c, c.Arg(0), false) }
func internal(c *compat.Cmd, conf *config) error { return conf.add(c, c.Arg(0), true) }

// add adds a proxy: an address, a network, or a name (proxies_set).
func (conf *config) add(c *compat.Cmd, text string, internal bool) error {
	host, mask, masked := strings.Cut(text, "/")
	if strings.Contains(host, ":") || strings.Trim(host, ".0123456789") == "" {
		n, err := auth.ParseSubnet(text)
		if err != nil {
			return compat.Errorf("RemoteIP: Error parsing IP %s (%v error) for %s", text, err, c.Name)
		}
		conf.known = append(conf.known, proxy{n, internal})
		return nil
	}
	if masked {
		return compat.Errorf("RemoteIP: Error parsing IP %s the subnet /%s is invalid for %s", text, mask, c.Name)
	}
	addresses, err := net.LookupHost(host)
	if err != nil {
		return compat.Errorf("RemoteIP: Error parsing IP %s (%s error) for %s", text, lookupError(err), c.Name)
	}
	for _, a := range addresses {
		if n, err := auth.ParseSubnet(a); err == nil {
			conf.known = append(conf.known, proxy{n, internal})
		}
	}
	return nil
}

// lookupError is what the system's resolver says of a name.
func lookupError(err error) string {
	var d *net.DNSError
	if errors.As(err, &d) && d.IsTemporary {
		return "Temporary failure in name resolution"
	}
	return "Name or service not known"
}

func trustedList(c *compat.Cmd, conf *config) error  { return conf.list(c, false) }
func internalList(c *compat.Cmd, conf *config) error { return conf.list(c, true) }

// list reads proxies from a file (proxylist_read).
func (conf *config) list(c *compat.Cmd, internal bool) error {
	name := c.Path(c.Arg(0))
	f, err := os.Open(name)
	if err != nil {
		var errno syscall.Errno
		errors.As(err, &errno)
		return compat.Errorf("%s: Could not open file %s: %s", c.Name, name, apacheconf.Strerror(errno))
	}
	defer f.Close()
	c.Build.Watch(name)
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		for _, word := range apacheconf.Words(lines.Text()) {
			if strings.HasPrefix(word, "#") {
				break
			}
			if err := conf.add(c, word, internal); err != nil {
				return compat.Errorf("%s at line %d of %s", err, n, name)
			}
		}
	}
	return lines.Err()
}

// unmap is an address as networks compare it.
func unmap(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
