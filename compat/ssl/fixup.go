package ssl

import (
	"crypto/x509"
	"fmt"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/auth"
	"understudy/compat/internal/logformat"
)

// standard are the variables of SSLOptions StdEnvVars (ssl_hook_Fixup_vars).
var standard = []string{"VERSION_INTERFACE", "VERSION_LIBRARY", "PROTOCOL", "SECURE_RENEG", "COMPRESS_METHOD", "CIPHER",
	"CIPHER_EXPORT", "CIPHER_USEKEYSIZE", "CIPHER_ALGKEYSIZE", "CLIENT_VERIFY", "CLIENT_M_VERSION", "CLIENT_M_SERIAL",
	"CLIENT_V_START", "CLIENT_V_END", "CLIENT_V_REMAIN", "CLIENT_S_DN", "CLIENT_I_DN", "CLIENT_A_KEY", "CLIENT_A_SIG",
	"CLIENT_CERT_RFC4523_CEA", "SERVER_M_VERSION", "SERVER_M_SERIAL", "SERVER_V_START", "SERVER_V_END", "SERVER_S_DN",
	"SERVER_I_DN", "SERVER_A_KEY", "SERVER_A_SIG", "SESSION_ID", "SESSION_RESUMED"}

// fixup sets the variables that programs are to find (ssl_hook_Fixup).
func fixup(r *compat.Request) compat.Status {
	s := sessionOf(r)
	if s == nil {
		return compat.Declined
	}
	r.Env.Set("HTTPS", "on")
	if s.sni != r.Hostname {
		r.Once()
	}
	if s.sni != "" {
		r.Env.Set("SSL_TLS_SNI", s.sni)
	}
	c := sections.Of(r)
	if c.has(stdEnvVars) || c.has(exportCertData) || c.has(exportBase64) {
		r.Once()
	}
	if c.has(stdEnvVars) {
		s.names(r)
		for _, name := range standard {
			set(r, "SSL_"+name, s.variable(r, name))
		}
	}
	if c.has(exportCertData) {
		s.export(r, "CERT")
	}
	if c.has(exportBase64) {
		s.export(r, "B64CERT")
	}
	return compat.Declined
}

func set(r *compat.Request, name, value string) {
	if value != "" {
		r.Env.Set(name, value)
	}
}

// export sets the certificates themselves.
func (s *session) export(r *compat.Request, kind string) {
	r.Env.Set("SSL_SERVER_"+kind, s.variable(r, "SERVER_"+kind))
	r.Env.Set("SSL_CLIENT_"+kind, s.variable(r, "CLIENT_"+kind))
	for i := 0; ; i++ {
		name := fmt.Sprintf("CLIENT_%s_CHAIN_%d", kind, i)
		v := s.variable(r, name)
		if v == "" {
			return
		}
		r.Env.Set("SSL_"+name, v)
	}
}

// names sets what the names in the certificates are made of
// (modssl_var_extract_dns, modssl_var_extract_san_entries).
func (s *session) names(r *compat.Request) {
	for who, c := range map[string]*x509.Certificate{"SERVER": s.shown.Leaf, "CLIENT": s.client()} {
		if c == nil {
			continue
		}
		parts(r, "SSL_"+who+"_S_DN_", c.RawSubject)
		parts(r, "SSL_"+who+"_I_DN_", c.RawIssuer)
		for kind, list := range alternatives(c) {
			if kind == "OTHER_msUPN" && who == "SERVER" || kind == "OTHER_dnsSRV" && who == "CLIENT" {
				continue
			}
			for i, v := range list {
				r.Env.Set(fmt.Sprintf("SSL_%s_SAN_%s_%d", who, kind, i), v)
			}
		}
	}
}

func parts(r *compat.Request, prefix string, raw []byte) {
	seen := map[string]int{}
	for _, set := range nameParts(raw) {
		for i := range set {
			tag := tags[set[i].Type.String()]
			if tag == "" {
				continue
			}
			name := prefix + tag
			if n, again := seen[tag]; again {
				seen[tag]++
				name = fmt.Sprintf("%s_%d", name, n+1)
			} else {
				seen[tag] = 0
			}
			v, _ := set[i].text()
			r.Env.Set(name, v)
		}
	}
}

// tags are the names of components, by what they are.
var tags = func() map[string]string {
	m := map[string]string{}
	for tag, oid := range components {
		if tag != "SP" {
			m[oid] = tag
		}
	}
	return m
}()

func init() {
	logformat.Register(logformat.Conversion{Name: "x", Module: identifier, Compile: func(arg string) logformat.Item {
		return func(dst []byte, r *compat.Request) []byte {
			v := lookup(r, arg)
			return logformat.Text(dst, v, v != "")
		}
	}})
	logformat.Register(logformat.Conversion{Name: "c", Module: identifier, Compile: oldConversion})
	auth.Register(
		auth.Provider{Name: "ssl", Module: identifier, Parse: parseRequireSSL},
		auth.Provider{Name: "ssl-verify-client", Module: identifier, Parse: parseRequireVerify},
	)
}

// oldConversion is %{…}c, from before there were variables
// (ssl_var_log_handler_c).
func oldConversion(arg string) logformat.Item {
	name := map[string]string{"version": "PROTOCOL", "cipher": "CIPHER", "subjectdn": "CLIENT_S_DN", "issuerdn": "CLIENT_I_DN"}[strings.ToLower(arg)]
	return func(dst []byte, r *compat.Request) []byte {
		v := ""
		if s := sessionOf(r); s != nil && name != "" {
			v = s.variable(r, name)
		}
		return logformat.Text(dst, v, v != "")
	}
}

func parseRequireSSL(_ *compat.Cmd, args string) (auth.Check, error) {
	if args != "" {
		return nil, compat.Errorf("'Require ssl' does not take arguments")
	}
	return func(r *compat.Request) auth.Result { return granted(sessionOf(r) != nil) }, nil
}

func parseRequireVerify(_ *compat.Cmd, args string) (auth.Check, error) {
	if args != "" {
		return nil, compat.Errorf("'Require ssl-verify-client' does not take arguments")
	}
	return func(r *compat.Request) auth.Result {
		s := sessionOf(r)
		return granted(s != nil && s.client() != nil && s.verdict.code == verifyOK)
	}, nil
}

func granted(yes bool) auth.Result {
	if yes {
		return auth.Granted
	}
	return auth.Denied
}
