package upstream

import (
	"fmt"
	"net/netip"
	"strings"

	"understudy/compat"
)

// A Call is a request on its way to a worker.
type Call struct {
	R        *compat.Request
	Server   *Server
	Dir      *Dir
	Worker   *Worker
	Balancer *Balancer // that elected Worker; nil: none
	URL      string    // where R goes, canonical: "http://host/path?query"
	Remote   *Remote   // the proxy that is asked instead; nil: none
	Function string    // what messages call the scheme

	// Found by Determine.
	Scheme, Host string // Host without brackets
	Port         int
	Target       string   // path and query, or the whole URL where Remote is asked
	PortText     string   // ":8080" of this server for Via; "": the default one
	TLS          bool     // the scheme is one over TLS
	Protocols    []string // asked for in TLS; nil: none

	Conn *Conn
	Body *Body // of R, kept from one attempt to the next
	Asks bool  // Ask sees whether a connection is open

	hostField   string
	socket      string
	connectHost string // of the worker, or Remote
	connectPort int
	addrs       []netip.Addr
	entered     bool
}

// Errorf logs a line about the request.
func (c *Call) Errorf(module string, err error, format string, args ...any) {
	c.R.Logf(module, compat.LevelError, LogError(err), format, args...)
}

// ProxyError makes status the answer, with a page that says why
// (ap_proxyerror).
func ProxyError(r *compat.Request, status compat.Status, err error, why string) compat.Status {
	r.Logf("proxy", compat.LevelError, LogError(err), "AH00898: %s returned by %s", why, r.Path)
	r.Notes.Set("error-notes", "The proxy server could not handle the request<p>Reason: <strong>"+
		compat.EscapeHTML(why)+"</strong></p>")
	r.Notes.Set("verbose-error-to", "*")
	r.Reason, r.ReasonStatus = "Proxy Error", int(status)
	return status
}

// logHost writes a line of no request to the log of r's host.
func logHost(r *compat.Request, level compat.Level, err error, format string, args ...any) {
	if r.Host.Scope == nil || level > r.Host.Scope.Core.LogLevel.Of("proxy") {
		return
	}
	r.Engine.LogHost(r.Host, "proxy", level, errorPrefix(err)+fmt.Sprintf(format, args...))
}

// Acquire takes a place at the worker, if it may be asked
// (ap_proxy_acquire_connection).
func (c *Call) Acquire() compat.Status {
	w := c.Worker
	if !w.Usable() {
		if w.TryAgain(); !w.Usable() {
			c.logServer(nil, "AH00940: %s: disabled connection for (%s:%d)", c.Function, w.Host, w.Port)
			return 503
		}
	}
	_, limit := c.Timeouts()
	if w.Acquire > 0 {
		limit = w.Acquire
	}
	if !w.pool.enter(limit) {
		c.logServer(ErrTimeout, "AH00941: %s: failed to acquire connection for (%s:%d)", c.Function, w.Host, w.Port)
		return 503
	}
	c.entered = true
	return compat.OK
}

// Begin is Acquire, and Determine. Who called it has to Release, whatever it
// said.
func (c *Call) Begin() compat.Status {
	if status := c.Acquire(); status != compat.OK {
		return status
	}
	return c.Determine()
}

// Release gives the connection back to its worker, or closes it, and leaves
// the worker.
func (c *Call) Release() {
	if k := c.Conn; k != nil {
		c.Conn = nil
		if k.Spent || len(k.Buffered()) > 0 || !c.Worker.Reusable() {
			k.Close()
			k.dropBuffer()
		} else {
			c.Worker.pool.put(k, c.Worker.keeps())
		}
	}
	if c.entered {
		c.entered = false
		c.Worker.pool.leave()
	}
}

// Discard closes the connection, so that another can be used.
func (c *Call) Discard() {
	c.Conn.Close()
	c.Conn.dropBuffer()
	c.Conn = nil
}

// Determine finds out where c goes (ap_proxy_determine_connection).
func (c *Call) Determine() compat.Status {
	r := c.R
	u, ok := ParseURL(c.URL)
	if !ok {
		return ProxyError(r, 400, nil, "URI cannot be parsed: "+c.URL)
	}
	if u.Host == "" {
		return ProxyError(r, 400, nil, "URI has no hostname: "+c.URL)
	}
	c.Scheme, c.Host, c.Port = strings.ToLower(u.Scheme), strings.Trim(u.Host, "[]"), u.Port
	c.hostField = u.hostPort(80)
	if c.Port == 0 {
		c.Port = DefaultPort(c.Scheme)
	}
	c.Target = u.Path
	if c.Remote != nil && !c.TLS {
		c.Target = c.URL
	}
	if c.Target == "" {
		c.Target = "/"
	}
	if status := c.resolve(); status != compat.OK {
		return status
	}
	if port := compat.ServerPort(r); port != defaultPortOf(r) {
		c.PortText = ":" + itoa(port)
	}
	if c.Server.Blocked(r, c.Host, c.addrs) {
		return ProxyError(r, 403, nil, "Connect to remote machine blocked")
	}
	return compat.OK
}

func defaultPortOf(r *compat.Request) int {
	if compat.Scheme(r) == "https" {
		return 443
	}
	return 80
}

// resolve finds the socket or the addresses to connect to.
func (c *Call) resolve() compat.Status {
	if c.socket = c.Worker.Socket; c.socket == "" {
		c.socket = c.R.Notes.Get(SocketNote)
	}
	if c.socket != "" {
		return compat.OK
	}
	c.connectHost, c.connectPort = c.Host, c.Port
	if c.Remote != nil {
		c.connectHost, c.connectPort = c.Remote.Host, c.Remote.Port
	}
	list, err := c.Worker.lookup(c.connectHost, false)
	if err != nil {
		return ProxyError(c.R, 500, err, "DNS lookup failure for: "+c.connectHost)
	}
	c.addrs = list
	return compat.OK
}

// Connect finds a connection that is open, or makes one. reused tells which. An
// error was logged.
func (c *Call) Connect(fresh bool) (reused bool, err error) {
	w := c.Worker
	_, each := c.Timeouts()
	if w.Reusable() && !fresh && c.Remote == nil {
		for {
			k := w.pool.take(w.keeps(), c.Asks)
			if k == nil {
				break
			}
			if c.TLS && k.server != c.tlsName() {
				k.Close()
				continue
			}
			k.timeout = each
			c.Conn = k
			return true, nil
		}
	}
	nc, err := c.dial()
	if err == nil {
		c.Conn = newConn(nc, w, each)
		err = c.secure()
	}
	if err != nil {
		if w.Fail() {
			c.logServer(nil, "AH00959: ap_proxy_connect_backend disabling worker for (%s:%d) for %ds",
				w.Host, w.Port, int(w.Retry.Seconds()))
		}
		return false, err
	}
	w.recovered()
	return false, nil
}

// Done is for when a worker's part in a request is over.
func (c *Call) Done() { c.Worker.busy.Add(-1) }

// DetermineTunnel is Determine for the "host:port" that CONNECT names.
func (c *Call) DetermineTunnel(authority string) compat.Status {
	r := c.R
	host, port, ok := splitPort(authority)
	if !ok || host == "" {
		return ProxyError(r, 400, nil, "URI cannot be parsed: "+authority)
	}
	c.Scheme, c.Host, c.Port = "connect", strings.Trim(host, "[]"), port
	c.connectHost, c.connectPort = c.Host, port
	if c.Remote != nil {
		c.connectHost, c.connectPort = c.Remote.Host, c.Remote.Port
	}
	list, err := c.Worker.lookup(c.connectHost, false)
	if err != nil {
		c.Errorf("proxy_connect", err, "AH02327: failed to resolve hostname '%s'", c.connectHost)
		return ProxyError(r, 502, nil, "DNS lookup failure for: "+c.connectHost)
	}
	c.addrs = list
	if c.Remote != nil {
		list = nil
	}
	if c.Server.Blocked(r, c.Host, list) {
		return ProxyError(r, 403, nil, "Connect to remote machine blocked")
	}
	return compat.OK
}
