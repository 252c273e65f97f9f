package wire

import (
	"context"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"understudy/compat"
)

func TestSlowClients(t *testing.T) {
	f := newFake()
	timeout := 300 * time.Millisecond
	f.host.Timeout = &timeout
	logged := make(chan int, 1)
	f.seen = func(r *compat.Request) { logged <- r.Status }
	_, address := start(t, f)
	tests := []struct {
		name, sent string
		answer     string // its beginning
		status     int    // logged; 0: nothing is
	}{
		{"nothing", "", "", 408},
		{"part of a line", "GET /", "", 408},
		{"part of a header", "GET / HTTP/1.1\r\nHo", "HTTP/1.1 408 Request Timeout\r\n", 408},
		{"part of a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", "HTTP/1.1 408 Request Timeout\r\n", 200},
	}
	for _, tt := range tests {
		c := dial(t, address)
		io.WriteString(c, tt.sent)
		answer, _ := io.ReadAll(c)
		if !strings.HasPrefix(string(answer), tt.answer) || tt.answer == "" && len(answer) > 0 {
			t.Errorf("%s: got %q, want %q", tt.name, answer, tt.answer)
		}
		select {
		case status := <-logged:
			if status != tt.status {
				t.Errorf("%s: logged %d, want %d", tt.name, status, tt.status)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s: not logged", tt.name)
		}
	}
}

// A client that sends a byte now and then does not get around Timeout.
func TestTrickle(t *testing.T) {
	f := newFake()
	timeout := 300 * time.Millisecond
	f.host.Timeout = &timeout
	_, address := start(t, f)
	c := dial(t, address)
	begun := time.Now()
	go func() {
		io.WriteString(c, "GET / HTTP/1.1\r\n")
		for range 200 {
			if _, err := io.WriteString(c, "X: y\r\n"); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	answer, _ := io.ReadAll(c)
	if took := time.Since(begun); took > 5*time.Second || !strings.HasPrefix(string(answer), "HTTP/1.1 408 ") {
		t.Errorf("got %.40q after %v", answer, took)
	}
}

// A byte at a time gives the same request.
func TestByteByByte(t *testing.T) {
	f := newFake()
	_, address := start(t, f)
	c := dial(t, address)
	c.(*net.TCPConn).SetNoDelay(true)
	for _, b := range []byte("POST /x HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" +
		"3;x\r\nabc\r\n1\r\nd\r\n0\r\nT: u\r\n\r\n") {
		c.Write([]byte{b})
	}
	answer, _ := io.ReadAll(c)
	if !strings.HasSuffix(string(answer), "\r\n\r\nabcd") {
		t.Errorf("got %q", answer)
	}
}

func TestKeepAliveTimeout(t *testing.T) {
	f := newFake()
	quiet := 100 * time.Millisecond
	f.host.KeepAliveTimeout = &quiet
	n := 0
	f.seen = func(*compat.Request) { n++ }
	_, address := start(t, f)
	c := dial(t, address)
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	begun := time.Now()
	if _, err := io.ReadAll(c); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > 3*time.Second || n != 1 {
		t.Errorf("%d requests in %v", n, took)
	}
}

// The rest of a body nobody wanted is read, so that the next request is found.
func TestUnreadBody(t *testing.T) {
	f := newFake()
	f.answer = func(r *compat.Request) { send(r, r.Method) }
	_, address := start(t, f)
	big := strings.Repeat("x", 100<<10)
	got := talk(t, address, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 102400\r\n\r\n"+big+
		"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n19000\r\n"+big+"\r\n0\r\n\r\n"+
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	for _, want := range []string{"\r\n\r\nPOST", "\r\n\r\nPUT", "\r\n\r\nGET"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	got = talk(t, address, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\nabc")
	if !strings.Contains(got, "Connection: close\r\n") {
		t.Errorf("a huge body was not refused: %q", got)
	}
}

func TestPanicIsContained(t *testing.T) {
	f := newFake()
	f.answer = func(r *compat.Request) {
		if r.Target == "/panic" {
			panic("x")
		}
		send(r, "ok")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	told := make(chan any, 1)
	s := &Server{Handler: f, Panicked: func(v any, stack []byte) { told <- v }}
	go s.Serve(l)
	if got := talk(t, l.Addr().String(), "GET /panic HTTP/1.1\r\nHost: a\r\n\r\n"); got != "" {
		t.Errorf("got %q", got)
	}
	if v := <-told; v != "x" {
		t.Errorf("told %v", v)
	}
	if got := talk(t, l.Addr().String(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); !strings.HasSuffix(got, "ok") {
		t.Errorf("got %q", got)
	}
	if s.Busy() != 0 {
		t.Errorf("%d are busy", s.Busy())
	}
}

func TestShutdown(t *testing.T) {
	f := newFake()
	under, finish := make(chan bool), make(chan bool)
	f.answer = func(r *compat.Request) {
		if r.Target == "/slow" {
			under <- true
			<-finish
		}
		send(r, "done")
	}
	s, address := start(t, f)
	idle, slow := dial(t, address), dial(t, address)
	io.WriteString(idle, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	idle.Read(make([]byte, 4096))
	io.WriteString(slow, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
	<-under
	stopped := make(chan bool)
	go func() { s.Shutdown(context.Background()); close(stopped) }()
	if rest, err := io.ReadAll(idle); len(rest) > 0 || err != nil {
		t.Errorf("idle connection: %q, %v", rest, err)
	}
	select {
	case <-stopped:
		t.Error("Shutdown did not wait")
	case <-time.After(50 * time.Millisecond):
	}
	close(finish)
	if answer, err := io.ReadAll(slow); !strings.HasSuffix(string(answer), "done") || err != nil {
		t.Errorf("request under way: %q, %v", answer, err)
	}
	<-stopped
	if n := s.Connections(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
}

// Idle connections cost little: no buffers, no request.
func TestIdleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("opens thousands of descriptors")
	}
	f := newFake()
	timeout := time.Minute
	f.host.KeepAliveTimeout = &timeout
	s, address := start(t, f)
	before := memory()
	conns := make([]net.Conn, 0, 8000)
	for len(conns) < cap(conns) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Skipf("after %d connections: %v", len(conns), err)
		}
		defer c.Close()
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		conns = append(conns, c)
	}
	answer := make([]byte, 4096)
	for i, c := range conns {
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := c.Read(answer); err != nil {
			t.Skipf("%d of %d connections were served: %v", i, len(conns), err)
		}
	}
	for s.Busy() > 0 {
		time.Sleep(time.Millisecond)
	}
	each := (memory() - before) / int64(len(conns))
	t.Logf("%d bytes for each of %d connections, with the client's end", each, len(conns))
	if each > 8<<10 && !raceEnabled {
		t.Errorf("an idle connection costs %d bytes, at most 8192 are allowed", each)
	}
}

// memory is what the program holds after a collection: heap and stacks.
func memory() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
