package heartmonitor

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"understudy/compat"
	"understudy/compat/internal/heartbeat"
)

// TestRun sends a server's message, and waits until it is noted.
func TestRun(t *testing.T) {
	free, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	at := free.LocalAddr().(*net.UDPAddr).AddrPort()
	free.Close()
	m := &monitor{board: heartbeat.NewBoard(10), at: at}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		m.run(ctx, func(*compat.Host, string, compat.Level, string) {})
	}()
	defer func() { cancel(); <-done }()
	nc, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for deadline := time.Now().Add(20 * time.Second); ; {
		nc.Write([]byte("garbage"))
		nc.Write([]byte(heartbeat.Message(5, 6)))
		if b, ok := m.board.All()["127.0.0.1"]; ok {
			if b.Ready != 5 || b.Busy != 6 {
				t.Errorf("got %+v", b)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("nothing was noted")
		}
		time.Sleep(10 * time.Millisecond)
	}
}
