//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// An eavesdropper is a worker that keeps what it is sent, by connection, and
// answers each request it can make out.
type eavesdropper struct {
	l    net.Listener
	mu   sync.Mutex // guards heard
	seen [][]byte
}

func listenIn(t *testing.T) *eavesdropper {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &eavesdropper{l: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go e.serve(c)
		}
	}()
	return e
}

func (e *eavesdropper) serve(c net.Conn) {
	defer c.Close()
	var raw bytes.Buffer
	in := bufio.NewReader(io.TeeReader(c, &raw))
	for {
		c.SetReadDeadline(time.Now().Add(2 * time.Second))
		r, err := http.ReadRequest(in)
		if err == nil {
			_, err = io.Copy(io.Discard, r.Body)
		}
		if err != nil {
			break
		}
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(r.URL.Path), r.URL.Path)
	}
	e.mu.Lock()
	e.seen = append(e.seen, raw.Bytes())
	e.mu.Unlock()
}

// take is what came since it was last asked.
func (e *eavesdropper) take() [][]byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	seen := e.seen
	e.seen = nil
	return seen
}

// ambiguous is what two readers could disagree about in what one connection to a
// worker carried; "" for nothing.
func ambiguous(raw []byte) string {
	for in := bufio.NewReader(bytes.NewReader(raw)); ; {
		if _, err := in.Peek(1); err != nil {
			return ""
		}
		r, err := http.ReadRequest(in)
		if err != nil {
			return err.Error()
		}
		if strings.Contains(r.URL.Path, "smuggled") {
			return "a request of nobody's: " + r.RequestURI
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil && err != io.ErrUnexpectedEOF {
			return err.Error()
		}
	}
}

// lineByLine is what is wrong with the lines of a header for a careless reader.
func lineByLine(raw []byte) string {
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	lengths, codings := 0, 0
	for _, line := range bytes.Split(head, []byte("\r\n"))[1:] {
		name, value, ok := bytes.Cut(line, []byte(":"))
		switch {
		case !ok || bytes.ContainsAny(name, " \t\x00\n\r\v\f") || len(name) == 0:
			return fmt.Sprintf("a bad line %q", line)
		case bytes.ContainsAny(value, "\x00\n\r"):
			return fmt.Sprintf("a bad value %q", line)
		case bytes.EqualFold(name, []byte("Content-Length")):
			lengths++
			if digits := bytes.TrimSpace(value); len(digits) == 0 || bytes.Trim(digits, "0123456789") != nil && len(bytes.Trim(digits, "0123456789")) > 0 {
				return fmt.Sprintf("a bad length %q", line)
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			codings++
			if !bytes.Equal(bytes.TrimSpace(value), []byte("chunked")) {
				return fmt.Sprintf("a bad coding %q", line)
			}
		}
	}
	if lengths+codings > 1 {
		return fmt.Sprintf("%d lengths and %d codings", lengths, codings)
	}
	return ""
}

// hidden is a request that must never reach a worker as one of its own.
const hidden = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

// framings are headers that readers have disagreed about.
var framings = []string{
	"Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5, 5", "Content-Length: +5", "Content-Length: 5 6",
	"Content-Length: 0x5", "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5",
	"Transfer-Encoding: xchunked", "Transfer-Encoding : chunked", "Transfer-Encoding:\vchunked", "Transfer-Encoding: \tchunked",
	"Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity, chunked", "Transfer-Encoding: chunked, chunked",
	"Transfer-Encoding: chunked\r\nTransfer-Encoding: x", "X: y\nTransfer-Encoding: chunked", "X: y\rTransfer-Encoding: chunked",
	"X: y\r\n Transfer-Encoding: chunked", "Foo\r\nTransfer-Encoding: chunked", "Transfer-Encoding: \"chunked\"",
	"Content_Length: 5", "Content-Length\x00: 5", "Connection: Content-Length\r\nContent-Length: 37",
	"Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked", "Expect: 100-continue\r\nContent-Length: 37",
	"Upgrade: websocket\r\nConnection: Upgrade", "Transfer-Encoding: chunked\r\nTE: trailers\r\nTrailer: Content-Length",
	"Content-Length: 37", "Transfer-Encoding: chunked", "Content-Length: 99999999999999999999", "Content-Length: -1", "",
}

var bodies = []string{hidden, "0\r\n\r\n" + hidden, "5\r\nabcde\r\n0\r\n\r\n" + hidden, "5;x=\n0\r\n\r\n" + hidden,
	"0\r\nContent-Length: 37\r\n\r\n" + hidden, "00000000000000000005\r\nabcde\r\n0\r\n\r\n", "5 \r\nabcde\r\n0\r\n\r\n" + hidden,
	"-5\r\n" + hidden, "5\nabcde\n0\n\n" + hidden, "ffffffffffffffff\r\n" + hidden, "3\r\nabcde\r\n0\r\n\r\n" + hidden}

// TestNothingAmbiguousForwarded sends what has been used to smuggle requests,
// and mutations of that, and reads what a worker gets as strictly as can be.
func TestNothingAmbiguousForwarded(t *testing.T) {
	e := listenIn(t)
	s := serveSite(t, fmt.Sprintf("LoadModule proxy_module x/mod_proxy.so\nLoadModule proxy_http_module x/mod_proxy_http.so\n"+
		"ProxyPass /p/ http://%s/\nProxyTimeout 2\nTimeout 2\n", e.l.Addr()), nil)
	send := func(request string) {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(150 * time.Millisecond))
		io.WriteString(c, request)
		c.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, c)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	var all sync.WaitGroup
	place := make(chan struct{}, 16)
	for i := range 1200 {
		request := fmt.Sprintf("%s /p/%d HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n%s", []string{"POST", "GET", "PUT"}[rnd.IntN(3)], i,
			framings[rnd.IntN(len(framings))], bodies[rnd.IntN(len(bodies))])
		if i > 400 {
			b := []byte(request)
			for range 1 + rnd.IntN(3) {
				b[rnd.IntN(len(b))] = "\r\n :;,\t\x000a5\v\xff"[rnd.IntN(13)]
			}
			// What is smuggled here was sent by the client as a request of its own
			// only where it asks for a mapped path.
			request = string(b)
		}
		all.Add(1)
		place <- struct{}{}
		go func() {
			defer all.Done()
			send(request)
			<-place
		}()
	}
	all.Wait()
	time.Sleep(2500 * time.Millisecond)
	seen := e.take()
	if len(seen) == 0 {
		t.Fatal("nothing was forwarded at all")
	}
	for _, raw := range seen {
		if why := ambiguous(raw); why != "" {
			t.Errorf("%s, in %.600q", why, raw)
		}
		if why := lineByLine(raw); why != "" {
			t.Errorf("%s, in %.600q", why, raw)
		}
	}
}
