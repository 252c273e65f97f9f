// Package proxyconnect is mod_proxy_connect: tunnels for clients that use this
// server as their proxy, to the ports that AllowCONNECT names.
package proxyconnect

import (
	"slices"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_proxy_connect.
var Module = compat.Module{
	Name: "proxy_connect_module",
	File: "mod_proxy_connect.c",
	Directives: []compat.Directive{
		slot.Directive("AllowCONNECT", compat.Iterate, compat.Server, allow,
			"A list of ports or port ranges which CONNECT may connect to"),
	},
}

var _ = upstream.Register(upstream.Scheme{
	Module: "proxy_connect_module",
	Order:  10,
	Canon:  canon,
	Handle: handle,
})

var slot = compat.NewSlot[config]()

type config struct{ ports []span }

type span struct{ first, last int }

// Merge adds what over allows.
func (base config) Merge(over config) config {
	return config{slices.Concat(base.ports, over.ports)}
}

// allow reads "443" or "8000-8100".
func allow(c *compat.Cmd, conf *config) error {
	word := c.Arg(0)
	if word == "" || word[0] < '0' || word[0] > '9' {
		return compat.Errorf("AllowCONNECT: port numbers must be numeric")
	}
	first, last, isRange := strings.Cut(word, "-")
	s := span{first: compat.Atoi(first)}
	switch {
	case strings.Trim(first, "0123456789") != "":
		return compat.Errorf("Cannot parse '%s' as port number", word)
	case !isRange:
		s.last = s.first
	case last == "" || strings.Trim(last, "0123456789") != "":
		return compat.Errorf("Cannot parse '%s' as port number", last)
	default:
		s.last = compat.Atoi(last)
	}
	conf.ports = append(conf.ports, s)
	return nil
}

// allowed reports whether a port may be connected to: those of https and snews
// where nothing is said.
func (c *config) allowed(port int) bool {
	if c == nil || len(c.ports) == 0 {
		return port == 443 || port == 563
	}
	return slices.ContainsFunc(c.ports, func(s span) bool { return port >= s.first && port <= s.last })
}

// canon leaves what CONNECT names as it is.
func canon(r *compat.Request, _ string) compat.Status {
	if r.Method != "CONNECT" {
		return compat.Declined
	}
	return compat.OK
}

// handle connects the client with the server it names (proxy_connect_handler).
func handle(c *upstream.Call) compat.Status {
	r := c.R
	if r.Method != "CONNECT" {
		return compat.Declined
	}
	if !r.Forward {
		return 405
	}
	c.Function = "CONNECT"
	if status := c.DetermineTunnel(c.URL); status != compat.OK {
		return status
	}
	if !slot.Of(r).allowed(c.Port) {
		return upstream.ProxyError(r, 403, nil, "Connect to remote machine blocked")
	}
	if status := c.Acquire(); status != compat.OK {
		return status
	}
	defer c.Release()
	if _, err := c.Connect(true); err != nil {
		if c.Remote != nil {
			return compat.Declined
		}
		return 503
	}
	c.Conn.Spent = true
	banner := r.Host.Build.Core.Banner
	if c.Remote != nil {
		// The remote proxy answers the client itself.
		if _, err := c.Conn.Write([]byte("CONNECT " + r.Target + " HTTP/1.0\r\nProxy-agent: " + banner + "\r\n\r\n")); err != nil {
			return 503
		}
		return c.Tunnel(nil)
	}
	return c.Tunnel([]byte("HTTP/1.0 200 Connection Established\r\nProxy-agent: " + banner + "\r\n\r\n"))
}
