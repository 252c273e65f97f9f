// Package proxyfdpass is mod_proxy_fdpass: it hands the client's connection to
// another process, over a Unix socket.
//
// The header of an answer goes out first, "200 OK" and the connection's end;
// what follows is of the process that has the connection then. ProxyPass takes
// "fd://./PATH" alone, for a path relative to ServerRoot, as Apache does.
//
// Deviations: a connection with TLS or HTTP/2 is not handed over but answered
// with 500, for who gets it could not read it. There is no flusher= but "flush".
package proxyfdpass

import (
	"net"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_proxy_fdpass. It has no directives.
var Module = compat.Module{
	Name:   "proxy_fdpass_module",
	File:   "mod_proxy_fdpass.c",
	Silent: true,
}

var _ = upstream.Register(upstream.Scheme{
	Module: "proxy_fdpass_module",
	Order:  -10,
	Canon:  canon,
	Handle: handle,
})

// canon makes the path of the socket absolute (proxy_fdpass_canon).
func canon(r *compat.Request, url string) compat.Status {
	path, ok := upstream.CutURL(url, "fd")
	if !ok {
		return compat.Declined
	}
	r.Filename = "proxy:fd://" + r.Host.Build.Path(path[len("//"):])
	r.Logf("proxy_fdpass", compat.LevelDebug, nil, "AH01151: set r->filename to %s", r.Filename)
	return compat.OK
}

// A lender is a connection that another process can have.
type lender interface {
	// Lend is the connection itself; this process says nothing more on it.
	Lend() net.Conn
}

// handle hands the connection over (proxy_fdpass_handler).
func handle(c *upstream.Call) compat.Status {
	r := c.R
	path, ok := upstream.CutURL(c.URL, "fd")
	if !ok {
		return compat.Declined
	}
	path = path[len("//"):]
	socket, err := net.Dial("unix", path)
	if err != nil {
		c.Errorf("proxy_fdpass", err, "AH01152: Failed to connect to '%s'", path)
		return 500
	}
	defer socket.Close()
	if method := c.Worker.Flusher; method != "" && method != "flush" {
		c.Errorf("proxy_fdpass", nil, "AH01153: Unable to find configured flush provider '%s'", method)
		return 500
	}
	wire, ok := r.Wire.(compat.Hijacker)
	if !ok || r.Conn.TLS != nil {
		c.Errorf("proxy_fdpass", nil, "a connection with TLS or HTTP/2 cannot be passed on to '%s'", path)
		return 500
	}
	r.KeepAlive = false
	if err := r.Writer.Flush(); err != nil {
		c.Errorf("proxy_fdpass", err, "AH01156: ap_pass_brigade failed:")
		return 500
	}
	client, err := wire.Hijack(r)
	if err != nil {
		r.Aborted = true
		return compat.Done
	}
	if lent, ok := client.(lender); ok {
		client = lent.Lend()
	}
	if err := pass(socket, client); err != nil {
		c.Errorf("proxy_fdpass", err, "AH01154: send_socket failed:")
	}
	return compat.Done
}
