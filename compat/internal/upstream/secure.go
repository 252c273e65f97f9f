package upstream

import (
	"errors"
	"fmt"
	"strings"

	"understudy/compat"
)

// ErrNoTLS is the error where TLS to workers is not enabled.
var ErrNoTLS = errors.New("SSL Proxy requested but not enabled")

// secure speaks TLS on the connection just made, where the scheme asks for it;
// through a proxy, that is asked to connect first.
func (c *Call) secure() error {
	if !c.TLS {
		return nil
	}
	config, enabled := compat.ClientTLS(c.R, c.tlsName())
	if !enabled {
		c.Conn.Close()
		c.Conn = nil
		return ErrNoTLS
	}
	if c.Remote != nil {
		if err := c.connectThrough(); err != nil {
			c.Conn.Close()
			c.Conn = nil
			return err
		}
	}
	plain := c.Conn
	nc, err := c.handshake(plain.nc, config, plain.timeout)
	if err != nil {
		c.Conn = nil
		return err
	}
	c.Conn = newConn(nc, c.Worker, plain.timeout)
	c.Conn.server = c.tlsName()
	return nil
}

// connectThrough asks Remote for a tunnel to the worker (send_http_connect).
func (c *Call) connectThrough() error {
	var b strings.Builder
	fmt.Fprintf(&b, "CONNECT %s:%d HTTP/1.0\r\n", c.bracketed(), c.Port)
	if creds := c.remoteCredentials(); creds != "" {
		b.WriteString("Proxy-Authorization: " + creds + "\r\n")
	}
	b.WriteString("Proxy-agent: " + c.R.Host.Build.Core.Banner + "\r\n\r\n")
	if _, err := c.Conn.Write([]byte(b.String())); err != nil {
		return err
	}
	line, err := c.Conn.ReadLine(lineLimit)
	if err != nil {
		return err
	}
	if len(line) < 12 || !strings.HasPrefix(string(line), "HTTP/1.") || line[9] != '2' {
		c.logServer(nil, "AH00949: send_http_connect: the forward proxy returned code is '%s'", line)
		return fmt.Errorf("proxy answered %q", line)
	}
	for range maxConnectFields {
		if line, err = c.Conn.ReadLine(lineLimit); err != nil || len(line) == 0 {
			return err
		}
	}
	return ErrTooLong
}

const (
	lineLimit        = 8192
	maxConnectFields = 100
)

func (c *Call) bracketed() string {
	if strings.Contains(c.Host, ":") {
		return "[" + c.Host + "]"
	}
	return c.Host
}

func (c *Call) remoteCredentials() string {
	if c.Remote.Credentials != "" {
		return c.Remote.Credentials
	}
	if !c.R.HasUser || c.R.Env.Has("Proxy-Chain-Auth") {
		return c.R.In.Get("Proxy-Authorization")
	}
	return ""
}
