package wire

import (
	"net"
	"net/netip"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// A listener takes connections with one system call each. Package net would
// make seven of it: what it sets on each connection Linux takes from the
// listener, as Apache has it.
type listener struct {
	file  *os.File
	raw   syscall.RawConn // of file
	local netip.AddrPort

	closed  atomic.Bool
	onReady func(fd uintptr) bool // the callback of raw, and what it found
	conn    *tcpConn
	err     error
}

// Listen is the listener of a bound socket. One goroutine may accept.
func Listen(f *os.File) (net.Listener, error) {
	shared, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	l := &listener{}
	l.onReady = l.ready
	if failed := shared.Control(func(fd uintptr) { err = l.open(int(fd)) }); failed != nil {
		return nil, failed
	}
	return l, err
}

// open makes the listener's own descriptor of fd.
func (l *listener) open(fd int) error {
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	unix.SetNonblock(own, true)
	unix.SetsockoptInt(own, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	unix.SetsockoptInt(own, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	l.file = os.NewFile(uintptr(own), "listener")
	l.local = localOf(own)
	l.raw, err = l.file.SyscallConn()
	return err
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.local) }

// Close implements net.Listener.
func (l *listener) Close() error {
	l.closed.Store(true)
	return l.file.Close()
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	switch err := l.raw.Read(l.onReady); {
	case err != nil && l.closed.Load():
		return nil, net.ErrClosed
	case err != nil:
		return nil, err
	case l.err != nil:
		return nil, os.NewSyscallError("accept4", l.err)
	}
	return l.conn, nil
}

func (l *listener) ready(fd uintptr) bool {
	for {
		nfd, from, err := syscall.Accept4(int(fd), syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
		switch err {
		case nil:
			l.conn, l.err = &tcpConn{fd: nfd, remote: fromSockaddr(from), local: l.local}, nil
			if l.local.Addr().IsUnspecified() {
				l.conn.local = localOf(nfd)
			}
			return true
		case syscall.EAGAIN:
			return false
		case syscall.EINTR, syscall.ECONNABORTED:
		default:
			l.err = err
			return true
		}
	}
}

// localOf is the address of fd on this machine.
func localOf(fd int) netip.AddrPort {
	sa, _ := syscall.Getsockname(fd)
	return fromSockaddr(sa)
}

func fromSockaddr(sa syscall.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *syscall.SockaddrInet6:
		a := netip.AddrFrom16(sa.Addr).Unmap()
		if sa.ZoneId != 0 {
			a = a.WithZone(zone(int(sa.ZoneId)))
		}
		return netip.AddrPortFrom(a, uint16(sa.Port))
	}
	return addrPort(nil)
}

// zone names an interface, as package net does.
func zone(id int) string {
	if i, err := net.InterfaceByIndex(id); err == nil {
		return i.Name
	}
	return strconv.Itoa(id)
}
