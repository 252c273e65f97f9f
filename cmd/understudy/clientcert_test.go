//go:build unix

package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// revocations is the list that openssl ca makes where bad is revoked by ca.
func revocations(t *testing.T, ca, bad *certificate) string {
	t.Helper()
	openssl := program(t, "openssl")
	dir := t.TempDir()
	caCert, caKey := ca.texts(t)
	badCert, _ := bad.texts(t)
	for name, text := range map[string]string{"ca.crt": caCert, "ca.key": caKey, "bad.crt": badCert, "index": "", "number": "01\n",
		"conf": "[ca]\ndefault_ca = d\n[d]\ndatabase = index\ncrlnumber = number\ndefault_md = sha256\ndefault_crl_days = 1\ncertificate = ca.crt\nprivate_key = ca.key\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"-revoke", "bad.crt"}, {"-gencrl", "-out", "list"}} {
		cmd := exec.Command(openssl, append([]string{"ca", "-config", "conf"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("openssl ca: %v: %s", err, out)
		}
	}
	list, err := os.ReadFile(filepath.Join(dir, "list"))
	if err != nil {
		t.Fatal(err)
	}
	return string(list)
}

// TestClientCertificates shows a certificate of an intermediate authority, whose
// chain is what the client sent besides its own, and one that was revoked.
func TestClientCertificates(t *testing.T) {
	named := func(name string) func(*x509.Certificate) {
		return func(c *x509.Certificate) { isAuthority(c); c.Subject.CommonName = name }
	}
	ca := newCertificate(t, nil, nil, named("the authority"))
	middle := newCertificate(t, nil, ca, named("one between"))
	good, bad := newCertificate(t, nil, middle, nil), newCertificate(t, nil, ca, nil)
	own, key := newCertificate(t, nil, nil, nil).texts(t)
	caCert, _ := ca.texts(t)
	middleCert, _ := middle.texts(t)
	a := tlsSite(`SSLEngine on
SSLCertificateFile {{ROOT}}/own.pem
SSLCertificateKeyFile {{ROOT}}/own.key
SSLVerifyClient require
SSLVerifyDepth 2
SSLCACertificateFile {{ROOT}}/ca.pem
SSLCARevocationFile {{ROOT}}/list.pem
SSLCARevocationCheck leaf no_crl_for_cert_ok
Header set Chain "%{SSL_CLIENT_CERT_CHAIN_0}s %{SSL_CLIENT_CERT_CHAIN_1}s"
`, map[string]string{"own.pem": own, "own.key": key, "ca.pem": caCert, "list.pem": revocations(t, ca, bad)})
	a.Comment = []byte("modules: ssl http2 socache_shmcb headers\n")
	eachServer(t, func(t *testing.T, binary string) {
		s := startScenario(t, binary, a)
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			ask := func(chain ...[]byte) (string, error) {
				config := &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version,
					Certificates: []tls.Certificate{{Certificate: chain, PrivateKey: good.key}}}
				if len(chain) == 1 {
					config.Certificates[0].PrivateKey = bad.key
				}
				c, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port), config)
				if err != nil {
					return "", err
				}
				defer c.Close()
				io.WriteString(c, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
				answer, err := io.ReadAll(c)
				return string(answer), err
			}
			want := "\r\nChain: " + strings.ReplaceAll(middleCert, "\n", " ") + " (null)\r\n"
			if answer, err := ask(good.Raw, middle.Raw); err != nil || !strings.Contains(answer, want) {
				t.Errorf("%s: got %q, %v, want %q", tls.VersionName(version), answer, err, want)
			}
			if answer, err := ask(bad.Raw); err == nil || !strings.Contains(err.Error(), "revoked certificate") {
				t.Errorf("%s, revoked: got %q, %v", tls.VersionName(version), answer, err)
			}
		}
	})
}
