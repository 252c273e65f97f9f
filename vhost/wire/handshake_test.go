package wire

import (
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	"understudy/compat"
)

// deadlines is a connection that a byte a read comes from, and that remembers
// until when reads were to wait.
type deadlines struct {
	net.Conn
	until []time.Time
}

func (d *deadlines) Read(p []byte) (int, error)        { p[0] = 0; return 1, nil }
func (d *deadlines) SetReadDeadline(t time.Time) error { d.until = append(d.until, t); return nil }

// Each byte of a handshake buys time, up to what there is at most.
func TestHandshakeStage(t *testing.T) {
	d := &deadlines{}
	rule := &compat.ReadStage{Timeout: 10 * time.Second, Max: 12 * time.Second, MinRate: 1}
	h := newHandshake(d, rule, time.Minute)
	begun := h.stage.max - rule.Max
	for range 4 {
		h.Read(make([]byte, 5))
	}
	for i, want := range []time.Duration{10, 11, 12, 12} {
		if got := d.until[i].Sub(epoch) - begun; got != want*time.Second {
			t.Errorf("read %d: waits until %v, want %v", i, got, want*time.Second)
		}
	}
	h.over()
	if h.Read(make([]byte, 5)); len(d.until) != 4 {
		t.Error("reads are hurried after the handshake")
	}
	short := newHandshake(&deadlines{}, rule, time.Second)
	short.Read(make([]byte, 5))
	if got := short.Conn.(*deadlines).until[0].Sub(epoch); got != short.whole {
		t.Errorf("waits until %v, want %v: Timeout", got, short.whole)
	}
}

// stalled is a Transport that reads until nothing comes any more.
type stalled struct{ ended chan error }

func (s stalled) Secure(_ *compat.Conn, nc net.Conn, _ time.Duration) (net.Conn, error) {
	_, err := io.Copy(io.Discard, nc)
	s.ended <- err
	return nil, err
}

// A client that does not shake hands is cut off by the stage, not by Timeout.
func TestHandshakeTimeout(t *testing.T) {
	f := newFake()
	s := stalled{make(chan error, 1)}
	f.host.Transport = s
	f.host.ReadTimeouts = &compat.ReadTimeouts{Handshake: &compat.ReadStage{Timeout: 50 * time.Millisecond}}
	_, address := start(t, f)
	c := dial(t, address)
	io.WriteString(c, "\x16\x03\x01")
	if err := <-s.ended; !isTimeout(err) {
		t.Errorf("the handshake ended with %v", err)
	}
	if b, err := io.ReadAll(c); len(b) > 0 {
		t.Errorf("got %q, %v", b, err)
	}
}

// A connection that has been idle for long waits in another goroutine: it is
// served as before, and closed as before.
func TestParked(t *testing.T) {
	for name, secure := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) { t.Parallel(); testParked(t, secure) })
	}
}

func testParked(t *testing.T, secure bool) {
	f := newFake()
	quiet := 3 * parkAfter
	f.host.KeepAliveTimeout = &quiet
	if secure {
		f.host.Transport = transport{&tls.Config{Certificates: []tls.Certificate{certificate(t)}}}
	}
	s, address := start(t, f)
	c := dial(t, address)
	if secure {
		c = tls.Client(c, &tls.Config{InsecureSkipVerify: true})
	}
	ask := func() {
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		if n, err := c.Read(make([]byte, 4096)); n == 0 {
			t.Fatal(err)
		}
	}
	for parked := range 2 {
		ask()
		for s.parks.Load() == int64(parked) && rawSockets {
			time.Sleep(10 * time.Millisecond)
		}
	}
	ask()
	if n := s.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
	if b, err := io.ReadAll(c); len(b) > 0 || err != nil {
		t.Errorf("got %q, %v behind the timeout", b, err)
	}
}
