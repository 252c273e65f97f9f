// Package mpm is what Apache's processing modules have in common: Listen and
// its like, which are obeyed, and the numbers of processes and threads, which
// are checked as Apache checks them and have nothing to tune here.
package mpm

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"understudy/compat"
)

// Listen are the rows every processing module begins with (LISTEN_COMMANDS).
func Listen() []compat.Directive {
	return []compat.Directive{
		compat.Row("ListenBacklog", compat.Take1, compat.Server, backlog,
			"Maximum length of the queue of pending connections, as used by listen(2)"),
		compat.Row("ListenCoresBucketsRatio", compat.Take1, compat.Server, positive,
			"Ratio between the number of CPU cores (online) and the number of listeners buckets").Inertly("one socket a port serves all cores"),
		compat.Row("Listen", compat.TakeArgv, compat.Server, listen,
			"A port number or a numeric IP address and a port number, and an optional protocol"),
		compat.Row("SendBufferSize", compat.Take1, compat.Server, bufferSize,
			"Send buffer size in bytes").Inertly("the system sizes the buffers of sockets"),
		compat.Row("ReceiveBufferSize", compat.Take1, compat.Server, bufferSize,
			"Receive buffer size in bytes").Inertly("the system sizes the buffers of sockets"),
		compat.Row("ListenTCPDeferAccept", compat.Take1, compat.Server, global,
			"Value set for the socket option TCP_DEFER_ACCEPT if it is set").Inertly("a connection that waits costs no thread, so the kernel need not hold it back"),
	}
}

// Graceful is the row of GracefulShutdownTimeout.
func Graceful() compat.Directive {
	return compat.Row("GracefulShutdownTimeout", compat.Take1, compat.Server,
		func(c *compat.Cmd) error {
			c.Build.Core.GracefulShutdown = compat.Atoi(c.Arg(0))
			return c.Forbid(compat.GlobalOnly)
		},
		"Maximum time in seconds to wait for child processes to complete transactions during shutdown")
}

func global(c *compat.Cmd) error { return c.Forbid(compat.GlobalOnly) }

func backlog(c *compat.Cmd) error {
	c.Build.Core.ListenBacklog = compat.Atoi(c.Arg(0))
	return positive(c)
}

func positive(c *compat.Cmd) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	if compat.Atoi(c.Arg(0)) < 1 {
		return compat.Errorf("%s must be > 0", c.Name)
	}
	return nil
}

func bufferSize(c *compat.Cmd) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	if n := compat.Atoi(c.Arg(0)); n < 512 && n != 0 {
		return compat.Errorf("%s must be >= 512 bytes, or 0 for system default.", c.Name)
	}
	return nil
}

func listen(c *compat.Cmd) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	if len(c.Words) < 1 || len(c.Words) > 2 {
		return compat.Errorf("Listen requires 1 or 2 arguments.")
	}
	host, port, ok := SplitAddress(c.Words[0])
	if !ok {
		return compat.Errorf("Invalid address or port")
	}
	if port == 0 {
		return compat.Errorf("Port must be specified")
	}
	l := compat.Listener{Host: host, Port: port, Protocol: "http", Pos: c.Node.Pos}
	if len(c.Words) == 2 {
		l.Protocol = strings.ToLower(c.Words[1])
	} else if port == 443 {
		l.Protocol = "https"
	}
	if l.Host == "*" {
		l.Host = ""
	}
	return add(c, l)
}

// add keeps l, or one listener for each address its host name has.
func add(c *compat.Cmd, l compat.Listener) error {
	for _, have := range c.Build.Listeners {
		if have.Port == l.Port && have.Host == l.Host {
			return compat.Errorf("Cannot define multiple Listeners on the same IP:port")
		}
	}
	if _, err := netip.ParseAddr(l.Host); l.Host == "" || err == nil {
		c.Build.Listeners = append(c.Build.Listeners, l)
		return nil
	}
	addresses, err := net.LookupHost(l.Host)
	if err != nil {
		c.Warnf("core", compat.LevelCrit,
			"%s: AH00077: alloc_listener: failed to set up sockaddr for %s", resolverText(err), l.Host)
		return compat.Errorf("Listen setup failed")
	}
	for _, l.Host = range addresses {
		c.Build.Listeners = append(c.Build.Listeners, l)
	}
	return nil
}

// resolverText is what getaddrinfo calls err.
func resolverText(err error) string {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsTemporary {
		return "(EAI 3)Temporary failure in name resolution"
	}
	return "(EAI 2)Name or service not known"
}

// SplitAddress takes "port", "host", "host:port" and "[v6]:port" apart
// (apr_parse_addr_port). No port is 0; ok is false where either is wrong.
func SplitAddress(s string) (host string, port int, ok bool) {
	digits := len(s)
	for digits > 0 && s[digits-1] >= '0' && s[digits-1] <= '9' {
		digits--
	}
	switch {
	case digits == 0:
		port, ok = portNumber(s)
		return "", port, ok
	case s[digits-1] == ':':
		if port, ok = portNumber(s[digits:]); !ok {
			return "", 0, false
		}
		s = s[:digits-1]
	}
	if !strings.HasPrefix(s, "[") {
		return s, port, s != ""
	}
	host, closed := strings.CutSuffix(s[1:], "]")
	addr, err := netip.ParseAddr(host)
	return host, port, closed && err == nil && addr.Is6()
}

func portNumber(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 1 && n <= 65535
}
