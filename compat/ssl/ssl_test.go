package ssl

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/compat"
)

// TestCiphers has what openssl ciphers answers, as far as the suites are here.
func TestCiphers(t *testing.T) {
	for list, want := range map[string]string{
		"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256": "ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES128-GCM-SHA256",
		"HIGH:!aNULL:!kRSA:!SHA1:!SHA256:!AESGCM":                   "ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305",
		"kRSA+AESGCM":                            "AES256-GCM-SHA384 AES128-GCM-SHA256",
		"AES128-SHA:AES256-SHA:@STRENGTH":        "AES256-SHA AES128-SHA",
		"ALL:!kRSA:!aECDSA:-SHA1:!AES:+CHACHA20": "ECDHE-RSA-CHACHA20-POLY1305",
		"AES256-SHA:AES128-SHA:+AES256":          "AES128-SHA AES256-SHA",
		"!AES128-SHA:kRSA+SHA1":                  "AES256-SHA",
		"-AES128-SHA:kRSA+SHA1":                  "AES256-SHA AES128-SHA",
		"FOO:RC4:EXP":                            "",
	} {
		var got []string
		for _, s := range parseCiphers(list).suites {
			got = append(got, s.name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %v, want %s", list, got, want)
		}
	}
	l := parseCiphers("DHE-RSA-AES128-GCM-SHA256:HIGH:@SECLEVEL=0")
	if len(l.absent) != 1 || l.level != 0 {
		t.Errorf("got absent %v, level %d", l.absent, l.level)
	}
}

func FuzzCiphers(f *testing.F) {
	f.Add("HIGH:!aNULL:+kRSA:@STRENGTH:@SECLEVEL=1:AES+SHA1,x y;-z")
	f.Fuzz(func(t *testing.T, list string) { parseCiphers(list) })
}

func TestNames(t *testing.T) {
	raw, err := (pkix.Name{Country: []string{"XX"}, Organization: []string{"A, B"}, OrganizationalUnit: []string{"one", "two"},
		CommonName: " né#"}).ToRDNSequence(), error(nil)
	if err != nil {
		t.Fatal(err)
	}
	der := marshal(t, raw)
	if got, want := nameString(der), `CN=\ né#,OU=two+OU=one,O=A\, B,C=XX`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := legacyName(der), `/C=XX/O=A, B/OU=one/OU=two/CN= n\xC3\xA9#`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for tag, want := range map[string]string{"OU": "one", "OU_1": "two", "OU_2": "", "O_RAW": "A, B", "ou": "", "CN_0": " né#"} {
		if got := numberedPart(der, tag); got != want {
			t.Errorf("%s: got %q, want %q", tag, got, want)
		}
	}
}

func FuzzName(f *testing.F) {
	f.Add([]byte("0\x0d1\x0b0\x09\x06\x03U\x04\x06\x13\x02XX"))
	f.Fuzz(func(t *testing.T, der []byte) { nameString(der); legacyName(der); numberedPart(der, "CN_1") })
}

func FuzzKeys(f *testing.F) {
	f.Add([]byte("CLIENT_RANDOM 00 11\n"), []byte("\x16\x03\x03\x00\x40\x02"))
	f.Fuzz(func(t *testing.T, line, record []byte) {
		k := &keys{}
		k.Write(line)
		k.hello(record)
		k.seal(unknownCA)
	})
}

// An authority makes certificates for a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) *authority {
	a := &authority{}
	a.cert, a.key = a.issue(t, name, true)
	return a
}

var numbers int64

func (a *authority) issue(t *testing.T, name string, isCA bool) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	numbers++
	template := &x509.Certificate{SerialNumber: big.NewInt(numbers), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: isCA, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	parent, by := template, key
	if a.cert != nil {
		parent, by = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	cert, _ := x509.ParseCertificate(der)
	return cert, key
}

// write puts a certificate and its key into files.
func write(t *testing.T, dir, name string, cert *x509.Certificate, key *ecdsa.PrivateKey) (certFile, keyFile string) {
	der, _ := x509.MarshalPKCS8PrivateKey(key)
	certFile, keyFile = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
	os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), 0o600)
	os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
	return certFile, keyFile
}

// hosts find the host of a name, and keep what is logged.
type hosts struct {
	named map[string]*compat.Host
	lines []string
}

func (h *hosts) Named(_ *compat.Conn, name string) (*compat.Host, bool) {
	host, ok := h.named[name]
	return host, ok
}

func (h *hosts) LogConn(_ *compat.Conn, _ *compat.Host, _ string, _ compat.Level, text string) {
	h.lines = append(h.lines, text)
}

func newHost(name string, b *compat.Build) *compat.Host {
	return &compat.Host{Name: name, Port: 443, Build: b, Scope: compat.NewScope(compat.NewPlan(nil), &compat.Section{Vector: compat.NewVector()})}
}

// shake has a client shake hands, and returns what it and the server found.
func shake(t *testing.T, e *endpoint, h *hosts, config *tls.Config) (client *tls.Conn, c *compat.Conn, err error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c = &compat.Conn{Server: h}
	done := make(chan struct{})
	go func() {
		defer close(done)
		nc, err := l.Accept()
		if err != nil {
			return
		}
		secure, err := e.Secure(c, nc, 5*time.Second)
		if err == nil {
			io.WriteString(secure, "x")
			t.Cleanup(func() { secure.Close() })
		}
	}()
	config.InsecureSkipVerify = true
	client, err = tls.Dial("tcp", l.Addr().String(), config)
	if err == nil {
		client.SetDeadline(time.Now().Add(5 * time.Second))
		_, err = io.ReadFull(client, make([]byte, 1)) // TLS 1.3 tells of a refusal only now.
	}
	<-done
	return client, c, err
}

// TestHosts shows a certificate by the name a client wants, and reads keys from
// what was handed over only.
func TestHosts(t *testing.T) {
	dir, ca := t.TempDir(), newAuthority(t, "ca")
	b := &compat.Build{}
	h := &hosts{named: map[string]*compat.Host{}}
	var first *endpoint
	for _, name := range []string{"a.test", "b.test"} {
		cert, key := ca.issue(t, name, false)
		certFile, keyFile := write(t, dir, name, cert, key)
		host := newHost(name, b)
		c := &server{certs: []string{certFile}, keys: []string{keyFile}}
		if _, err := newEndpoint(b, host, c); err != nil {
			t.Fatal(err)
		}
		os.Remove(keyFile)
		os.Remove(certFile)
		e, err := newEndpoint(&compat.Build{Serving: true, Handed: b.Handed}, host, c)
		if err != nil {
			t.Fatal(err)
		}
		h.named[name], host.Transport = host, e
		if first == nil {
			first = e
		}
	}
	for sni, want := range map[string]string{"a.test": "a.test", "b.test": "b.test", "none.test": "a.test"} {
		client, c, err := shake(t, first, h, &tls.Config{ServerName: sni})
		if err != nil {
			t.Fatal(err)
		}
		if got := client.ConnectionState().PeerCertificates[0].Subject.CommonName; got != want {
			t.Errorf("%s: got the certificate of %s, want %s", sni, got, want)
		}
		if s := c.Secure.(*session); s.sni != sni || s.variable(nil, "SERVER_S_DN_CN") != want {
			t.Errorf("%s: got variables %s, %s", sni, s.sni, s.variable(nil, "SERVER_S_DN_CN"))
		}
		client.Close()
	}
}

// TestMismatch says in Apache's words that a key is not a certificate's.
func TestMismatch(t *testing.T) {
	dir, ca := t.TempDir(), newAuthority(t, "ca")
	cert, _ := ca.issue(t, "a", false)
	other, key := ca.issue(t, "b", false)
	certFile, _ := write(t, dir, "a", cert, key)
	_ = other
	_, err := newEndpoint(&compat.Build{}, newHost("a", nil), &server{certs: []string{certFile}, keys: []string{filepath.Join(dir, "a.key")}})
	if err == nil || !strings.HasPrefix(err.Error(), "AH02565: Certificate and private key a:443:0 from "+certFile) {
		t.Errorf("got %v", err)
	}
}

// TestClients lets in who has a certificate that is believed, and tells others
// why not, in the words of the alert.
func TestClients(t *testing.T) {
	dir, ca, rogue := t.TempDir(), newAuthority(t, "ca"), newAuthority(t, "rogue")
	cert, key := ca.issue(t, "a.test", false)
	certFile, keyFile := write(t, dir, "a", cert, key)
	caFile, _ := write(t, dir, "ca", ca.cert, ca.key)
	client := func(a *authority) []tls.Certificate {
		cert, key := a.issue(t, "client", false)
		return []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}
	}
	bad := client(ca)
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now(),
		NextUpdate: time.Now().Add(time.Hour), RevokedCertificateEntries: []x509.RevocationListEntry{
			{SerialNumber: big.NewInt(numbers), RevocationTime: time.Now()}}}, ca.cert, ca.key)
	if err != nil {
		t.Fatal(err)
	}
	crlFile := filepath.Join(dir, "crl.pem")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		if version == tls.VersionTLS13 {
			list = oldCRL(t, list, ca)
		}
		os.WriteFile(crlFile, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: list}), 0o600)
		for _, c := range []struct {
			mode   mode
			certs  []tls.Certificate
			verify string // or
			alert  string // in TLS 1.2, and after a slash in 1.3
		}{
			{verifyRequire, client(ca), "SUCCESS", ""},
			{verifyRequire, nil, "", "handshake failure/certificate required"},
			{verifyRequire, client(rogue), "", "unknown certificate authority"},
			{verifyOptional, nil, "NONE", ""},
			{verifyOptional, client(rogue), "", "unknown certificate authority"},
			{verifyOptionalNoCA, client(rogue), "GENEROUS", ""},
			{verifyRequire, bad, "", "revoked certificate"},
		} {
			e, err := newEndpoint(&compat.Build{}, newHost("a.test", nil), &server{certs: []string{certFile}, keys: []string{keyFile},
				verification: verification{mode: c.mode, ca: source{file: caFile}, crl: source{file: crlFile}, crlCheck: crlLeaf}})
			if err != nil {
				t.Fatal(err)
			}
			conn, server, err := shake(t, e, &hosts{}, &tls.Config{MaxVersion: version,
				GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { // Whoever is asked for.
					if c.certs == nil {
						return new(tls.Certificate), nil
					}
					return &c.certs[0], nil
				}})
			want := c.alert
			if old, modern, ok := strings.Cut(c.alert, "/"); ok {
				if want = old; version == tls.VersionTLS13 {
					want = modern
				}
			}
			switch {
			case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
				t.Errorf("%x, mode %d: got %v, want %s", version, c.mode, err, want)
			case want == "" && err != nil:
				t.Errorf("%x, mode %d: %v", version, c.mode, err)
			case want == "":
				if got := server.Secure.(*session).verified(); got != c.verify {
					t.Errorf("%x, mode %d: got %s, want %s", version, c.mode, got, c.verify)
				}
				conn.Close()
			}
		}
	}
}

// oldCRL makes a list one of version 1, signed by a.
func oldCRL(t *testing.T, list []byte, a *authority) []byte {
	t.Helper()
	var now pkix.CertificateList
	if _, err := asn1.Unmarshal(list, &now); err != nil {
		t.Fatal(err)
	}
	now.TBSCertList.Raw, now.TBSCertList.Version, now.TBSCertList.Extensions = nil, 0, nil
	tbs := marshal(t, now.TBSCertList)
	digest := sha256.Sum256(tbs)
	signature, err := a.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return marshal(t, struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: tbs}, now.SignatureAlgorithm, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}})
}

func TestOldCRL(t *testing.T) {
	ca, rogue := newAuthority(t, "ca"), newAuthority(t, "ca")
	made, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now(),
		NextUpdate: time.Now().Add(time.Hour), RevokedCertificateEntries: []x509.RevocationListEntry{
			{SerialNumber: big.NewInt(77), RevocationTime: time.Now()}}}, ca.cert, ca.key)
	if err != nil {
		t.Fatal(err)
	}
	old := oldCRL(t, made, ca)
	if _, err := x509.ParseRevocationList(old); err == nil {
		t.Fatal("package x509 takes lists of version 1: so may we")
	}
	list, err := parseCRL(old)
	if err != nil {
		t.Fatal(err)
	}
	if list.issuer != string(ca.cert.RawSubject) || !list.revoked[string(big.NewInt(77).Bytes())] || len(list.revoked) != 1 ||
		time.Until(list.nextUpdate) < 50*time.Minute {
		t.Errorf("got %+v", list)
	}
	if err := list.signedBy(ca.cert); err != nil {
		t.Errorf("its own authority: %v", err)
	}
	if list.signedBy(rogue.cert) == nil {
		t.Error("another authority of the same name has signed it, too")
	}
	unfit := *ca.cert
	unfit.KeyUsage = x509.KeyUsageCertSign
	if list.signedBy(&unfit) == nil {
		t.Error("who may not sign lists has signed it")
	}
	for i := range old {
		bad := bytes.Clone(old)
		bad[i] ^= 1
		if list, err := parseCRL(bad); err == nil && list.signedBy(ca.cert) == nil && i > 0 {
			t.Errorf("byte %d was changed, and nobody sees it", i)
		}
	}
}

func FuzzCRL(f *testing.F) {
	f.Add([]byte("0\x0d1\x0b0\x09\x06\x03U\x04\x06\x13\x02XX"))
	f.Fuzz(func(t *testing.T, der []byte) { parseCRL(der) })
}

// TestPlain has who speaks HTTP get a request of its own to be told so.
func TestPlain(t *testing.T) {
	dir, ca := t.TempDir(), newAuthority(t, "ca")
	cert, key := ca.issue(t, "a", false)
	certFile, keyFile := write(t, dir, "a", cert, key)
	e, err := newEndpoint(&compat.Build{}, newHost("a", nil), &server{certs: []string{certFile}, keys: []string{keyFile}})
	if err != nil {
		t.Fatal(err)
	}
	for first, spoken := range map[string]bool{"GET /x HTTP/1.1\r\n": true, "DELETE /": false} {
		server, client := net.Pipe()
		go client.Write([]byte(first))
		c := &compat.Conn{Server: &hosts{}}
		nc, err := e.Secure(c, &deaf{server}, time.Second)
		if _, isPlain := c.Secure.(*plain); isPlain != spoken || (err == nil) != spoken {
			t.Errorf("%q: got %T, %v", first, c.Secure, err)
		}
		if err == nil {
			b := make([]byte, 64)
			if n, _ := nc.Read(b); string(b[:n]) != "GET / HTTP/1.0\r\n\r\n" {
				t.Errorf("got %q", b[:n])
			}
		}
		client.Close()
	}
}

// A deaf connection takes what is written to it, which nobody reads.
type deaf struct{ net.Conn }

func (d *deaf) Write(p []byte) (int, error) { return len(p), nil }

// TestOffered chooses as OpenSSL does: the client's first, or with
// SSLHonorCipherOrder the server's.
func TestOffered(t *testing.T) {
	dir, ca := t.TempDir(), newAuthority(t, "ca")
	cert, key := ca.issue(t, "a", false)
	certFile, keyFile := write(t, dir, "a", cert, key)
	yes := true
	for _, c := range []struct {
		honor *bool
		want  string
	}{{nil, "ECDHE-ECDSA-AES128-GCM-SHA256"}, {&yes, "ECDHE-ECDSA-AES256-GCM-SHA384"}} {
		e, err := newEndpoint(&compat.Build{}, newHost("a", nil), &server{certs: []string{certFile}, keys: []string{keyFile}, honorOrder: c.honor})
		if err != nil {
			t.Fatal(err)
		}
		conn, server, err := shake(t, e, &hosts{}, &tls.Config{MaxVersion: tls.VersionTLS12})
		if err != nil {
			t.Fatal(err)
		}
		if got := server.Secure.(*session).variable(nil, "CIPHER"); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
		conn.Close()
	}
}

func marshal(t *testing.T, v any) []byte {
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
