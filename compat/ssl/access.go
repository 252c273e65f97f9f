package ssl

import (
	"crypto/tls"
	"time"

	"understudy/compat"
)

// readRequest looks whether a request may come in on its connection
// (ssl_hook_ReadReq).
func readRequest(r *compat.Request) compat.Status {
	switch s := r.Conn.Secure.(type) {
	case *plain:
		if !s.told {
			s.told = true
			r.Notes.Set("error-notes", "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />\n "+
				"Instead use the HTTPS scheme to access this URL, please.<br />\n")
			return 400
		}
	case *session:
		if r.IsInitial() && !r.Forward {
			return s.checkName(r)
		}
	}
	return compat.Declined
}

const (
	forbidden   compat.Status = 403
	misdirected compat.Status = 421
)

// checkName sees to it that a request is answered by the host its connection was
// made for, or one that is protected in the same way.
func (s *session) checkName(r *compat.Request) compat.Status {
	shook := s.handshakeHost(r)
	if s.sni != "" && r.Hostname == "" {
		r.Logf("ssl", compat.LevelError, nil, "AH02031: Hostname %s provided via SNI, but no hostname provided in HTTP request", s.sni)
		return 400
	}
	if s.sni == "" && (strict(r.Host) || strict(shook)) && len(r.Host.Addresses) > 0 {
		r.Logf("ssl", compat.LevelInfo, nil, "AH02033: No hostname was provided via SNI for a name based virtual host")
		r.Notes.Set("error-notes", "Reason: The client software did not provide a hostname using Server Name Indication (SNI), "+
			"which is required to access this server.<br />\n")
		return forbidden
	}
	if r.Host == shook && r.Host.Transport != nil {
		return s.checkStale(r)
	}
	policy := global(r.Host.Build).sniPolicy
	if compatible(r.Host.Build, shook, r.Host, policy) {
		return s.checkStale(r)
	}
	said := s.sni + " provided via SNI"
	if s.sni == "" {
		said = shook.Name + " (default host as no SNI was provided)"
	}
	r.Logf("ssl", compat.LevelError, nil, "AH02032: Hostname %s and hostname %s provided via HTTP have no compatible SSL setup "+
		"for policy '%s'", said, r.Hostname, policy)
	return misdirected
}

// handshakeHost is the host that the connection was made for, as the
// configuration has it that r is answered by.
func (s *session) handshakeHost(r *compat.Request) *compat.Host {
	if s.host.Build == r.Host.Build {
		return s.host
	}
	h := r.Conn.Base
	if s.sni != "" {
		if named, ok := r.Conn.Server.Named(r.Conn, compat.Lower(s.sni)); ok {
			h = named
		}
	}
	if h.Build != r.Host.Build {
		return r.Host // The configuration has changed once more.
	}
	return h
}

// checkStale refuses a connection from before the host asked for more from its
// clients: another must be made.
func (s *session) checkStale(r *compat.Request) compat.Status {
	e, ok := r.Host.Transport.(*endpoint)
	if !ok || e.host.Build == s.endpoint.host.Build {
		return compat.Declined
	}
	if e.verifier.mode > verifyNone && !sameVerification(&e.config.verification, &s.endpoint.config.verification) {
		r.KeepAlive = false
		return misdirected
	}
	return compat.Declined
}

func strict(h *compat.Host) bool {
	c := servers.OfServer(h)
	return c != nil && c.strictSNI != nil && *c.strictSNI
}

// checkAccess decides by what the section says (ssl_hook_Access).
func checkAccess(r *compat.Request, c *section) compat.Status {
	s := sessionOf(r)
	if c.requireSSL && s == nil {
		return refuse(r, "AH02219", "SSL connection required")
	}
	if s == nil {
		return compat.Declined
	}
	if s.client() != nil || c.ciphers != "" || c.depth != nil || c.mode != verifyUnset || c.userName != "" || len(c.requirements) > 0 {
		r.Once() // Another connection may have shown something else.
	}
	if status := s.reassess(r, c); status != compat.Declined {
		return status
	}
	if c.userName != "" && !c.has(fakeBasicAuth) {
		if v := lookup(r, c.userName); v != "" {
			r.User, r.HasUser = v, true
		} else {
			r.Logf("ssl", compat.LevelWarn, nil, "AH02227: Failed to set r->user to '%s'", c.userName)
		}
	}
	for i := range c.requirements {
		q := &c.requirements[i]
		if q.expr.Eval(compat.ExprContext(r)) {
			continue
		}
		r.Logf("ssl", compat.LevelInfo, nil, "AH02266: Access to %s denied for %s (requirement expression not fulfilled)",
			r.Filename, compat.ClientAddr(r))
		r.Logf("ssl", compat.LevelInfo, nil, "AH02228: Failed expression: %s", q.source)
		return refuse(r, "AH02229", "SSL requirement expression not fulfilled")
	}
	return compat.Declined
}

// refuse notes what StrictRequire does not let others permit.
func refuse(r *compat.Request, number, reason string) compat.Status {
	r.Logf("ssl", compat.LevelError, nil, "%s: access to %s failed, reason: %s", number, r.Filename, reason)
	r.Notes.Set("ssl-access-forbidden", "1")
	return forbidden
}

// reassess asks of the client what the section does, where that is more than
// was asked so far: Apache would shake hands again (ssl_hook_Access_classic,
// ssl_hook_Access_modern).
func (s *session) reassess(r *compat.Request, c *section) compat.Status {
	if c.ciphers != "" && s.c.TLS.Version < tls.VersionTLS13 {
		if list := parseCiphers(c.ciphers); !list.has(s.c.TLS.CipherSuite) {
			r.Logf("ssl", compat.LevelError, nil, "AH02261: Re-negotiation handshake failed")
			return forbidden
		}
	}
	needed := max(c.mode, verifyNone)
	if c.mode == verifyUnset {
		needed = s.mode
	}
	depth := s.endpoint.verifier.depth
	if c.depth != nil {
		depth = min(depth, *c.depth)
		if c.mode != verifyUnset {
			depth = *c.depth
		}
	}
	if needed <= s.mode && !(s.client() != nil && len(s.verdict.chain)-1 > depth) {
		return compat.Declined
	}
	if needed > s.mode && !s.later {
		r.Logf("ssl", compat.LevelError, nil, "AH10158: cannot perform post-handshake authentication")
		r.Notes.Set("error-notes", "Reason: Cannot perform Post-Handshake Authentication.<br />")
		return forbidden
	}
	if needed > s.mode && !s.hidden {
		r.Logf("ssl", compat.LevelError, nil, "AH02261: Re-negotiation handshake failed")
		return forbidden // It was not asked, for nobody knew of this section.
	}
	if s.verdict.leaf != nil && (s.verdict.code == verifyOK || s.verdict.code == chainTooLong) {
		s.verdict = s.endpoint.verifier.judge(s.c.TLS.PeerCertificates, depth, time.Now())
	}
	if !s.accept(needed) {
		return s.hangUp(r)
	}
	s.hidden = false
	s.mode = max(s.mode, needed)
	return compat.Declined
}

// hangUp ends the connection as a handshake that failed does.
func (s *session) hangUp(r *compat.Request) compat.Status {
	r.KeepAlive, r.Status = false, int(forbidden)
	switch {
	case s.verdict.leaf == nil && s.c.TLS.Version < tls.VersionTLS13:
		r.Logf("ssl", compat.LevelError, nil, "AH02261: Re-negotiation handshake failed")
		s.alert = s.missing()
	case s.verdict.leaf == nil:
		r.Logf("ssl", compat.LevelError, nil, "AH02263: Re-negotiation handshake failed: Client certificate missing")
		s.alert = s.missing()
	default:
		r.Logf("ssl", compat.LevelError, nil, "AH02262: Re-negotiation handshake failed: Client verification failed")
		s.alert = s.verdict.alert()
	}
	if s.sendAlert() {
		r.Aborted = true
		return compat.Done
	}
	return forbidden
}
