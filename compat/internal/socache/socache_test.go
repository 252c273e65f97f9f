package socache

import (
	"bytes"
	"fmt"
	"net"
	"os/exec"
	"testing"
	"time"
)

func TestMemory(t *testing.T) {
	m := NewMemory(10 * (itemCost + 12)).(*memory)
	soon := time.Now().Add(time.Minute)
	for i := range 100 {
		m.Put(fmt.Sprintf("key%05d", i), []byte("1234"), soon)
	}
	if len(m.of) != 10 || m.size > m.limit {
		t.Errorf("%d items of %d bytes", len(m.of), m.size)
	}
	if v, ok, _ := m.Get("key00099"); !ok || string(v) != "1234" {
		t.Errorf("the last is %q, %v", v, ok)
	}
	m.Put("key00099", nil, time.Now().Add(-time.Second))
	if _, ok, _ := m.Get("key00099"); ok {
		t.Error("what ended is still there")
	}
	m.Put("big", make([]byte, 10000), soon)
	if _, ok, _ := m.Get("big"); ok {
		t.Error("what is too big is kept")
	}
}

// TestServers asks real servers, where Debian's are installed.
func TestServers(t *testing.T) {
	for _, tt := range []struct {
		program string
		args    func(port string) []string
		open    func(list, namespace string) (Store, error)
	}{
		{"memcached", func(port string) []string { return []string{"-l", "127.0.0.1", "-p", port, "-U", "0", "-u", "nobody"} }, NewMemcache},
		{"redis-server", func(port string) []string {
			return []string{"--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", t.TempDir()}
		}, NewRedis},
	} {
		t.Run(tt.program, func(t *testing.T) {
			path, err := exec.LookPath(tt.program)
			if err != nil {
				t.Skip("it is not installed")
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			address := l.Addr().String()
			l.Close()
			_, port, _ := net.SplitHostPort(address)
			cmd := exec.Command(path, tt.args(port)...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { cmd.Process.Kill(); cmd.Wait() }()
			s, err := tt.open(address, "test")
			if err != nil {
				t.Fatal(err)
			}
			value := bytes.Repeat([]byte("a\r\nEND\r\n"), 100)
			for range 100 {
				if err = s.Put("some key\r\n", value, time.Now().Add(time.Minute)); err == nil {
					break
				}
				time.Sleep(50 * time.Millisecond)
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, ok, err := s.Get("some key\r\n"); !ok || !bytes.Equal(got, value) || err != nil {
				t.Errorf("got %q, %v, %v", got, ok, err)
			}
			if _, ok, err := s.Get("another"); ok || err != nil {
				t.Errorf("what is not there: %v, %v", ok, err)
			}
		})
	}
}

func TestNoServer(t *testing.T) {
	s, err := NewRedis("127.0.0.1:1", "test")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Get("x"); ok || err == nil {
		t.Errorf("got %v, %v", ok, err)
	}
	if _, err := NewMemcache("", "test"); err == nil {
		t.Error("no server is enough")
	}
}
