// Package proxyajp is mod_proxy_ajp: it asks workers by AJP 1.3, as Tomcat
// speaks it. Messages are written and read in message.go, and exchange.go has a
// request answered.
//
// Deviations: ProxyIOBufferSize does not change the size of packets, which is
// 8192. Trailers are not passed on.
package proxyajp

import (
	"time"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_proxy_ajp. It has no directives.
var Module = compat.Module{Name: "proxy_ajp_module", File: "mod_proxy_ajp.c", Silent: true}

var _ = upstream.Register(upstream.Scheme{
	Module: "proxy_ajp_module",
	Order:  -5,
	Canon:  upstream.CanonOf("ajp", &rules),
	Handle: handle,
})

var rules = upstream.CanonRules{Module: "proxy_ajp", BadURL: "AH00867", BadPath: "AH10418", BadQuery: "AH10406", Query: true}

// handle asks a worker (proxy_ajp_handler). One that had closed a connection is
// asked on another.
func handle(c *upstream.Call) compat.Status {
	_, ok := upstream.CutURL(c.URL, "ajp")
	if !ok {
		return compat.Declined
	}
	c.Function = "AJP"
	defer c.Release()
	if status := c.Begin(); status != compat.OK {
		return status
	}
	e := &exchange{c: c, r: c.R}
	first, ok := e.forward()
	if !ok {
		c.Errorf("proxy_ajp", nil, "AH00868: request failed to %s:%d: it does not fit into a packet", c.Host, c.Port)
		return 413
	}
	for again := range 2 {
		reused, err := c.Connect(again > 0)
		if err != nil {
			c.Errorf("proxy_ajp", nil, "AH00896: failed to make connection to backend: %s", c.Host)
			return 503
		}
		c.Conn.Waiting = nil
		c.Conn.Spent = true // Until it is known that it is not.
		if !e.ping() {
			if !reused || again > 0 {
				c.Errorf("proxy_ajp", nil, "AH00897: cping/cpong failed to %s (%s:%d)", c.Conn.Remote(), c.Host, c.Port)
				return 503
			}
			c.Conn.Close()
			continue
		}
		status, nothing := e.run(first)
		if nothing && reused && again == 0 && e.repeatable() {
			c.Conn.Close()
			continue
		}
		return status
	}
	return 503
}

// ping asks whether the worker is there, where ping= says so
// (ajp_handle_cping_cpong).
func (e *exchange) ping() bool {
	limit := e.c.Worker.Ping
	if limit <= 0 {
		return true
	}
	k := e.c.Conn
	usual := k.Timeout()
	k.SetTimeout(max(limit, time.Millisecond))
	defer k.SetTimeout(usual)
	if _, err := k.Write([]byte{0x12, 0x34, 0, 1, messagePing}); err != nil {
		return false
	}
	m, err := e.read()
	return err == nil && len(m) == 1 && m[0] == messagePong
}

// repeatable reports whether the request can be sent once more.
func (e *exchange) repeatable() bool {
	switch e.r.Method {
	case "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE":
		return e.c.Body.Repeatable()
	}
	return false
}
