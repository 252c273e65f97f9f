//go:build unix

package main

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
	"golang.org/x/tools/txtar"
)

// eachServer runs a test against us, and where it is installed against real
// Apache, of which the same is to be true.
func eachServer(t *testing.T, test func(t *testing.T, binary string)) {
	t.Run("understudy", func(t *testing.T) { test(t, buildBinary(t)) })
	if _, err := os.Stat(*apache); err == nil && !testing.Short() {
		t.Run("apache", func(t *testing.T) { test(t, *apache) })
	}
}

// tlsSite makes the archive of a site: its configuration and files by name.
func tlsSite(conf string, files map[string]string) *txtar.Archive {
	a := &txtar.Archive{Comment: []byte("modules: ssl http2 socache_shmcb\n"), Files: []txtar.File{
		{Name: "httpd.conf", Data: []byte("SSLSessionCache none\n" + grantAll + conf)}, {Name: "htdocs/index.html", Data: []byte("index\n")}}}
	for name, text := range files {
		a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(text)})
	}
	return a
}

// dialTLS shakes hands with a server.
func dialTLS(t *testing.T, port int, config *tls.Config) *tls.Conn {
	t.Helper()
	config.InsecureSkipVerify = true
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", fmt.Sprintf("127.0.0.1:%d", port), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second))
	return c
}

// getIndex asks for the first page, and wants it.
func getIndex(t *testing.T, c *tls.Conn) {
	t.Helper()
	name := cmp.Or(c.ConnectionState().ServerName, "localhost")
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: "+name+"\r\nConnection: close\r\n\r\n")
	answer, err := io.ReadAll(c)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200 OK\r\n") || !strings.HasSuffix(string(answer), "\r\n\r\nindex\n") {
		t.Errorf("got %q, %v", answer, err)
	}
}

// TestCertificatePair shows an ECDSA certificate to those who can read it, and
// an RSA one to others.
func TestCertificatePair(t *testing.T) {
	old, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecdsaCert, ecdsaKey := newCertificate(t, nil, nil, nil).texts(t)
	rsaCert, rsaKey := newCertificate(t, old, nil, nil).texts(t)
	a := tlsSite(`SSLEngine on
SSLCertificateFile {{ROOT}}/ecdsa.pem
SSLCertificateKeyFile {{ROOT}}/ecdsa.key
SSLCertificateFile {{ROOT}}/rsa.pem
SSLCertificateKeyFile {{ROOT}}/rsa.key
`, map[string]string{"ecdsa.pem": ecdsaCert, "ecdsa.key": ecdsaKey, "rsa.pem": rsaCert, "rsa.key": rsaKey})
	eachServer(t, func(t *testing.T, binary string) {
		s := startScenario(t, binary, a)
		for _, c := range []struct {
			suite uint16
			want  x509.PublicKeyAlgorithm
		}{
			{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, x509.RSA},
			{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, x509.ECDSA},
		} {
			conn := dialTLS(t, s.port, &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{c.suite}})
			if got := conn.ConnectionState().PeerCertificates[0].PublicKeyAlgorithm; got != c.want {
				t.Errorf("%s: got a certificate of %v, want %v", tls.CipherSuiteName(c.suite), got, c.want)
			}
			getIndex(t, conn)
		}
	})
}

// TestPassPhrase asks the program of SSLPassPhraseDialog for that of a key.
func TestPassPhrase(t *testing.T) {
	cert := newCertificate(t, nil, nil, nil)
	text, _ := cert.texts(t)
	der, err := x509.MarshalPKCS8PrivateKey(cert.key)
	if err != nil {
		t.Fatal(err)
	}
	locked, err := x509.EncryptPEMBlock(rand.Reader, "PRIVATE KEY", der, []byte("open sesame"), x509.PEMCipherAES256)
	if err != nil {
		t.Fatal(err)
	}
	if openssl, err := exec.LookPath("openssl"); err == nil { // The form of today, which Go does not write.
		cmd := exec.Command(openssl, "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:open sesame")
		cmd.Stdin = strings.NewReader(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		locked, _ = pem.Decode(out)
	}
	conf := `SSLPassPhraseDialog exec:{{ROOT}}/ask
SSLEngine on
SSLCertificateFile {{ROOT}}/cert.pem
SSLCertificateKeyFile {{ROOT}}/key.pem
`
	files := map[string]string{"cert.pem": text, "key.pem": string(pem.EncodeToMemory(locked)),
		"ask": "#!/bin/sh\necho \"$1 $2\" >>\"${0%ask}asked\"\necho open sesame\n"}
	eachServer(t, func(t *testing.T, binary string) {
		s := startScenario(t, binary, tlsSite(conf, files))
		getIndex(t, dialTLS(t, s.port, &tls.Config{}))
		asked, _ := os.ReadFile(s.root + "/asked")
		if want := "localhost:443 RSA\n"; string(asked) != want { // The first key, of whatever kind.
			t.Errorf("the program was asked for %q, want %q", asked, want)
		}
	})
	files["ask"] = "#!/bin/sh\necho wrong\n"
	eachServer(t, func(t *testing.T, binary string) {
		refusesStart(t, binary, tlsSite(conf, files), "AH02564")
	})
}

// refusesStart wants a server not to start, and to say why in the error log or
// on its standard error.
func refusesStart(t *testing.T, binary string, a *txtar.Archive, why string) {
	t.Helper()
	s := layScenario(t, a)
	cmd := exec.Command(binary, "-d", s.root, "-f", "httpd.conf", "-DFOREGROUND")
	done := make(chan []byte, 1)
	go func() { out, _ := cmd.CombinedOutput(); done <- out }()
	select {
	case out := <-done:
		log, _ := os.ReadFile(s.root + "/error.log")
		if said := string(out) + string(log); cmd.ProcessState.ExitCode() == 0 || !strings.Contains(said, why) {
			t.Errorf("exit %d, want %s in\n%s", cmd.ProcessState.ExitCode(), why, said)
		}
	case <-time.After(20 * time.Second):
		cmd.Process.Kill()
		t.Error("it started")
	}
}

// TestNoCipher refuses a list that leaves no suite.
func TestNoCipher(t *testing.T) {
	cert, key := newCertificate(t, nil, nil, nil).texts(t)
	a := tlsSite(`SSLEngine on
SSLCipherSuite RC4-MD5
SSLCertificateFile {{ROOT}}/cert.pem
SSLCertificateKeyFile {{ROOT}}/key.pem
`, map[string]string{"cert.pem": cert, "key.pem": key})
	eachServer(t, func(t *testing.T, binary string) { refusesStart(t, binary, a, "AH01898") })
}

// TestProtocolsHonorOrder lets the client choose where the server does not.
func TestProtocolsHonorOrder(t *testing.T) {
	cert, key := newCertificate(t, nil, nil, nil).texts(t)
	for order, want := range map[string]string{"on": "h2", "off": "http/1.1"} {
		a := tlsSite(`SSLEngine on
Protocols h2 http/1.1
ProtocolsHonorOrder `+order+`
SSLCertificateFile {{ROOT}}/cert.pem
SSLCertificateKeyFile {{ROOT}}/key.pem
`, map[string]string{"cert.pem": cert, "key.pem": key})
		eachServer(t, func(t *testing.T, binary string) {
			s := startScenario(t, binary, a)
			c := dialTLS(t, s.port, &tls.Config{NextProtos: []string{"http/1.1", "h2"}})
			if got := c.ConnectionState().NegotiatedProtocol; got != want {
				t.Errorf("%s: got %s, want %s", order, got, want)
			}
		})
	}
}

// TestSessionTickets resumes by tickets unless SSLSessionTickets says no.
func TestSessionTickets(t *testing.T) {
	cert, key := newCertificate(t, nil, nil, nil).texts(t)
	for tickets, want := range map[string]bool{"on": true, "off": false} {
		a := tlsSite(`SSLEngine on
SSLSessionTickets `+tickets+`
SSLCertificateFile {{ROOT}}/cert.pem
SSLCertificateKeyFile {{ROOT}}/key.pem
`, map[string]string{"cert.pem": cert, "key.pem": key})
		eachServer(t, func(t *testing.T, binary string) {
			s := startScenario(t, binary, a)
			for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
				config := &tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(1), ServerName: "localhost", MaxVersion: version}
				getIndex(t, dialTLS(t, s.port, config))
				again := dialTLS(t, s.port, config)
				if got := again.ConnectionState().DidResume; got != want {
					t.Errorf("tickets %s, version %x: resumed %v", tickets, version, got)
				}
				getIndex(t, again)
			}
		})
	}
}

// TestDebianDefaultSSL serves Debian's site for TLS with a certificate like the
// one its package ssl-cert makes.
func TestDebianDefaultSSL(t *testing.T) {
	tree := "../../testdata/trees/debian/"
	site, err := os.ReadFile(tree + "sites-available/default-ssl.conf")
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile(tree + "mods-available/ssl.conf")
	if err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	cert, secret := newCertificate(t, key, nil, nil).texts(t)
	conf := strings.NewReplacer("/etc/ssl/certs/", "{{ROOT}}/", "/etc/ssl/private/", "{{ROOT}}/", "/usr/share/apache2/", "{{ROOT}}/",
		"*:443", "*:{{PORT}}", "/var/www/html", "{{ROOT}}/htdocs", "${APACHE_LOG_DIR}", "{{ROOT}}", "${APACHE_RUN_DIR}", "{{ROOT}}",
		"combined", "\"%h\"").Replace(string(module) + string(site))
	a := tlsSite("", map[string]string{"ssl-cert-snakeoil.pem": cert, "ssl-cert-snakeoil.key": secret, "ask-for-passphrase": "#!/bin/sh\n"})
	a.Files[0].Data = []byte(grantAll + conf)
	eachServer(t, func(t *testing.T, binary string) {
		s := startScenario(t, binary, a)
		getIndex(t, dialTLS(t, s.port, &tls.Config{}))
	})
}

// TestReplacedCertificate shows a certificate that was replaced on disk to the
// next handshake, and goes on with the old one where the new one is broken.
func TestReplacedCertificate(t *testing.T) {
	cert, key := newCertificate(t, nil, nil, nil).texts(t)
	s := startScenario(t, buildBinary(t), tlsSite(`SSLEngine on
SSLCertificateFile {{ROOT}}/both.pem
`, map[string]string{"both.pem": cert + key}))
	serial := func() string {
		c := dialTLS(t, s.port, &tls.Config{})
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	replace := func(text string) {
		t.Helper()
		path := filepath.Join(s.root, "both.pem")
		if err := os.WriteFile(path+".new", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	next := newCertificate(t, nil, nil, nil)
	cert, key = next.texts(t)
	replace(cert + key)
	await(t, func() bool { return serial() == next.SerialNumber.String() }, "the new certificate is not shown")
	other, _ := newCertificate(t, nil, nil, nil).texts(t)
	replace(other + key)
	await(t, func() bool {
		log, _ := os.ReadFile(s.root + "/error.log")
		return strings.Contains(string(log), "AH02565")
	}, "nothing is said of a key that is not the certificate's")
	if got := serial(); got != next.SerialNumber.String() {
		t.Errorf("a broken certificate is shown: %s", got)
	}
	getIndex(t, dialTLS(t, s.port, &tls.Config{}))
}

// await waits until a thing is so.
func await(t *testing.T, is func() bool, otherwise string) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(otherwise)
		}
	}
}

// TestStapling has a responder of OpenSSL's vouch for certificates, or not.
func TestStapling(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	ca := newCertificate(t, nil, nil, func(c *x509.Certificate) { isAuthority(c); c.Subject.CommonName = "authority" })
	caCert, caKey := ca.texts(t)
	responder := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ask := exec.Command(openssl, "ocsp", "-index", dir+"/index", "-CA", dir+"/ca.pem", "-rsigner", dir+"/ca.pem",
			"-rkey", dir+"/ca.key", "-nmin", "10", "-reqin", "/dev/stdin", "-respout", "/dev/stdout")
		var said bytes.Buffer
		ask.Stdin, ask.Stderr = r.Body, &said
		out, err := ask.Output()
		if err != nil {
			t.Errorf("openssl ocsp: %v: %s", err, said.String())
		}
		w.Header().Set("Content-Type", "application/ocsp-response")
		w.Write(out)
	}))
	defer responder.Close()
	nobody := fmt.Sprintf("SSLStaplingForceURL http://127.0.0.1:%d/\n", freePort(t))
	files := map[string]string{"ca.pem": caCert}
	index, conf := "", "SSLStaplingCache shmcb:{{ROOT}}/staples(128000)\n"
	for _, h := range []struct {
		name, state, lines string
	}{
		{"good", "V", ""}, {"revoked", "R", ""}, {"down", "V", nobody}, {"quiet", "V", nobody + "SSLStaplingFakeTryLater off\n"},
		{"cut", "V", nobody + "SSLStaplingReturnResponderErrors off\n"}, {"unreturned", "R", "SSLStaplingReturnResponderErrors off\n"},
	} {
		c := newCertificate(t, nil, ca, func(c *x509.Certificate) {
			c.Subject.CommonName, c.DNSNames = h.name, []string{h.name}
			c.OCSPServer = []string{responder.URL + "/"}
		})
		cert, key := c.texts(t)
		files[h.name+".pem"], files[h.name+".key"] = cert+caCert, key
		since := ""
		if h.state == "R" {
			since = "250101000000Z"
		}
		serial := fmt.Sprintf("%X", c.SerialNumber)
		if len(serial)%2 != 0 {
			serial = "0" + serial
		}
		index += fmt.Sprintf("%s\t491231000000Z\t%s\t%s\tunknown\t/CN=%s\n", h.state, since, serial, h.name)
		conf += fmt.Sprintf(`<VirtualHost 127.0.0.1:{{PORT}}>
ServerName %[1]s
SSLEngine on
SSLUseStapling on
SSLStaplingResponderTimeout 5
%[2]sSSLCertificateFile {{ROOT}}/%[1]s.pem
SSLCertificateKeyFile {{ROOT}}/%[1]s.key
</VirtualHost>
`, h.name, h.lines)
	}
	for name, text := range map[string]string{"ca.pem": caCert, "ca.key": caKey, "index": index} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	eachServer(t, func(t *testing.T, binary string) {
		s := startScenario(t, binary, tlsSite(conf, files))
		for name, want := range map[string]string{"good": "good", "revoked": "revoked", "down": "try later", "quiet": "nothing", "cut": "try later", "unreturned": "revoked"} {
			for range 2 { // The second is of what was kept.
				c := dialTLS(t, s.port, &tls.Config{ServerName: name})
				if got := stapleOf(c.ConnectionState().OCSPResponse, ca.Certificate); got != want {
					t.Errorf("%s: got %s, want %s", name, got, want)
				}
				getIndex(t, c)
			}
		}
	})
}

// stapleOf is what a responder's answer says.
func stapleOf(raw []byte, by *x509.Certificate) string {
	if len(raw) == 0 {
		return "nothing"
	}
	answer, err := ocsp.ParseResponse(raw, by)
	switch {
	case err == ocsp.ResponseError{Status: ocsp.TryLater}:
		return "try later"
	case err != nil:
		return err.Error()
	case answer.Status == ocsp.Good:
		return "good"
	case answer.Status == ocsp.Revoked:
		return "revoked"
	}
	return "unknown"
}
