// Package echo is mod_echo: on the addresses of a host it speaks no HTTP, but
// sends back every line.
package echo

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"understudy/compat"
	"understudy/compat/internal/hostswitch"
)

// Module is mod_echo.
var Module = compat.Module{
	Name:       "echo_module",
	File:       "mod_echo.c",
	Directives: []compat.Directive{on.Directive("ProtocolEcho", "Run an echo server on this host")},
	Init: func(b *compat.Build) error {
		for _, h := range b.AllHosts() {
			h.Connected = append(h.Connected, serve)
		}
		return nil
	},
}

var on = hostswitch.New()

// How long a line is waited for where nothing is said: the first, and others.
const (
	usualTimeout   = time.Minute
	usualKeepAlive = 5 * time.Second
)

func or(said *time.Duration, usual time.Duration) time.Duration {
	if said == nil {
		return usual
	}
	return *said
}

// maxLine is how much of a line is sent back at once.
const maxLine = 8 << 10

// serve answers a connection to a host that echoes (process_echo_connection).
func serve(c *compat.Conn, nc net.Conn) net.Conn {
	if !on.On(c.Base) {
		return nc
	}
	in := bufio.NewReaderSize(nc, maxLine)
	limit := or(c.Base.Timeout, usualTimeout)
	for {
		nc.SetDeadline(time.Now().Add(limit))
		line, err := in.ReadSlice('\n')
		if len(line) > 0 {
			if _, err := nc.Write(line); err != nil {
				log(c, "AH01613: ProtocolEcho: Failure writing to", err)
				return nil
			}
		}
		if err != nil && err != bufio.ErrBufferFull {
			if err != io.EOF && !errors.Is(err, os.ErrDeadlineExceeded) {
				log(c, "AH01611: ProtocolEcho: Failure reading from", err)
			}
			return nil
		}
		limit = or(c.Base.KeepAliveTimeout, usualKeepAlive)
	}
}

func log(c *compat.Conn, what string, err error) {
	if c.Base.Scope.Core.LogLevel.Of("echo") < compat.LevelInfo {
		return
	}
	c.Server.LogConn(c, c.Base, "echo", compat.LevelInfo, fmt.Sprintf("%s %s: %v", what, c.Remote.Addr(), err))
}
