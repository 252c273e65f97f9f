package wire

import (
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"understudy/compat"
)

// A script is a connection whose client has said all it will.
type script struct {
	in  io.Reader
	out bytes.Buffer
}

func (s *script) Read(p []byte) (int, error)       { return s.in.Read(p) }
func (s *script) Write(p []byte) (int, error)      { return s.out.Write(p) }
func (s *script) Close() error                     { return nil }
func (s *script) LocalAddr() net.Addr              { return loopback }
func (s *script) RemoteAddr() net.Addr             { return loopback }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// play serves what a client says, and returns what it is told and the requests
// that were understood.
func play(t *testing.T, in io.Reader) (told string, seen []string) {
	f := newFake()
	f.answer = func(r *compat.Request) {
		body := ""
		if r.Body != nil {
			b, err := io.ReadAll(r.Body)
			if body = string(b); err != nil {
				r.Status, r.KeepAlive = int(compat.StatusOf(err)), false
				body = err.Error()
			}
		}
		check(t, r)
		seen = append(seen, r.Method+" "+r.Target+" "+strings.Clone(body))
		send(r, "x")
	}
	c := &script{in: in}
	s := &Server{Handler: f}
	s.newConn(c).serve()
	return withoutDate(c.out.String()), seen
}

// check looks for what no request may have that came through.
func check(t *testing.T, r *compat.Request) {
	if !isToken(r.Method) || !isVisible(r.Target) {
		t.Errorf("method %q, target %q", r.Method, r.Target)
	}
	if r.ProtoNum >= 1001 && !r.In.Has("Host") {
		// The virtual hosts refuse that; it is no matter of reading.
		return
	}
	for i, f := range r.In.Fields() {
		if !isToken(f.Name) || f.Value != "" && !contentChars.all(f.Value) || len(f.Value) > defaultFieldSize {
			t.Errorf("field %q: %q", f.Name, f.Value)
		}
		for _, g := range r.In.Fields()[:i] {
			if strings.EqualFold(f.Name, g.Name) {
				t.Errorf("%s is there twice", f.Name)
			}
		}
	}
	if r.In.Has("Transfer-Encoding") && r.In.Has("Content-Length") {
		t.Error("two framings")
	}
}

// FuzzRequest feeds arbitrary bytes to a connection, whole and a byte at a
// time: both must mean the same.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{
		browserRequest, "GET /\r\n", "GET / HTTP/1.0\r\n\r\n", "\r\n\r\nHEAD * HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n z\r\n\r\nGET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\nX: c\r\nExpect: 100-continue\r\n\r\n", "GET /\x00 HTTP/1.1\r\n: \r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	for _, s := range recorded(f) {
		f.Add([]byte(s + "GET / HTTP/1.1\r\nHost: z\r\n\r\n"))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			return
		}
		whole, seen := play(t, bytes.NewReader(b))
		bytewise, also := play(t, iotest.OneByteReader(bytes.NewReader(b)))
		if whole != bytewise || strings.Join(seen, "\n") != strings.Join(also, "\n") {
			t.Errorf("whole: %q %q\nbyte by byte: %q %q", seen, whole, also, bytewise)
		}
	})
}

// recorded are the requests that real Apache was asked (testdata/wire), but for
// the large ones.
func recorded(tb testing.TB) (all []string) {
	names, _ := filepath.Glob("../../testdata/wire/*.tsv")
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			_, quoted, _ := strings.Cut(strings.TrimSpace(line), "\t")
			quoted, _, _ = strings.Cut(quoted, "\t")
			if s, err := strconv.Unquote(quoted); err == nil && !strings.Contains(s, "{") {
				all = append(all, s)
			}
		}
	}
	if len(all) == 0 {
		tb.Fatal("no recorded requests")
	}
	return all
}

// FuzzChunked reads arbitrary bytes as a chunked body, and compares with a
// simple reader that takes only what is beyond doubt.
func FuzzChunked(f *testing.F) {
	for _, s := range []string{"3\r\nabc\r\n0\r\n\r\n", "3 ;x=\"y\"\r\nabc\r\n0\r\nT: u\r\n\r\n", "0\r\n\r\n", "a\r\n0123456789\r\n00\r\n\r\n",
		"ffffffffffffffff\r\n", "3\nabc\r\n0\r\n\r\n", "3\r\nabc0\r\n\r\n", "1\r\na\r\n\r\n1\r\nb\r\n0\r\n\r\n"} {
		f.Add([]byte(s), 3)
	}
	const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		if len(b) > 1<<16 || bytes.Contains(b, []byte("HTTP")) {
			return
		}
		var got []byte
		var failed error
		fake := newFake()
		fake.answer = func(r *compat.Request) {
			if got == nil {
				piece := make([]byte, max(1, min(size, 9000)))
				for failed == nil {
					var n int
					n, failed = r.Body.Read(piece)
					got = append(got, piece[:n]...)
				}
			}
			r.KeepAlive = false
			send(r, "x")
		}
		c := &script{in: strings.NewReader(head + string(b))}
		(&Server{Handler: fake}).newConn(c).serve()
		want, ok := plainChunks(b)
		if ok && (failed != io.EOF || !bytes.Equal(got, want)) {
			t.Errorf("got %q, %v, want %q", got, failed, want)
		}
		if failed == io.EOF && !bytes.HasPrefix(b, []byte("0")) && len(got) == 0 {
			t.Errorf("%q is an empty body", b)
		}
	})
}

// plainChunks reads chunks without extensions or trailer.
func plainChunks(b []byte) (body []byte, ok bool) {
	for {
		line, rest, found := bytes.Cut(b, []byte("\r\n"))
		if !found || len(line) == 0 || len(line) > 4 {
			return nil, false
		}
		n := 0
		for _, c := range line {
			d, hex := compat.HexDigit(c)
			if !hex {
				return nil, false
			}
			n = n<<4 | int(d)
		}
		if n == 0 {
			return body, bytes.HasPrefix(rest, []byte("\r\n"))
		}
		if len(rest) < n+2 || string(rest[n:n+2]) != "\r\n" {
			return nil, false
		}
		body, b = append(body, rest[:n]...), rest[n+2:]
	}
}
