package wire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"understudy/compat"
)

// Over TLS nothing can be read before it is there, and a write that timed out
// cannot be taken up again: another way through the same code.
func TestTLS(t *testing.T) {
	f := newFake()
	f.answer = func(r *compat.Request) {
		if r.Conn.TLS == nil || r.Conn.TLS.ServerName != "a" {
			t.Error("nothing is known of TLS")
		}
		send(r, strings.Repeat("x", 200<<10))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := &Server{Handler: f}
	f.host.Transport = transport{&tls.Config{Certificates: []tls.Certificate{certificate(t)}}}
	go s.Serve(l)
	c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{ServerName: "a", InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	answer, err := io.ReadAll(c)
	if err != nil || strings.Count(string(answer), "HTTP/1.1 200 OK") != 2 || strings.Count(string(answer), "x") != 400<<10 {
		t.Errorf("got %d bytes, %v", len(answer), err)
	}
}

type transport struct{ config *tls.Config }

func (t transport) Secure(c *compat.Conn, nc net.Conn, limit time.Duration) (net.Conn, error) {
	secure := tls.Server(nc, t.config)
	nc.SetDeadline(time.Now().Add(limit))
	err := secure.Handshake()
	state := secure.ConnectionState()
	c.TLS = &state
	return secure, err
}

func certificate(t *testing.T) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"a"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
