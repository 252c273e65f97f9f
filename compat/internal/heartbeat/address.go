package heartbeat

import (
	"net"
	"net/netip"
	"strconv"

	"understudy/compat"
)

// Address reads the "host:port" of a directive. kind is "multicast " or "", for
// messages.
func Address(directive, text, kind string) (netip.AddrPort, error) {
	host, p, err := net.SplitHostPort(text)
	if err != nil {
		if _, err := strconv.ParseUint(text, 10, 16); err == nil {
			return netip.AddrPort{}, compat.Errorf("%s: No host provided in %saddress", directive, kind)
		}
		return netip.AddrPort{}, compat.Errorf("%s: No port provided in %saddress", directive, kind)
	}
	port, err := strconv.ParseUint(p, 10, 16)
	switch {
	case err != nil:
		return netip.AddrPort{}, compat.Errorf("%s: Unable to parse %saddress.", directive, kind)
	case host == "":
		return netip.AddrPort{}, compat.Errorf("%s: No host provided in %saddress", directive, kind)
	case port == 0:
		return netip.AddrPort{}, compat.Errorf("%s: No port provided in %saddress", directive, kind)
	}
	a, err := net.ResolveUDPAddr("udp4", text)
	if err != nil {
		if kind != "" {
			return netip.AddrPort{}, compat.Errorf("%s: apr_sockaddr_info_get failed on %saddress", directive, kind)
		}
		return netip.AddrPort{}, compat.Errorf("%s: apr_sockaddr_info_get failed.", directive)
	}
	ap := a.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), nil
}
