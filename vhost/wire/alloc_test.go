package wire

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"understudy/compat"
)

const browserRequest = "GET /index.html?x=1 HTTP/1.1\r\nHost: www.example.com\r\nConnection: keep-alive\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n" +
	"Accept-Encoding: gzip, deflate\r\nReferer: http://www.example.com/\r\nUpgrade-Insecure-Requests: 1\r\n" +
	"If-None-Match: \"24-60a24181e4000\"\r\nCache-Control: max-age=0\r\n\r\n"

// A memConn gives the same request again and again, and forgets what is
// written.
type memConn struct {
	request string
	at      int
	written int64
}

func (m *memConn) Read(p []byte) (int, error) {
	n := copy(p, m.request[m.at:])
	m.at = (m.at + n) % len(m.request)
	return n, nil
}

func (m *memConn) Write(p []byte) (int, error) {
	m.written += int64(len(p))
	return len(p), nil
}

var loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}

func (m *memConn) Close() error                     { return nil }
func (m *memConn) LocalAddr() net.Addr              { return loopback }
func (m *memConn) RemoteAddr() net.Addr             { return loopback }
func (m *memConn) SetDeadline(time.Time) error      { return nil }
func (m *memConn) SetReadDeadline(time.Time) error  { return nil }
func (m *memConn) SetWriteDeadline(time.Time) error { return nil }

// staticHit answers as the file handler does with a file it remembers.
func staticHit(size int) func(*compat.Request) {
	body := make([]byte, size)
	return func(r *compat.Request) {
		r.Out.Set("Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT")
		r.Out.Set("ETag", `"24-60a24181e4000"`)
		r.Out.Set("Accept-Ranges", "bytes")
		r.Out.Set("Content-Type", "text/html")
		r.Wire.Head(r, int64(len(body)))
		r.Wire.Write(body)
		r.Wire.Finish(r)
	}
}

// one has one request answered, from waiting for it to being idle again.
func one(tb testing.TB, c *conn) {
	c.host = c.srv.Handler.Limits(c.info.Local)
	if !c.await() || !c.serveOne() {
		tb.Fatal("the connection ended")
	}
}

func hitConn(size int) (*conn, *memConn) {
	f := newFake()
	f.answer = staticHit(size)
	unlimited := 0
	f.host.MaxKeepAlive = &unlimited
	m := &memConn{request: browserRequest}
	return (&Server{Handler: f}).newConn(m), m
}

func TestStaticHitDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	c, m := hitConn(1024)
	n := testing.AllocsPerRun(2000, func() { one(t, c) })
	if n != 0 {
		t.Errorf("a request costs %v allocations", n)
	}
	if m.written == 0 {
		t.Error("nothing was written")
	}
}

// The same over loopback, where the callback that reads takes the buffer.
func TestStaticHitOverTCPDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, size := range []int{1024, 100 << 10} {
		f := newFake()
		f.answer = staticHit(size)
		unlimited := 0
		f.host.MaxKeepAlive = &unlimited
		_, address := start(t, f)
		c := dial(t, address)
		request := []byte(browserRequest)
		answer := make([]byte, 128<<10)
		c.Write(request)
		length := answerLength(t, c, answer)
		ask := func() {
			c.Write(request)
			for n := 0; n < length; {
				got, err := c.Read(answer)
				if err != nil {
					t.Fatal(err)
				}
				n += got
			}
		}
		if n := testing.AllocsPerRun(500, ask); n != 0 {
			t.Errorf("a request for %d bytes costs %v allocations", size, n)
		}
	}
}

// answerLength reads one answer into buf and returns how many bytes it was.
func answerLength(t *testing.T, c io.Reader, buf []byte) int {
	t.Helper()
	for n := 0; ; {
		got, err := c.Read(buf[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += got
		head := bytes.Index(buf[:n], []byte("\r\n\r\n"))
		if head < 0 {
			continue
		}
		answer, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(buf[:n])), nil)
		if err != nil {
			t.Fatal(err)
		}
		if int64(n-head-4) >= answer.ContentLength {
			return n
		}
	}
}

func BenchmarkStaticHit(b *testing.B) {
	c, m := hitConn(1024)
	b.ReportAllocs()
	for b.Loop() {
		one(b, c)
	}
	b.SetBytes(m.written / int64(b.N))
}

func BenchmarkParse(b *testing.B) {
	x := takeExchange((&Server{Handler: newFake()}).newConn(&memConn{request: browserRequest}))
	x.c.host = newFake().host
	b.ReportAllocs()
	b.SetBytes(int64(len(browserRequest)))
	for b.Loop() {
		x.start, x.end, x.headEnd = 0, copy(x.in, browserRequest), 0
		x.req.Reset()
		if status := x.readHead(); status != 0 {
			b.Fatal(status)
		}
	}
}
