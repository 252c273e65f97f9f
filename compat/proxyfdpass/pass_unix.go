//go:build unix

package proxyfdpass

import (
	"errors"
	"net"
	"syscall"
)

// pass sends a NUL with the descriptor of client.
func pass(socket, client net.Conn) error {
	to, ok := socket.(*net.UnixConn)
	from, isSocket := client.(syscall.Conn)
	if !ok || !isSocket {
		return errors.ErrUnsupported
	}
	raw, err := from.SyscallConn()
	if err != nil {
		return err
	}
	failed := raw.Control(func(fd uintptr) {
		_, _, err = to.WriteMsgUnix([]byte{0}, syscall.UnixRights(int(fd)), nil)
	})
	return errors.Join(failed, err)
}
