//go:build unix

package main

import (
	"crypto/x509"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// needSlapd skips a test where OpenLDAP's server is not installed.
func needSlapd(t *testing.T) {
	t.Helper()
	for _, path := range []string{"/usr/sbin/slapd", "/usr/sbin/slapadd", "/etc/ldap/schema/core.schema"} {
		if _, err := os.Stat(path); err != nil {
			t.Skipf("needs slapd: %v", err)
		}
	}
}

// slapdConf is a directory with two trees; what is in ou=hidden may be seen by
// those who said who they are.
const slapdConf = `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile DIR/pid
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile DIR/cert.pem
TLSCertificateKeyFile DIR/key.pem
access to attrs=userPassword by anonymous auth
access to dn.subtree="ou=hidden,dc=example" by users read by * none
access to * by * read
database mdb
suffix "dc=example"
rootdn "cn=admin,dc=example"
rootpw adminpw
directory DIR/one
database mdb
suffix "dc=two"
directory DIR/two
`

// startSlapd serves ROOT/one.ldif and ROOT/two.ldif at address, and by TLS at
// secure, until the test ends. Its certificate is put at ROOT/slapd/cert.pem.
func startSlapd(t *testing.T, root, address, secure string) {
	dir := filepath.Join(root, "slapd")
	for _, sub := range []string{"one", "two"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	certify(t, dir)
	conf := filepath.Join(dir, "slapd.conf")
	os.WriteFile(conf, []byte(strings.ReplaceAll(slapdConf, "DIR", dir)), 0o600)
	for tree, suffix := range map[string]string{"one": "dc=example", "two": "dc=two"} {
		ldif := filepath.Join(root, tree+".ldif")
		if _, err := os.Stat(ldif); err != nil {
			continue
		}
		if out, err := exec.Command("/usr/sbin/slapadd", "-f", conf, "-b", suffix, "-l", ldif).CombinedOutput(); err != nil {
			t.Fatalf("slapadd: %v\n%s", err, out)
		}
	}
	slapd := exec.Command("/usr/sbin/slapd", "-d", "0", "-h", "ldap://"+address+" ldaps://"+secure, "-f", conf)
	if err := slapd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		slapd.Process.Kill()
		slapd.Wait()
	})
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("slapd: %v", err)
		}
	}
}

// certify makes a certificate for 127.0.0.1 that is its own authority.
func certify(t *testing.T, dir string) {
	cert, key := newCertificate(t, nil, nil, func(c *x509.Certificate) {
		isAuthority(c)
		c.Subject.CommonName, c.DNSNames = "127.0.0.1", []string{"127.0.0.1", "localhost"}
	}).texts(t)
	for name, text := range map[string]string{"cert.pem": cert, "key.pem": key} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
