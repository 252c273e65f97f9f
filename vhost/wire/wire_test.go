package wire

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"understudy/compat"
)

// A fake answers requests as the file handler does: it reads the body, and
// says what it was, or "page" for what was refused.
type fake struct {
	host   *compat.Host
	seen   func(r *compat.Request)
	answer func(r *compat.Request) // nil: as described
}

func newFake() *fake {
	host := &compat.Host{Build: &compat.Build{}}
	host.Build.Core.Banner = "Apache"
	return &fake{host: host}
}

func (f *fake) Limits(netip.AddrPort) *compat.Host { return f.host }

func (f *fake) Named(*compat.Conn, string) (*compat.Host, bool) { return f.host, false }

func (f *fake) LogConn(*compat.Conn, *compat.Host, string, compat.Level, string) {}

func (f *fake) Serve(r *compat.Request) {
	if f.seen != nil {
		f.seen(r)
	}
	if r.Aborted {
		return
	}
	if f.answer != nil && !r.Rejected {
		f.answer(r)
		return
	}
	body := "page"
	if !r.Rejected {
		body = "-"
		if r.Body != nil {
			b, err := io.ReadAll(r.Body)
			if body = string(b); err != nil {
				r.Status = int(compat.StatusOf(err))
				r.KeepAlive = false
			}
		}
	}
	send(r, body)
}

func send(r *compat.Request, body string) {
	r.Wire.Head(r, int64(len(body)))
	io.WriteString(r.Wire, body)
	r.Wire.Finish(r)
}

// start serves f on a loopback port.
func start(t testing.TB, f *fake) (*Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Handler: f}
	go s.Serve(l)
	t.Cleanup(func() { l.Close() })
	return s, l.Addr().String()
}

func dial(t testing.TB, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(10 * time.Second))
	t.Cleanup(func() { c.Close() })
	return c
}

// talk sends all at once, ends its side, and reads until the end.
func talk(t testing.TB, address, request string) string {
	t.Helper()
	c := dial(t, address)
	io.WriteString(c, request)
	c.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("%.40q: %v", request, err)
	}
	return withoutDate(string(answer))
}

// withoutDate drops what differs from run to run.
func withoutDate(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if !strings.HasPrefix(line, "Date: ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestHead(t *testing.T) {
	_, address := start(t, newFake())
	tests := []struct{ name, request, want string }{
		{"1.1", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
			"HTTP/1.1 200 OK\r\nServer: Apache\r\nContent-Length: 1\r\nConnection: close\r\n\r\n-"},
		{"1.0", "GET / HTTP/1.0\r\n\r\n",
			"HTTP/1.1 200 OK\r\nServer: Apache\r\nContent-Length: 1\r\nConnection: close\r\n\r\n-"},
		{"1.0 kept", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
			"HTTP/1.1 200 OK\r\nServer: Apache\r\nContent-Length: 1\r\nKeep-Alive: timeout=5, max=100\r\n" +
				"Connection: Keep-Alive\r\n\r\n-"},
		{"0.9", "GET /\r\n", "-"},
		{"HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
			"HTTP/1.1 200 OK\r\nServer: Apache\r\nContent-Length: 1\r\nConnection: close\r\n\r\n"},
		{"refused", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
			"HTTP/1.1 400 Bad Request\r\nServer: Apache\r\nContent-Length: 4\r\nConnection: close\r\n\r\npage"},
		{"pipelined", "GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" +
			"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
			"HTTP/1.1 200 OK\r\nServer: Apache\r\nContent-Length: 1\r\n\r\n-" +
				"HTTP/1.1 200 OK\r\nServer: Apache\r\nContent-Length: 3\r\n\r\nabc" +
				"HTTP/1.1 200 OK\r\nServer: Apache\r\nContent-Length: 1\r\nConnection: close\r\n\r\n-"},
		{"chunked", "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" +
			"3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\nT: u\r\n\r\n",
			"HTTP/1.1 200 OK\r\nServer: Apache\r\nContent-Length: 8\r\nConnection: close\r\n\r\nabcdefgh"},
		{"100", "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
			"HTTP/1.1 100 Continue\r\n\r\n" +
				"HTTP/1.1 200 OK\r\nServer: Apache\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"},
	}
	for _, tt := range tests {
		if got := talk(t, address, tt.request); got != tt.want {
			t.Errorf("%s: got\n%q\nwant\n%q", tt.name, got, tt.want)
		}
	}
}

func TestFields(t *testing.T) {
	f := newFake()
	var got []compat.Field
	f.seen = func(r *compat.Request) {
		got = nil
		for _, h := range r.In.Fields() {
			got = append(got, compat.Field{Name: strings.Clone(h.Name), Value: strings.Clone(h.Value)})
		}
	}
	_, address := start(t, f)
	talk(t, address, "GET / HTTP/1.1\r\nhOst: a\r\nX:  1 \t\r\ny:\r\nx: 2\r\n 3\r\n\t4 \r\nZ:\r\n  5\r\n\r\n")
	want := []compat.Field{{Name: "hOst", Value: "a"}, {Name: "X", Value: "1, 2 3 4"}, {Name: "y"}, {Name: "Z", Value: "5"}}
	if len(got) != len(want) {
		t.Fatalf("got %q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
}

func TestMergeOfManyFields(t *testing.T) {
	var few, many compat.Header
	for i := range 40 {
		name := string(rune('a'+i%26)) + "x"
		if i%3 == 0 {
			name = strings.ToUpper(name)
		}
		few.Add(name, string(rune('0'+i%10)))
		many.Add(name, string(rune('0'+i%10)))
	}
	mergeMany(&many)
	seen := map[string]string{}
	var order []string
	for _, f := range few.Fields() {
		key := strings.ToLower(f.Name)
		if v, ok := seen[key]; ok {
			seen[key] = v + ", " + f.Value
			continue
		}
		seen[key] = f.Value
		order = append(order, f.Name)
	}
	if many.Len() != len(order) {
		t.Fatalf("got %d fields, want %d", many.Len(), len(order))
	}
	for i, f := range many.Fields() {
		if f.Name != order[i] || f.Value != seen[strings.ToLower(f.Name)] {
			t.Errorf("got %q", f)
		}
	}
}

func TestKeepAlive(t *testing.T) {
	f := newFake()
	max := 2
	f.host.MaxKeepAlive = &max
	_, address := start(t, f)
	c := dial(t, address)
	in := bufio.NewReader(c)
	for i, want := range []string{"Keep-Alive: timeout=5, max=2", "Keep-Alive: timeout=5, max=1", "Connection: close"} {
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
		if head := readHead(t, in); !strings.Contains(head, want) {
			t.Errorf("%d: got %q, want %q", i, head, want)
		}
		in.ReadByte()
	}
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("got %v, want the end", err)
	}
}

func readHead(t *testing.T, in *bufio.Reader) string {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if b.WriteString(line); line == "\r\n" {
			return b.String()
		}
	}
}

func TestUnknownLength(t *testing.T) {
	f := newFake()
	f.answer = func(r *compat.Request) {
		r.Wire.Head(r, -1)
		io.WriteString(r.Wire, "abc")
		r.Wire.Flush()
		io.WriteString(r.Wire, strings.Repeat("x", 17))
		r.Wire.Finish(r)
	}
	_, address := start(t, f)
	tests := []struct{ protocol, want string }{
		{"1.1", "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n11\r\nxxxxxxxxxxxxxxxxx\r\n0\r\n\r\n"},
		{"1.0", "Connection: close\r\n\r\nabcxxxxxxxxxxxxxxxxx"},
	}
	for _, tt := range tests {
		got := talk(t, address, "GET / HTTP/"+tt.protocol+"\r\nHost: a\r\nConnection: close\r\n\r\n")
		if !strings.HasSuffix(got, tt.want) {
			t.Errorf("HTTP/%s: got %q, want %q", tt.protocol, got, tt.want)
		}
	}
}

// A response shorter than it said must not let the client wait, nor take the
// next response for its rest.
func TestShortBodyCloses(t *testing.T) {
	f := newFake()
	f.answer = func(r *compat.Request) {
		r.Wire.Head(r, 10)
		io.WriteString(r.Wire, "abc")
		r.Wire.Finish(r)
	}
	_, address := start(t, f)
	got := talk(t, address, strings.Repeat("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 2))
	if strings.Count(got, "HTTP/1.1") != 1 || !strings.HasSuffix(got, "abc") {
		t.Errorf("got %q", got)
	}
}

func TestLargeBodies(t *testing.T) {
	path := t.TempDir() + "/f"
	content := strings.Repeat("0123456789abcdef", 40<<10)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, off := range []bool{false, true} {
		for _, n := range []int{0, 1, 7 << 10, 15 << 10, 17 << 10, 63 << 10, 64 << 10, 600 << 10} {
			for name, write := range map[string]func(*compat.Request, *os.File){
				"Write": func(r *compat.Request, _ *os.File) { io.WriteString(r.Wire, content[100:100+n]) },
				"File":  func(r *compat.Request, f *os.File) { r.Wire.File(f, 100, int64(n)) },
			} {
				f := newFake()
				on := !off
				f.answer = func(r *compat.Request) {
					file, err := os.Open(path)
					if err != nil {
						t.Error(err)
						return
					}
					defer file.Close()
					r.Scope = &compat.Scope{Core: &compat.Core{EnableSendfile: &on}}
					r.Wire.Head(r, int64(n))
					write(r, file)
					r.Wire.Finish(r)
					if r.BytesOut < int64(n) {
						t.Errorf("%s %d: BytesOut is %d", name, n, r.BytesOut)
					}
				}
				_, address := start(t, f)
				got := talk(t, address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
				_, body, _ := strings.Cut(got, "\r\n\r\n")
				if body != content[100:100+n] {
					t.Errorf("%s of %d bytes: got %d", name, n, len(body))
				}
			}
		}
	}
}

func TestBytesInAndOut(t *testing.T) {
	f := newFake()
	in, out := make(chan int64, 3), make(chan int64, 3)
	f.answer = func(r *compat.Request) {
		if r.Body != nil {
			io.Copy(io.Discard, r.Body)
		}
		send(r, "abc")
		in <- r.BytesIn
		out <- r.BytesOut
	}
	_, address := start(t, f)
	requests := []string{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345",
		"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"}
	answer := talk(t, address, strings.Join(requests, ""))
	total := int64(0)
	for i, r := range requests {
		if n := <-in; n != int64(len(r)) {
			t.Errorf("request %d: BytesIn is %d, want %d", i, n, len(r))
		}
		total += <-out
	}
	dates := int64(3 * len("Date: Mon, 02 Jan 2006 15:04:05 GMT\r\n"))
	if total != int64(len(answer))+dates {
		t.Errorf("BytesOut is %d in all, want %d", total, int64(len(answer))+dates)
	}
}
