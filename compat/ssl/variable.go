package ssl

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"time"

	"understudy/compat"
)

func init() {
	compat.TLSVariable = func(r *compat.Request, name string) string {
		if r.Host.Build.Loaded(identifier) == nil {
			return ""
		}
		return lookup(r, name)
	}
	compat.TLSExtensions = extensions
}

// sessionOf is the TLS connection that r came on; nil: none.
func sessionOf(r *compat.Request) *session {
	s, _ := r.Conn.Secure.(*session)
	if s == nil || r.Conn.TLS == nil {
		return nil
	}
	return s
}

// lookup is a variable, be it of the request, of the connection or of neither
// (ssl_var_lookup). "" is none.
func lookup(r *compat.Request, name string) string {
	upper := strings.ToUpper(name)
	if len(upper) > 4 && upper[:4] == "SSL_" {
		if s := sessionOf(r); s != nil {
			return s.variable(r, name[4:])
		}
		return version(upper[4:])
	}
	if field, ok := strings.CutPrefix(upper, "HTTP:"); ok {
		return r.In.Get(field)
	}
	if strings.HasPrefix(upper, "ENV:") {
		for _, vars := range []*compat.Vars{&r.Notes, &r.Env} {
			if v, ok := vars.Lookup(name[4:]); ok {
				return v
			}
		}
		return os.Getenv(name[4:])
	}
	if field, ok := fields[upper]; ok {
		return r.In.Get(field)
	}
	switch upper {
	case "HTTPS":
		if sessionOf(r) != nil {
			return "on"
		}
		return "off"
	case "API_VERSION":
		return "20120211"
	case "TIME", "TIME_YEAR", "TIME_MON", "TIME_DAY", "TIME_HOUR", "TIME_MIN", "TIME_SEC", "TIME_WDAY", "REQUEST_METHOD",
		"REQUEST_SCHEME", "REQUEST_URI", "REQUEST_FILENAME", "REMOTE_ADDR", "REMOTE_HOST", "REMOTE_USER", "SERVER_ADMIN",
		"SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SCRIPT_FILENAME", "PATH_INFO", "QUERY_STRING", "IS_SUBREQ",
		"DOCUMENT_ROOT", "AUTH_TYPE", "THE_REQUEST", "SERVER_SOFTWARE":
		return compat.ExprContext(r).Var(upper)
	}
	return ""
}

var fields = map[string]string{"HTTP_USER_AGENT": "User-Agent", "HTTP_REFERER": "Referer", "HTTP_COOKIE": "Cookie",
	"HTTP_FORWARDED": "Forwarded", "HTTP_HOST": "Host", "HTTP_PROXY_CONNECTION": "Proxy-Connection", "HTTP_ACCEPT": "Accept"}

func version(name string) string {
	switch name {
	case "VERSION_INTERFACE":
		return "mod_ssl/2.4.71"
	case "VERSION_LIBRARY", "VERSION_LIBRARY_INTERFACE":
		return component
	}
	return ""
}

// variable is a variable of the connection, without its "SSL_"
// (ssl_var_lookup_ssl).
func (s *session) variable(r *compat.Request, name string) string {
	upper := strings.ToUpper(name)
	state := s.c.TLS
	switch upper {
	case "PROTOCOL":
		return versionName(state.Version)
	case "SESSION_ID":
		return hex.EncodeToString(s.id[:])
	case "SESSION_RESUMED":
		if state.DidResume {
			return "Resumed"
		}
		return "Initial"
	case "CIPHER", "CIPHER_USEKEYSIZE", "CIPHER_ALGKEYSIZE", "CIPHER_EXPORT":
		return cipherVariable(state, upper)
	case "CLIENT_VERIFY":
		return s.verified()
	case "CLIENT_VERIFY_ERRSTR":
		if c := s.client(); c != nil && s.verdict.code != verifyOK {
			return s.verdict.text
		}
		return ""
	case "CLIENT_CERT_RFC4523_CEA":
		if c := s.client(); c != nil {
			return "{ serialNumber " + c.SerialNumber.String() + ", issuer rdnSequence:\"" + nameString(c.RawIssuer) + "\" }"
		}
		return ""
	case "TLS_SNI":
		return s.sni
	case "SECURE_RENEG":
		return "true"
	case "COMPRESS_METHOD":
		return "NULL"
	}
	switch {
	case strings.HasPrefix(upper, "CLIENT_CERT_CHAIN_"), strings.HasPrefix(upper, "CLIENT_B64CERT_CHAIN_"):
		return s.chainCertificate(upper)
	case strings.HasPrefix(upper, "CLIENT_"):
		return certificateVariable(r, s.client(), name[len("CLIENT_"):])
	case strings.HasPrefix(upper, "SERVER_"):
		return certificateVariable(r, s.shown.Leaf, name[len("SERVER_"):])
	}
	return version(upper)
}

func cipherVariable(state *tls.ConnectionState, name string) string {
	cipher, bits := cipherName(state.CipherSuite)
	switch name {
	case "CIPHER":
		return cipher
	case "CIPHER_EXPORT":
		return strconv.FormatBool(bits < 56)
	}
	return itoa(bits)
}

// client is the certificate of the client, nil while none was asked for.
func (s *session) client() *x509.Certificate {
	if s.hidden {
		return nil
	}
	return s.verdict.leaf
}

// verified is what became of the client's certificate
// (ssl_var_lookup_ssl_cert_verify).
func (s *session) verified() string {
	switch {
	case s.client() == nil:
		return "NONE"
	case s.verdict.code == verifyOK:
		return "SUCCESS"
	case s.verdict.generous:
		return "GENEROUS"
	}
	return "FAILED:" + s.verdict.text
}

// chainCertificate is a certificate of those that the client sent.
func (s *session) chainCertificate(name string) string {
	if s.client() == nil {
		return ""
	}
	n, err := strconv.Atoi(name[strings.LastIndexByte(name, '_')+1:])
	sent := s.c.TLS.PeerCertificates[1:]
	if err != nil || n < 0 || n >= len(sent) {
		return ""
	}
	return encoded(sent[n], strings.HasPrefix(name, "CLIENT_CERT"))
}

const dateLayout = "Jan _2 15:04:05 2006 GMT"

// certificateVariable is what a variable says of a certificate
// (ssl_var_lookup_ssl_cert).
func certificateVariable(r *compat.Request, c *x509.Certificate, name string) string {
	if c == nil {
		return ""
	}
	switch upper := strings.ToUpper(name); upper {
	case "M_VERSION":
		return itoa(c.Version)
	case "M_SERIAL":
		return serial(c)
	case "V_START":
		return c.NotBefore.UTC().Format(dateLayout)
	case "V_END":
		return c.NotAfter.UTC().Format(dateLayout)
	case "V_REMAIN":
		return itoa(max(0, int(time.Until(c.NotAfter)/(24*time.Hour))))
	case "S_DN", "I_DN":
		raw := c.RawSubject
		if upper == "I_DN" {
			raw = c.RawIssuer
		}
		if r != nil && sections.Of(r).has(legacyDN) {
			return legacyName(raw)
		}
		return nameString(raw)
	case "A_SIG":
		return signatureName(c)
	case "A_KEY":
		return keyName(c)
	case "CERT", "B64CERT":
		return encoded(c, upper == "CERT")
	}
	for prefix, raw := range map[string][]byte{"S_DN_": c.RawSubject, "I_DN_": c.RawIssuer} {
		if tag, ok := strings.CutPrefix(name, prefix); ok {
			return numberedPart(raw, tag)
		}
	}
	if kind, ok := strings.CutPrefix(name, "SAN_"); ok {
		i := strings.LastIndexByte(kind, '_')
		if i < 0 {
			return ""
		}
		list := alternatives(c)[kind[:i]]
		if n, err := strconv.Atoi(kind[i+1:]); err == nil && n >= 0 && n < len(list) {
			return list[n]
		}
	}
	return ""
}

// numberedPart is "CN", or "CN_1" for the second, or "CN_RAW".
func numberedPart(raw []byte, tag string) string {
	tag = strings.TrimSuffix(tag, "_RAW")
	n := 0
	if i := strings.IndexByte(tag, '_'); i >= 0 {
		var err error
		if n, err = strconv.Atoi(tag[i+1:]); err != nil || n < 0 {
			return ""
		}
		tag = tag[:i]
	}
	v, _ := namePart(raw, tag, n)
	return v
}
