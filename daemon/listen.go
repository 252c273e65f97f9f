//go:build unix

package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// listen binds the addresses of plan that have has not.
func (r *resources) listen(have *resources, plan *Plan) error {
	for _, l := range plan.Listeners {
		if r.listeners[l.Key] != nil || covered(l, plan) {
			continue
		}
		if d := have.listeners[l.Key]; d != nil {
			r.listeners[l.Key] = d
			continue
		}
		f, err := bind(l, nil)
		if errors.Is(err, syscall.EADDRINUSE) {
			f, err = bindBeside(l, have)
		}
		if err != nil {
			return &AcquireError{bindProblem(l, err)}
		}
		r.listeners[l.Key] = newDescriptor(f)
	}
	return nil
}

// covered tells whether l is IPv4's part of a port that plan has for both
// families: those are one socket (open_listeners).
func covered(l Listener, plan *Plan) bool {
	return l.Host == "0.0.0.0" && slices.ContainsFunc(plan.Listeners, func(other Listener) bool {
		return other.Port == l.Port && (other.Host == "" || other.Host == "::")
	})
}

// bind binds an address. Without a host it is one socket for both families
// where the machine has IPv6, as Apache has it.
func bind(l Listener, option func(fd int)) (*os.File, error) {
	network := "tcp"
	if a, err := netip.ParseAddr(l.Host); err == nil && a.Is4() {
		network = "tcp4" // Else Go takes 0.0.0.0 for both families.
	}
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) {
			listenOptions(int(fd))
			if option != nil {
				option(int(fd))
			}
		})
	}}
	nl, err := config.Listen(context.Background(), network, net.JoinHostPort(l.Host, strconv.Itoa(l.Port)))
	if err != nil {
		return nil, err
	}
	defer nl.Close()
	return plain(nl.(*net.TCPListener), l.Backlog)
}

// plain is the socket of a listener as a file that blocks: os.File makes others
// block too as soon as they are handed on, which all who share them feel.
func plain(nl syscall.Conn, backlog int) (*os.File, error) {
	raw, err := nl.SyscallConn()
	if err != nil {
		return nil, err
	}
	var f *os.File
	controlErr := raw.Control(func(fd uintptr) {
		var dup int
		if dup, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); err != nil {
			return
		}
		if backlog > 0 {
			unix.Listen(dup, backlog) // Once more, with our number.
		}
		unix.SetNonblock(dup, false)
		f = os.NewFile(uintptr(dup), "listener")
	})
	return f, errors.Join(controlErr, err)
}

// bindBeside binds an address that overlaps with one in force, as Listen 80
// does with Listen 127.0.0.1:80. Apache wants to be stopped for that change.
// The sockets agree to share for a moment only, so that another server is
// still refused.
func bindBeside(l Listener, have *resources) (*os.File, error) {
	share := func(fd, on int) { unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, on) }
	for _, d := range have.listeners {
		share(int(d.file.Fd()), 1)
		defer share(int(d.file.Fd()), 0)
	}
	f, err := bind(l, func(fd int) { share(fd, 1) })
	if err == nil {
		share(int(f.Fd()), 0)
	}
	return f, err
}

// bindProblem is what Apache says of an address it cannot have. Without a host
// it has tried both families.
func bindProblem(l Listener, err error) string {
	hosts := []string{l.Host}
	if l.Host == "" {
		hosts = []string{"::", "0.0.0.0"}
	}
	text := ""
	for _, h := range hosts {
		text += fmt.Sprintf("%s: AH00072: make_sock: could not bind to address %s\n",
			osText(err), net.JoinHostPort(h, strconv.Itoa(l.Port)))
	}
	return text + "no listening sockets available, shutting down\nAH00015: Unable to open logs"
}
