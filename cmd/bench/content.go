//go:build linux

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	randv2 "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const gzip = "Accept-Encoding: gzip\r\n"

// The workloads of files, TLS and HTTP/2.
func init() {
	workloads = append(workloads, []workload{
		{name: "100k", title: "100 KiB static file", path: "/100k.bin", connections: 64, size: 100 << 10, fewer: 4},
		{name: "10m", title: "10 MiB static file", path: "/10m.bin", connections: 8, size: 10 << 20, fewer: 100},
		{name: "close", title: "1 KiB, a connection per request", path: "/1k.html", connections: 64, size: 1024, close: true, fewer: 2},
		{name: "tls", title: "1 KiB, TLS 1.3, HTTP/1.1, keep-alive", path: "/1k.html", connections: 64, size: 1024, tls: "ecdsa"},
		{name: "h2", title: "1 KiB, TLS 1.3, HTTP/2 (h2load -m 32)", path: "/1k.html", connections: 32, tls: "ecdsa", h2: true},
		{name: "ecdsa", title: "full handshakes, ECDSA P-256", connections: 8, tls: "ecdsa", handshake: true, fewer: 10},
		{name: "rsa", title: "full handshakes, RSA 2048", connections: 8, tls: "rsa", handshake: true, fewer: 20},
		{name: "htaccess", title: ".htaccess in 8 directories, 200 rules", path: "/deep" + depth8 + "/1k.html", connections: 64, size: 1024, apacheOnly: true},
		{name: "htaccess-none", title: "the same with AllowOverride None", path: "/flat" + depth8 + "/1k.html", connections: 64, size: 1024, apacheOnly: true},
		{name: "front", title: "front controller: 20 rules in .htaccess, 5 directories below", path: "/front/a/b/c/d/e/1k.html", connections: 64, size: 1024, apacheOnly: true},
		{name: "gzip", title: "gzip of a file of 50 KiB", path: "/50k.html", fields: gzip, connections: 16, fewer: 4, anyFields: true},
		{name: "gzip-dynamic", title: "gzip of 50 KiB from a backend", path: "/p/50k", fields: gzip, connections: 16, fewer: 10, anyFields: true},
		{name: "negotiation", title: "MultiViews, four languages", path: "/neg/page", fields: "Accept-Language: de, en;q=0.5\r\n", connections: 32, size: 1024, apacheOnly: true},
		{name: "autoindex", title: "listing of 100 files", path: "/list/", connections: 16, apacheOnly: true, fewer: 10},
	}...)
}

const depth8 = "/1/2/3/4/5/6/7"

// writeContent makes the files of these workloads.
func writeContent(root string) error {
	rnd := randv2.New(randv2.NewPCG(1, 2))
	noise := make([]byte, 10<<20)
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	kib := strings.Repeat("0123456789abcde\n", 64)
	files := map[string]string{"100k.bin": string(noise[:100<<10]), "10m.bin": string(noise), "50k.html": page(rnd),
		"front/index.html": kib, "front/a/b/c/d/e/1k.html": kib, "front/.htaccess": frontRules(),
		"deep" + depth8 + "/1k.html": kib, "flat" + depth8 + "/1k.html": kib}
	for i := range 8 {
		dir := "deep" + depth8[:2*i]
		files[dir+"/.htaccess"] = "RewriteEngine On\n" + rules(200/8)
	}
	for _, lang := range []string{"en", "de", "fr", "es"} {
		files["neg/page.html."+lang] = kib
	}
	for i := range 100 {
		files[fmt.Sprintf("list/file%02d.html", i)] = "x"
	}
	for name, text := range files {
		path := filepath.Join(root, "htdocs", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return writeCertificates(root)
}

func rules(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "RewriteRule ^old%d/([a-z]+)\\.php$ new%d/$1.html [L]\n", i, i)
	}
	return b.String()
}

func frontRules() string {
	return "RewriteEngine On\nRewriteBase /front/\n" + rules(17) + "RewriteRule ^index\\.html$ - [L]\n" +
		"RewriteCond %{REQUEST_FILENAME} !-f\nRewriteCond %{REQUEST_FILENAME} !-d\nRewriteRule . /front/index.html [L]\n"
}

// page is 50 KiB of HTML.
func page(rnd *randv2.Rand) string {
	word := func() string {
		b := make([]byte, 2+rnd.IntN(8))
		for i := range b {
			b[i] = "etaoinshrdlucmfwyp"[rnd.IntN(18)]
		}
		return string(b)
	}
	var words []string
	for range 2000 {
		words = append(words, word())
	}
	var b strings.Builder
	for b.Len() < 50<<10 {
		fmt.Fprintf(&b, "<div class=\"row item-%d\"><a href=\"/%s\">", rnd.IntN(99), words[rnd.IntN(2000)])
		for range 30 {
			b.WriteString(words[rnd.IntN(2000)] + " ")
		}
		b.WriteString("</a></div>\n")
	}
	return b.String()[:50<<10]
}

// writeCertificates makes an ECDSA and an RSA key with certificates.
func writeCertificates(root string) error {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	old, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	if err := writeCertificate(root, "ecdsa", ec, &ec.PublicKey); err != nil {
		return err
	}
	return writeCertificate(root, "rsa", old, &old.PublicKey)
}

func writeCertificate(root, name string, key, public any) error {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)
	return os.WriteFile(filepath.Join(root, name+".pem"), text, 0o644)
}

// contentLines are what Apache and Understudy are told of all that.
func contentLines(root, dir string, c *contender) string {
	var b strings.Builder
	for _, m := range strings.Fields("ssl http2 socache_shmcb rewrite deflate filter negotiation autoindex") {
		fmt.Fprintf(&b, "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", m, m)
	}
	fmt.Fprintf(&b, `AddOutputFilterByType DEFLATE text/html text/plain text/css
AddLanguage en .en
AddLanguage de .de
AddLanguage fr .fr
AddLanguage es .es
<Directory %[1]s/htdocs/deep>
	AllowOverride All
</Directory>
<Directory %[1]s/htdocs/front>
	AllowOverride All
</Directory>
<Directory %[1]s/htdocs/neg>
	Options +MultiViews
</Directory>
<Directory %[1]s/htdocs/list>
	Options +Indexes
	IndexOptions FancyIndexing VersionSort HTMLTable NameWidth=*
</Directory>
SSLSessionCache shmcb:%[2]s/ssl(512000)
SSLSessionTickets off
`, root, dir)
	for name, port := range map[string]int{"ecdsa": c.ecdsa, "rsa": c.rsa} {
		fmt.Fprintf(&b, "Listen 127.0.0.1:%d\n<VirtualHost *:%d>\nProtocols h2 http/1.1\nSSLEngine on\nSSLCertificateFile %s/%s.pem\n</VirtualHost>\n",
			port, port, root, name)
	}
	return b.String()
}
