package directory

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"strings"
	"time"

	"understudy/compat"
)

// A Target is a server and who one is there.
type Target struct {
	Host           string // or several, with blanks between
	Port           int
	BindDN, BindPW string
	Deref          int // how aliases are resolved: 0 never, 1 searching, 2 finding, 3 always
	Mode           Mode
}

// A Handle is a connection while a request has it. Reason says how the last
// operation ended.
type Handle struct {
	Reason   string
	r        *compat.Request
	service  *Service
	settings *Settings
	section  *Section
	conn     *conn
}

// Find is a handle on a connection to target, which is opened when it is
// needed (uldap_connection_find). It must be closed. It is nil where mod_ldap
// is not there.
func Find(r *compat.Request, target Target) *Handle {
	service := Of(r)
	if service == nil {
		return nil
	}
	h := &Handle{r: r, service: service, settings: SettingsOf(r.Host), section: sectionOf(r)}
	if target.Mode == Unsaid {
		target.Mode = max(h.settings.Mode, Plain)
	}
	h.conn = service.take(r.Host, func(c *conn) bool { return c.target == target && sameCerts(c.certs, h.section.Certs) })
	if h.conn == nil {
		h.conn = service.take(r.Host, func(c *conn) bool { return c.fits(target, h.section.Certs) })
		if h.conn != nil {
			h.conn.rebind = true
		}
	}
	if h.conn == nil {
		h.conn = &conn{certs: h.section.Certs}
	}
	h.conn.target = target
	h.expire()
	return h
}

// expire ends a connection that was idle for longer than LDAPConnectionPoolTTL.
func (h *Handle) expire() {
	ttl := or(h.settings.PoolTTL, -1)
	if idle := time.Since(h.conn.lastUsed); ttl > 0 && h.conn.bound && idle > ttl {
		h.logf(compat.LevelTrace1, "Removing LDAP connection last used %d seconds ago", int(idle.Seconds()))
		h.conn.unbind()
	}
}

// Close gives the connection back, to be used again.
func (h *Handle) Close() {
	if or(h.settings.PoolTTL, -1) == 0 || !h.service.give(h.r.Host, h.conn) {
		h.conn.unbind()
	}
	h.conn = &conn{target: h.conn.target, certs: h.conn.certs}
}

func (h *Handle) logf(level compat.Level, format string, args ...any) {
	h.r.Logf(short, level, nil, format, args...)
}

// fail notes why an operation failed.
func (h *Handle) fail(reason string, code Code) Code {
	h.Reason = reason
	return code
}

// open connects and binds, if that is not done (uldap_connection_open).
func (h *Handle) open() Code {
	c := h.conn
	if c.bound && !c.rebind && !c.session.IsClosing() {
		return h.fail("LDAP: connection open successful (already bound)", Success)
	}
	fresh := c.session == nil
	var code Code
	for failures := 0; failures <= or(h.settings.Retries, defaultRetries); {
		h.delay(failures)
		if code = h.bind(c.target.BindDN, c.target.BindPW); code == Success {
			break
		}
		failures++
		switch {
		case code.IsDown():
			h.logf(compat.LevelTrace2, "ldap_simple_bind() failed with server down (try %d)", failures)
		case code == TimedOut:
			kind := "reused"
			if fresh {
				kind = "new"
			}
			h.logf(compat.LevelInfo, "AH01284: ldap_simple_bind() timed out on %s connection, dropped by firewall?", kind)
		default:
			failures = 1 << 30
		}
		// Apache opens a connection anew at every other try; ours is of no use
		// after it failed.
		c.unbind()
	}
	if code != Success {
		c.unbind()
		if h.Reason != startTLSFailed {
			h.Reason = "LDAP: ldap_simple_bind() failed"
		}
		return code
	}
	c.bound, c.rebind = true, false
	return h.fail("LDAP: connection open successful", Success)
}

// delay waits before another try, as LDAPRetryDelay says.
func (h *Handle) delay(failures int) {
	if d := or(h.settings.RetryDelay, 0); failures > 0 && d > 0 {
		time.Sleep(d)
	}
}

const startTLSFailed = "LDAP: ldap_start_tls_s() failed"

// bind connects where that is not done, and says who one is there.
func (h *Handle) bind(dn, password string) Code {
	h.Reason = ""
	c := h.conn
	if c.session != nil && c.session.IsClosing() {
		c.unbind()
	}
	if c.session == nil {
		d, reason, code := h.dialer()
		if code == Success {
			c.session, code = d.dial(hosts(c.target.Host, c.target.Mode))
		}
		if code != Success {
			if c.target.Mode == StartTLS && reason == "" {
				reason = startTLSFailed
			}
			return h.fail(reason, code)
		}
	}
	code := c.session.bind(dn, password)
	if code == Success {
		c.lastUsed = time.Now()
	}
	return code
}

// dialer is how h's server is reached; TLS goes by the certificates that the
// directives name.
func (h *Handle) dialer() (*dialer, string, Code) {
	// Apache asks for TLS on a plain connection before it says that certificates
	// are not to be looked at (uldap_connection_init).
	careless := !or(h.settings.Verify, true) && h.conn.target.Mode == SSL
	d := &dialer{connect: or(h.settings.ConnectTimeout, defaultConnectTimeout), timeout: or(h.settings.Timeout, defaultTimeout),
		mode: h.conn.target.Mode, tls: &tls.Config{InsecureSkipVerify: careless}}
	if d.mode == Plain {
		return d, "", Success
	}
	main := SettingsOf(h.r.Host.Build.Main)
	if reason := trust(d.tls, main.Certs); reason != "" {
		return nil, reason, LocalError
	}
	if reason := trust(d.tls, h.conn.certs); reason != "" {
		return nil, reason, LocalError
	}
	return d, "", Success
}

// trust adds certificates to a configuration of TLS: those of authorities, and
// the client's own with its key. The text says what is wrong with one.
func trust(config *tls.Config, certs []Cert) string {
	var chain, key []byte
	for _, c := range certs {
		kind := strings.ToUpper(c.Type)
		if !strings.HasSuffix(kind, "_BASE64") {
			return OnlyPEM
		}
		data, err := os.ReadFile(c.Path)
		if err != nil {
			return "LDAP: Could not set certificate " + c.Path
		}
		switch kind {
		case "CA_BASE64":
			if config.RootCAs == nil {
				config.RootCAs = x509.NewCertPool()
			}
			config.RootCAs.AppendCertsFromPEM(data)
		case "CERT_BASE64":
			chain = data
		case "KEY_BASE64":
			key = data
		}
	}
	if chain == nil {
		return ""
	}
	if key == nil {
		key = chain
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return "LDAP: Could not set the client certificate"
	}
	config.Certificates = []tls.Certificate{pair}
	return ""
}

// OnlyPEM is why a certificate of another type is not taken, as OpenLDAP's
// library has it on Debian.
const OnlyPEM = "LDAP: The OpenLDAP SDK only understands the PEM (BASE64) file type."
