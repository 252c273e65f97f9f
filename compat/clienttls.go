package compat

import "crypto/tls"

// clientTLS is set while packages are initialized, by mod_ssl.
var clientTLS func(r *Request, name string) (config *tls.Config, enabled bool)

// SetClientTLS says who has the settings for TLS to other servers: the SSLProxy
// directives. f answers whether SSLProxyEngine is on where r is; for package
// variables of mod_ssl.
func SetClientTLS(f func(r *Request, name string) (config *tls.Config, enabled bool)) bool {
	clientTLS = f
	return true
}

// HasClientTLS reports whether TLS to other servers can be spoken at all: mod_ssl
// is loaded (ap_ssl_has_outgoing_handlers).
func HasClientTLS(r *Request) bool {
	return clientTLS != nil && r.Host.Build.Loaded("ssl_module") != nil
}

// ClientTLS is the settings for TLS from r to another server, called name
// (ap_ssl_bind_outgoing); enabled is false where that is not wanted.
func ClientTLS(r *Request, name string) (config *tls.Config, enabled bool) {
	if !HasClientTLS(r) {
		return nil, false
	}
	return clientTLS(r, name)
}
