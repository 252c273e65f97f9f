//go:build unix

package upstream

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"
)

// pair is a connection to a worker, and the worker's end.
func pair(t *testing.T) (*Conn, net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	worker, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close(); worker.Close() })
	return newConn(nc, &Worker{}, 10*time.Second), worker
}

// quietly waits until k's end has seen what the worker did.
func quietly(t *testing.T, k *Conn) {
	for range 1000 {
		if !k.alive() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("nothing is seen of what the worker did")
}

func TestAskReadsAhead(t *testing.T) {
	for _, size := range []int{10, 16 << 20} { // More than the kernel takes at once, too.
		k, worker := pair(t)
		go func() {
			io.CopyN(io.Discard, worker, int64(size))
			worker.Write([]byte("answer\n"))
		}()
		if err := k.Ask(bytes.Repeat([]byte("x"), size)); err != nil {
			t.Fatal(err)
		}
		if line, err := k.ReadLine(100); string(line) != "answer" || err != nil {
			t.Errorf("asked with %d bytes: got %q, %v", size, line, err)
		}
	}
}

// What a worker did to a connection nobody used shows before anything is sent.
func TestAskOnDeadConnection(t *testing.T) {
	deeds := map[string]func(net.Conn){
		"closed":      func(c net.Conn) { c.Close() },
		"half closed": func(c net.Conn) { c.(*net.TCPConn).CloseWrite() },
		"spoke":       func(c net.Conn) { c.Write([]byte("HTTP/1.1 200 OK\r\n")) },
	}
	for what, do := range deeds {
		k, worker := pair(t)
		do(worker)
		quietly(t, k)
		k.unseen = true
		if err := k.Ask([]byte("request")); err != ErrDead {
			t.Errorf("the worker %s: got %v, want %v", what, err, ErrDead)
		}
	}
}

// The end of a connection on which something was sent is told to who reads.
func TestAskAndNoAnswer(t *testing.T) {
	k, worker := pair(t)
	go func() {
		io.CopyN(io.Discard, worker, 7)
		worker.Close()
	}()
	if err := k.Ask([]byte("request")); err != nil {
		t.Fatal(err)
	}
	if line, err := k.ReadLine(100); err != io.EOF {
		t.Errorf("got %q, %v, want %v", line, err, io.EOF)
	}
}
