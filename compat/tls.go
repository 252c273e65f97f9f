package compat

import (
	"net"
	"time"
)

// TLSVariable is a variable of a TLS connection by the name mod_ssl gives it,
// "" where there is none. The module that speaks TLS puts its own function
// here while packages are initialized.
var TLSVariable = func(r *Request, name string) string { return "" }

// RemoteLogname is whose a request's connection is, as the client's host says
// (ap_get_remote_logname); "": nobody was asked. The module that asks puts its own
// function here while packages are initialized.
var RemoteLogname = func(r *Request) string { return "" }

// TLSExtensions are the values that the extensions of the client's certificate
// have, by the name or number of their kind (ssl_ext_list). It is set as
// TLSVariable is.
var TLSExtensions = func(r *Request, kind string) []string { return nil }

// A Transport is what is spoken below HTTP on connections to the addresses of a
// host: TLS.
type Transport interface {
	// Secure completes a handshake on nc, which c is about, within limit. What it
	// returns is read and written instead of nc, and Conn.TLS and Conn.Secure say
	// what was agreed. An error, which Secure has logged, ends the connection.
	Secure(c *Conn, nc net.Conn, limit time.Duration) (net.Conn, error)
}

// A ConnServer is who serves connections, for what works on them below HTTP.
type ConnServer interface {
	// Named is the host called name among those of c's local address: the first
	// in the file whose name or alias it is. ok is false where it is nobody's.
	Named(c *Conn, name string) (h *Host, ok bool)
	// LogConn writes a line about c to the error log of h.
	LogConn(c *Conn, h *Host, module string, level Level, text string)
}
