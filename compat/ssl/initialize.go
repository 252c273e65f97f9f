package ssl

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"understudy/apacheconf"
	"understudy/compat"
)

// component is what Debian's mod_ssl adds to the banner.
const component = "OpenSSL/3.0.22"

// initialize is what is done when everything is read (ssl_init_Module). The
// files are read when the configuration is put into force, and by -t, of which
// Apache says that all is well whatever is in them.
func initialize(b *compat.Build) error {
	b.Core.Components = append(b.Core.Components, component)
	for _, h := range b.AllHosts() {
		if c := configOf(b, h); c != nil {
			watch(b, c)
			sayAbsent(b, h, c)
		}
	}
	watchProxies(b)
	if b.Serving {
		return load(b)
	}
	b.AtStart(func() error { return load(b) })
	return nil
}

// configOf is what counts for a host; nil where TLS is not spoken.
func configOf(b *compat.Build, h *compat.Host) *server {
	vector := h.Section.Vector
	if h.Virtual {
		vector = b.Main.Section.Vector.MergeServer(vector)
	}
	c := servers.In(vector)
	if c == nil || c.engine == engineOff || c.engine == "" && !listensHTTPS(b, h) {
		return nil
	}
	return c
}

// listensHTTPS reports whether the very address of a host is one that Listen
// says is for https (ap_setup_listeners).
func listensHTTPS(b *compat.Build, h *compat.Host) bool {
	for _, l := range b.Listeners {
		if l.Protocol == "https" && slices.ContainsFunc(h.Addresses, func(a compat.HostAddress) bool {
			return a.Port == l.Port && a.Host == l.Host
		}) {
			return true
		}
	}
	return false
}

// watch has the files followed, so that a new certificate is served without
// anybody asking for it.
func watch(b *compat.Build, c *server) {
	for _, path := range slices.Concat(c.certs, c.keys, []string{c.chain, c.ticketKey, c.ca.file, c.ca.dir, c.crl.file, c.crl.dir,
		c.names.file, c.names.dir, c.ocsp.certs}) {
		if path != "" && !slices.Contains(b.Watched, path) {
			b.Watch(path)
		}
	}
}

// sayAbsent says once what a host names and there is not.
func sayAbsent(b *compat.Build, h *compat.Host, c *server) {
	if b.Serving {
		return
	}
	list := parseCiphers(c.ciphers)
	if len(list.absent) > 0 {
		warn(b, "SSLCipherSuite of %s: not offered by Understudy: %s", vhostID(h), strings.Join(list.absent, " "))
	}
	if c.ciphers13 != "" {
		warn(b, "SSLCipherSuite of %s: the cipher suites of TLSv1.3 are those Understudy has, whatever is said", vhostID(h))
	}
	if c.protocol&(tls10|tls11) != 0 && c.protocol&allProtocols != allProtocols && list.level > 0 {
		warn(b, "SSLProtocol of %s: TLSv1 and TLSv1.1 need SSLCipherSuite @SECLEVEL=0, as with Debian's OpenSSL", vhostID(h))
	}
}

func warn(b *compat.Build, format string, args ...any) {
	b.Warn(apacheconf.Diagnostic{Bare: true, Ours: true, Module: "ssl", Level: "warn",
		Message: compat.Errorf(format, args...).Error()})
}

// load makes what the hosts speak. In the supervisor it only looks whether that
// can be done, and puts what it takes where the server process finds it.
func load(b *compat.Build) error {
	for _, h := range b.AllHosts() {
		c := configOf(b, h)
		if c == nil {
			continue
		}
		e, err := newEndpoint(b, h, c)
		if err != nil {
			return placed(b, h, err)
		}
		if b.Serving {
			h.Transport = e
		} else {
			e.advise(b)
			e.tryDates(b)
		}
	}
	return errors.Join(loadProxies(b))
}

// placed gives an error of a host a place: the directive that names the file it
// is about, or SSLEngine.
func placed(b *compat.Build, h *compat.Host, err error) error {
	var d *apacheconf.Diagnostic
	if !errors.As(err, &d) {
		return err
	}
	at := *d
	at.Pos = b.Place(h, "SSLEngine")
	for _, name := range named {
		if pos, ok := b.Find(h, func(n *apacheconf.Node) bool {
			arg, _ := apacheconf.Word(n.Args)
			return n.Is(name) && (strings.Contains(d.Message, b.Path(arg)) || strings.Contains(d.Message, name))
		}); ok {
			at.Pos = pos
			break
		}
	}
	return &at
}

// named are the directives that a text about files may be about.
var named = []string{"SSLCertificateFile", "SSLCertificateKeyFile", "SSLCertificateChainFile", "SSLCACertificateFile",
	"SSLCACertificatePath", "SSLCARevocationFile", "SSLCARevocationPath", "SSLCADNRequestFile", "SSLCADNRequestPath",
	"SSLSessionTicketKeyFile", "SSLOCSPResponderCertificateFile", "SSLProtocol", "SSLCipherSuite"}

// tryDates refuses certificates whose time is over, which no client takes. To
// refuse a reload would not bring a better one into force: there it is said only.
func (e *endpoint) tryDates(b *compat.Build) {
	for i, n := range e.certs {
		if time.Now().After(n.Leaf.NotAfter) {
			text := fmt.Sprintf("the certificate %s:%d has expired", e.id, i)
			warn(b, "%s", text)
			b.Try(b.Place(e.host, "SSLCertificateFile"), func(t *compat.Trial) error {
				if t.Reload {
					return nil
				}
				return errors.New(text)
			})
		}
	}
}

// advise says what is odd about the certificates (ssl_check_public_cert).
func (e *endpoint) advise(b *compat.Build) {
	say := func(level, text string) {
		b.Warn(apacheconf.Diagnostic{Bare: true, Ours: true, Module: "ssl", Level: level, Message: text})
	}
	for i, n := range e.certs {
		id := e.id + ":" + itoa(i)
		if n.Leaf.BasicConstraintsValid && n.Leaf.IsCA {
			say("warn", "AH01906: "+id+" server certificate is a CA certificate (BasicConstraints: CA == TRUE !?)")
		}
		if !nameMatches(n.Leaf, e.host.Name) {
			say("warn", "AH01909: "+id+" server certificate does NOT include an ID which matches the server name")
		}
	}
	for i, n := range e.certs {
		if isOn(e.config.stapling.use, false) && n.staple == nil {
			say("warn", "AH02604: Unable to configure certificate "+e.id+":"+itoa(i)+" for stapling")
		}
	}
	if e.verifier.mode > verifyNone && e.verifier.empty {
		say("warn", "AH01897: Init: Oops, you want to request client authentication, but no CAs are known for verification!?  "+
			"[Hint: SSLCACertificate*]")
	}
}
