package directory

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"strconv"
	"strings"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// maxMessage bounds one message of a server.
const maxMessage = 16 << 20

func init() {
	ber.MaxPacketLengthBytes = maxMessage
	ldap.Logger(log.New(io.Discard, "", 0))
}

// A conn is a connection to a server, or what is needed to open it. One request
// has it at a time.
type conn struct {
	target   Target
	certs    []Cert   // of the client
	session  *session // nil: not connected
	bound    bool
	rebind   bool      // bound as somebody else than target says
	lastUsed time.Time // the server answered
}

// fits reports whether c leads where a request with target and certs wants to
// go; it may have to be bound anew.
func (c *conn) fits(t Target, certs []Cert) bool {
	if c.target.Host != t.Host || c.target.Port != t.Port || c.target.Deref != t.Deref || c.target.Mode != t.Mode {
		return false
	}
	return sameCerts(c.certs, certs)
}

func sameCerts(a, b []Cert) bool {
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

// unbind ends the connection (uldap_connection_unbind).
func (c *conn) unbind() {
	if c.session != nil {
		c.session.Close()
		c.session = nil
	}
	c.bound = false
}

// A session is a connection that stands. Its calls give codes.
type session struct {
	*ldap.Conn
	raw net.Conn
}

// A dialer is how sessions are opened.
type dialer struct {
	connect, timeout time.Duration // of an operation; 0: none
	mode             Mode
	tls              *tls.Config // without a name
}

// hosts are the addresses of a list "host host:port …", where port is that of
// those without. An address of IPv6 may stand without brackets.
func hosts(list string, mode Mode) (all []string) {
	port := 389
	if mode == SSL {
		port = 636
	}
	for _, h := range strings.Fields(list) {
		host, p, err := net.SplitHostPort(h)
		if err != nil {
			host, p = strings.Trim(h, "[]"), strconv.Itoa(port)
		}
		if host == "" {
			host = "localhost"
		}
		all = append(all, net.JoinHostPort(host, p))
	}
	return all
}

// dial connects to the first address that answers. Each gets its time.
func (d *dialer) dial(addresses []string) (*session, Code) {
	code := ServerDown
	for i, a := range addresses {
		if i == maxHosts {
			break
		}
		var s *session
		if s, code = d.dialOne(a); code == Success {
			return s, Success
		}
	}
	return nil, code
}

const maxHosts = 32

func (d *dialer) dialOne(address string) (*session, Code) {
	raw, err := net.DialTimeout("tcp", address, d.connect)
	if err != nil {
		return nil, ServerDown
	}
	host, _, _ := net.SplitHostPort(address)
	config := d.tls.Clone()
	config.ServerName = host
	limit := d.connect
	if limit <= 0 {
		limit = d.timeout
	}
	if limit > 0 {
		raw.SetDeadline(time.Now().Add(limit))
	}
	if d.mode == SSL {
		t := tls.Client(raw, config)
		if t.Handshake() != nil {
			raw.Close()
			return nil, ServerDown
		}
		raw.SetDeadline(time.Time{})
		return d.start(t, true), Success
	}
	if d.mode != StartTLS {
		raw.SetDeadline(time.Time{})
		return d.start(raw, false), Success
	}
	s := d.start(raw, false)
	if err := s.StartTLS(config); err != nil {
		s.Close()
		if code := codeOf(err); code != ServerDown {
			return nil, code
		}
		return nil, ConnectError
	}
	raw.SetDeadline(time.Time{})
	return s, Success
}

func (d *dialer) start(c net.Conn, secure bool) *session {
	s := &session{Conn: ldap.NewConn(c, secure), raw: c}
	s.SetTimeout(d.timeout)
	s.Start()
	return s
}

// bind says who one is; without a name and a password one is nobody.
func (s *session) bind(dn, password string) Code {
	_, err := s.SimpleBind(&ldap.SimpleBindRequest{Username: dn, Password: password, AllowEmptyPassword: true})
	return codeOf(err)
}
