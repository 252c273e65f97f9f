package wire

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"understudy/compat"
)

// h2Site is a server whose host speaks HTTP/2 without TLS, and a client of it.
func h2Site(t *testing.T, f *fake) (addr string, client *http.Client, s *Server) {
	t.Helper()
	if f.host.HTTP2 == nil {
		f.host.HTTP2 = &compat.HTTP2{MaxStreams: 10, Window: 65535, Direct: true, Upgrade: true, ModernTLSOnly: true}
	}
	f.host.Protocols = []string{"h2c", "http/1.1"}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s = &Server{Handler: f}
	go s.Serve(l)
	t.Cleanup(func() {
		l.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s.Shutdown(ctx)
	})
	transport := &http2.Transport{AllowHTTP: true, DialTLSContext: func(ctx context.Context, network, addr string, _ *tls.Config) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return l.Addr().String(), &http.Client{Transport: transport, Timeout: 20 * time.Second}, s
}

func TestHTTP2(t *testing.T) {
	f := newFake()
	f.seen = func(r *compat.Request) {
		if r.ProtoNum != 2000 || r.Protocol != "HTTP/2.0" || r.Stream == 0 || r.In.Get("Host") == "" {
			t.Errorf("got %q %d, stream %d, host %q", r.Protocol, r.ProtoNum, r.Stream, r.In.Get("Host"))
		}
	}
	addr, client, _ := h2Site(t, f)
	long := strings.Repeat("x", 300<<10)
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/", "", 200, "-"},
		{"POST", "/", "hello", 200, "hello"},
		{"POST", "/", long, 200, long},
		{"HEAD", "/", "", 200, ""},
		{"GET", "/" + strings.Repeat("a", 9000), "", 414, "page"},
	} {
		in, _ := http.NewRequest(c.method, "http://"+addr+c.path, strings.NewReader(c.body))
		r, err := client.Do(in)
		if err != nil {
			t.Fatalf("%s %.20s: %v", c.method, c.path, err)
		}
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode != c.status || string(b) != c.want || err != nil || r.Header.Get("Server") != "Apache" || r.Header.Get("Date") == "" {
			t.Errorf("%s %.20s: got %d, %d bytes, %v, %v", c.method, c.path, r.StatusCode, len(b), r.Header, err)
		}
		if values, sniffed := r.Header["Content-Type"]; sniffed {
			t.Errorf("a Content-Type that nobody set: %q", values)
		}
	}
}

// Fields are bounded as in HTTP/1.1, with the status HTTP/2 has for it.
func TestHTTP2Limits(t *testing.T) {
	addr, client, _ := h2Site(t, newFake())
	for _, fields := range []http.Header{{"X-Long": {strings.Repeat("x", 9000)}}, {"X-Many": make([]string, 200)}} {
		in, _ := http.NewRequest("GET", "http://"+addr+"/", nil)
		in.Header = fields
		r, err := client.Do(in)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != 431 {
			t.Errorf("got %d, want 431", r.StatusCode)
		}
	}
}

// What is not whole is reset, so that the client does not take it for whole.
func TestHTTP2Aborted(t *testing.T) {
	f := newFake()
	f.answer = func(r *compat.Request) {
		r.Wire.Head(r, 100)
		io.WriteString(r.Wire, "half")
		r.Wire.Flush()
	}
	addr, client, _ := h2Site(t, f)
	r, err := client.Get("http://" + addr + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var reset http2.StreamError
	if _, err := io.ReadAll(r.Body); !errors.As(err, &reset) {
		t.Errorf("got %v, want the stream reset", err)
	}
}

func TestHTTP2PanicCostsTheStreamOnly(t *testing.T) {
	f := newFake()
	f.answer = func(r *compat.Request) {
		if r.Target == "/panic" {
			panic("on purpose")
		}
		send(r, "fine")
	}
	addr, client, s := h2Site(t, f)
	var seen atomic.Int32
	s.Panicked = func(any, []byte) { seen.Add(1) }
	if _, err := client.Get("http://" + addr + "/panic"); err == nil {
		t.Error("a handler that panics: got an answer")
	}
	if r, err := client.Get("http://" + addr + "/"); err != nil || r.StatusCode != 200 || seen.Load() != 1 {
		t.Errorf("after it: got %v, %v, told %d times", r, err, seen.Load())
	}
}

// Upgrade from HTTP/1.1 answers the request as the first stream.
func TestHTTP2Upgrade(t *testing.T) {
	addr, _, _ := h2Site(t, newFake())
	for _, c := range []struct {
		name, fields string
		want         string
	}{
		{"whole", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n", "HTTP/1.1 101 Switching Protocols\r\n"},
		{"no settings", "Connection: Upgrade\r\nUpgrade: h2c\r\n", "HTTP/1.1 200 OK\r\n"},
		{"settings that are none", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: %%\r\n", "HTTP/1.1 200 OK\r\n"},
		{"with a body", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: 1\r\n", "HTTP/1.1 200 OK\r\n"},
	} {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		nc.SetDeadline(time.Now().Add(10 * time.Second))
		io.WriteString(nc, "GET / HTTP/1.1\r\nHost: a\r\n"+c.fields+"\r\nx")
		line, err := bufio.NewReader(nc).ReadString('\n')
		if line != c.want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", c.name, line, err, c.want)
		}
		nc.Close()
	}
}

// A client that opens streams and resets them at once has only as many handlers
// running as it may have streams.
func TestHTTP2RapidReset(t *testing.T) {
	f, most, release := counted()
	addr, _, _ := h2Site(t, f)
	defer close(release)
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(5 * time.Second))
	go io.Copy(io.Discard, nc)
	io.WriteString(nc, http2.ClientPreface)
	out := bufio.NewWriter(nc)
	framer := http2.NewFramer(out, nil)
	framer.WriteSettings()
	var block strings.Builder
	encoder := hpack.NewEncoder(&block)
	for id := uint32(1); id < 4000; id += 2 {
		block.Reset()
		for _, field := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "a"}} {
			encoder.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]})
		}
		err = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: []byte(block.String()), EndStream: true, EndHeaders: true})
		if err == nil {
			err = framer.WriteRSTStream(id, http2.ErrCodeCancel)
		}
		if err == nil {
			err = out.Flush()
		}
		if err != nil {
			break // The server had enough.
		}
	}
	time.Sleep(50 * time.Millisecond)
	if n := most.Load(); n > 10 {
		t.Errorf("%d handlers at once, want at most 10", n)
	}
}

// Shutdown lets the stream under way finish.
func TestHTTP2Shutdown(t *testing.T) {
	f := newFake()
	began := make(chan struct{})
	f.answer = func(r *compat.Request) {
		close(began)
		time.Sleep(200 * time.Millisecond)
		send(r, "late")
	}
	addr, client, s := h2Site(t, f)
	go func() {
		<-began
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		s.Shutdown(ctx)
	}()
	r, err := client.Get("http://" + addr + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if b, err := io.ReadAll(r.Body); string(b) != "late" || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
}
