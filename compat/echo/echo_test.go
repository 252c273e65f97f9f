package echo

import (
	"bufio"
	"net"
	"testing"

	"understudy/compat"
	"understudy/compat/internal/conftest"
)

// TestServe sends lines to a host that echoes, and to one that does not.
func TestServe(t *testing.T) {
	b := conftest.New(t, &Module)
	place := &conftest.Place{Host: b.Main}
	c := &compat.Conn{Base: b.Main}
	client, server := net.Pipe()
	defer client.Close()
	b.Main.Scope = &compat.Scope{Vector: b.Main.Section.Vector}
	if got := serve(c, server); got != server {
		t.Fatal("a host that says nothing echoes")
	}
	if err := place.Obey("ProtocolEcho On"); err != nil {
		t.Fatal(err)
	}
	done := make(chan net.Conn)
	go func() {
		nc := serve(c, server)
		server.Close()
		done <- nc
	}()
	in := bufio.NewReader(client)
	for _, line := range []string{"one\n", "two\n"} {
		if _, err := client.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
		if got, err := in.ReadString('\n'); got != line || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, line)
		}
	}
	client.Close()
	if nc := <-done; nc != nil {
		t.Error("the connection goes on with HTTP")
	}
}
