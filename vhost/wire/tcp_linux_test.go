package wire

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// accepted is a connection from both ends, by a listener for all addresses.
func accepted(t *testing.T) (*tcpConn, *net.TCPConn) {
	t.Helper()
	l := listen(t, ":0")
	defer l.Close()
	client := dial(t, net.JoinHostPort("127.0.0.1", l.Addr().String()[len("[::]:"):]))
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return nc.(*tcpConn), client.(*net.TCPConn)
}

func TestAccepted(t *testing.T) {
	c, client := accepted(t)
	if got, want := c.remote.String(), client.LocalAddr().String(); got != want {
		t.Errorf("remote address %s, want %s", got, want)
	}
	if got, want := c.local.String(), client.RemoteAddr().String(); got != want {
		t.Errorf("local address %s, want %s", got, want)
	}
	p := make([]byte, 8)
	io.WriteString(client, "first")
	if n, err := io.ReadFull(c, p[:5]); err != nil {
		t.Fatalf("read %q, %v", p[:n], err)
	}
	c.SetReadDeadline(time.Now().Add(time.Millisecond))
	if n, err := c.Read(p); !isTimeout(err) {
		t.Errorf("read %q, %v, want a timeout", p[:n], err)
	}
	c.SetReadDeadline(time.Time{})
	time.AfterFunc(10*time.Millisecond, func() { io.WriteString(client, "later") })
	if n, err := c.Read(p); string(p[:n]) != "later" {
		t.Errorf("read %q, %v, want later", p[:n], err)
	}
	client.CloseWrite()
	if n, err := c.Read(p); err != io.EOF {
		t.Errorf("read %q, %v, want the end", p[:n], err)
	}
	large := make([]byte, 8<<20) // More than the kernel takes at once.
	go func() { c.Write(large); c.CloseWrite() }()
	if n, err := io.Copy(io.Discard, client); n != int64(len(large)) || err != nil {
		t.Errorf("the client got %d bytes, %v", n, err)
	}
}

// Who waits is woken by Close, and a deadline that was set before there was
// something to wait for counts.
func TestAcceptedClosed(t *testing.T) {
	c, _ := accepted(t)
	c.SetDeadline(time.Unix(1, 0))
	if _, err := c.Read(make([]byte, 1)); !isTimeout(err) {
		t.Errorf("got %v, want a timeout", err)
	}
	c.SetDeadline(time.Time{})
	time.AfterFunc(10*time.Millisecond, func() { c.Close() })
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want it closed", err)
	}
	for what, err := range map[string]error{"Write": second(c.Write([]byte("x"))), "CloseWrite": c.CloseWrite(), "Close": c.Close()} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s of what is closed: %v", what, err)
		}
	}
	if _, err := c.file.Stat(); err == nil {
		t.Error("the descriptor is still open")
	}
}

func second(_ int, err error) error { return err }

// A listener that is closed while one waits at it ends that.
func TestListenerClosed(t *testing.T) {
	l := listen(t, "127.0.0.1:0")
	time.AfterFunc(10*time.Millisecond, func() { l.Close() })
	if _, err := l.Accept(); err != net.ErrClosed {
		t.Errorf("got %v, want %v", err, net.ErrClosed)
	}
}
