//go:build !unix

package proxyfdpass

import (
	"errors"
	"net"
)

// pass cannot be had here.
func pass(_, _ net.Conn) error { return errors.ErrUnsupported }
