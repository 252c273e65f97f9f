//go:build !linux

package wire

import (
	"net"
	"net/netip"
	"os"
)

// Listen is the listener of a bound socket.
func Listen(f *os.File) (net.Listener, error) { return net.FileListener(f) }

// addresses are those of nc.
func addresses(nc net.Conn) (remote, local netip.AddrPort) {
	return addrPort(nc.RemoteAddr()), addrPort(nc.LocalAddr())
}
