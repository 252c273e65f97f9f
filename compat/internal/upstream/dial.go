package upstream

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"strconv"
	"time"

	"understudy/compat"
)

// defaultTimeout is Timeout where nothing is said.
const defaultTimeout = 60 * time.Second

// resolveTimeout bounds how long a request waits for an address.
const resolveTimeout = 30 * time.Second

// Timeouts are those for connecting to w and for each read and write.
func (c *Call) Timeouts() (connect, each time.Duration) {
	each = defaultTimeout
	switch h := c.R.Host; {
	case c.Worker.Timeout > 0:
		each = c.Worker.Timeout
	case c.Server.Timeout != nil:
		each = *c.Server.Timeout
	case h.Timeout != nil && *h.Timeout > 0:
		each = *h.Timeout
	}
	if connect = each; c.Worker.ConnectTimeout > 0 {
		connect = c.Worker.ConnectTimeout
	}
	return connect, each
}

// addresses of a worker are looked up once, and again when they fail or
// addressttl= has passed.
type addresses struct {
	list    []netip.Addr
	expires time.Time // zero: never
}

func resolve(host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), resolveTimeout)
	defer cancel()
	list, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err == nil && len(list) == 0 {
		err = &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
	}
	for i := range list {
		list[i] = list[i].Unmap()
	}
	return list, err
}

// lookup is the addresses of host, those of the worker as it remembers them.
func (w *Worker) lookup(host string, again bool) ([]netip.Addr, error) {
	remembers := (w.AddressTTL == nil || *w.AddressTTL != 0) && w.Status()&Generic == 0
	if !remembers {
		return resolve(host)
	}
	w.mu.Lock()
	known := w.known
	w.mu.Unlock()
	if known != nil && !again && (known.expires.IsZero() || time.Now().Before(known.expires)) {
		return known.list, nil
	}
	list, err := resolve(host)
	if err != nil {
		return nil, err
	}
	a := &addresses{list: list}
	if w.AddressTTL != nil && *w.AddressTTL > 0 {
		a.expires = time.Now().Add(time.Duration(*w.AddressTTL) * time.Second)
	}
	w.mu.Lock()
	w.known = a
	w.mu.Unlock()
	return list, nil
}

// dial connects to where c goes: the worker's socket, or the first of its
// addresses that accepts (ap_proxy_connect_backend).
func (c *Call) dial() (net.Conn, error) {
	connect, _ := c.Timeouts()
	dialer := net.Dialer{Timeout: connect, KeepAlive: -1}
	if c.Worker.KeepAlive {
		dialer.KeepAlive = 0
	}
	if c.Server.Source.IsValid() {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(c.Server.Source, 0))
	}
	if c.socket != "" {
		dialer.LocalAddr = nil
		nc, err := dialer.Dial("unix", c.socket)
		if err != nil {
			c.logServer(err, "AH02454: %s: attempt to connect to Unix domain socket %s (%s:%d) failed",
				c.Function, c.socket, c.Host, c.Port)
		}
		return nc, err
	}
	nc, err := c.dialAny(&dialer, c.addrs)
	if err == nil {
		return nc, nil
	}
	if list, lookupErr := c.Worker.lookup(c.connectHost, true); lookupErr == nil && !same(list, c.addrs) {
		c.addrs = list
		return c.dialAny(&dialer, list)
	}
	return nil, err
}

func same(a, b []netip.Addr) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func (c *Call) dialAny(dialer *net.Dialer, list []netip.Addr) (net.Conn, error) {
	var err error
	for i, ip := range list {
		var nc net.Conn
		address := netip.AddrPortFrom(ip, uint16(c.connectPort))
		if nc, err = dialer.Dial("tcp", address.String()); err == nil {
			c.tuneSocket(nc)
			return nc, nil
		}
		if i == len(list)-1 {
			c.logServer(err, "AH00957: %s: attempt to connect to %s (%s:%d) failed",
				c.Function, address, c.connectHost, c.connectPort)
		}
	}
	return nil, err
}

// tuneSocket sets what the configuration says of buffers.
func (c *Call) tuneSocket(nc net.Conn) {
	tcp, ok := nc.(*net.TCPConn)
	if !ok {
		return
	}
	size := c.Worker.RecvBuffer
	if size == 0 && c.Server.RecvBuffer != nil {
		size = *c.Server.RecvBuffer
	}
	if size > 0 {
		tcp.SetReadBuffer(size)
	}
}

// handshake speaks TLS on nc.
func (c *Call) handshake(nc net.Conn, config *tls.Config, limit time.Duration) (net.Conn, error) {
	config = config.Clone()
	if config.ServerName == "" {
		config.ServerName = c.tlsName()
	}
	if c.Protocols != nil {
		config.NextProtos = c.Protocols
	}
	t := tls.Client(nc, config)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := t.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, err
	}
	return t, nil
}

// tlsName is the name the worker is asked for.
func (c *Call) tlsName() string {
	if c.Dir.PreservesHost() && c.R.Hostname != "" {
		return c.R.Hostname
	}
	return c.Host
}

// logServer writes a line about a worker, which is of no request.
func (c *Call) logServer(err error, format string, args ...any) {
	logHost(c.R, compat.LevelError, err, format, args...)
}

func itoa(n int) string { return strconv.Itoa(n) }
