// Package ssl is mod_ssl: TLS on the connections to a host, and what clients'
// certificates say, by crypto/tls.
//
// server.go and section.go are what directives set for a host and for a
// section, material.go the files they name: the supervisor reads those, and
// hands them to the server process (compat.Build.Handed). endpoint.go makes of
// them what a host speaks; session.go is a connection, from its handshake on;
// verify.go looks at a client's certificate; access.go, user.go and fixup.go are
// the hooks; variables.go is everything called SSL_. client.go is TLS to other
// servers, for the proxy modules.
//
// Deviations:
//   - TLS 1.0 and 1.1 are spoken only where SSLCipherSuite says @SECLEVEL=0, as it
//     is on Debian; SSLv3, DHE, PSK, SRP, CCM, Camellia and ARIA never. What a
//     list names besides is said at start.
//   - The suites of TLS 1.3 cannot be chosen: they are those Go has.
//   - There is no renegotiation and no authentication after the handshake.
//     Where a section asks for a certificate, clients of which Apache could ask it
//     later are asked in the handshake, and it counts from the first request that
//     needs it. Those of .htaccess files cannot be known then: answered 403.
//   - Sessions are resumed by tickets only; SSLSessionCache is checked, and has
//     nothing to keep. SSL_SESSION_ID is that of the connection.
//   - Requests to OCSP responders carry no nonce.
//   - Pass phrases come from SSLPassPhraseDialog exec: alone.
package ssl

import (
	"cmp"
	"slices"

	"understudy/compat"
)

const identifier = "ssl_module"

// Module is mod_ssl.
var Module = compat.Module{
	Name:       identifier,
	File:       "mod_ssl.c",
	Directives: slices.Concat(globalRows, serverRows, proxyRows, sectionRows, ocspRows, staplingRows, otherRows),
	Hooks: []compat.Hook{
		compat.Run(compat.PostRead, readRequest).Repeats(),
		sections.On(compat.AccessCheck, checkAccess).Repeats(),
		compat.Run(compat.Authn, checkUser).First(),
		sections.On(compat.Authz, checkAuth),
		compat.Run(compat.Fixups, fixup).Repeats(),
	},
	Init: initialize,
}

var (
	servers  = compat.NewSlot[server]()
	sections = compat.NewSlot[section]()
	proxies  = compat.NewSlot[proxy]()
)

// vhostID names a host that speaks TLS in messages (ssl_util_vhostid).
func vhostID(h *compat.Host) string {
	return h.Name + ":" + itoa(cmp.Or(h.Port, 443))
}
