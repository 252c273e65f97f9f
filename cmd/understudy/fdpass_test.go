//go:build unix

package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/tools/txtar"
)

const fdpassConf = `ProxyPass /fd fd://./sock
ProxyPass /none fd://./none
`

// receiveConnections answers on the connections that it is handed.
func receiveConnections(t *testing.T, path string) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	os.Chmod(path, 0o666)
	go func() {
		for {
			c, err := l.AcceptUnix()
			if err != nil {
				return
			}
			b, rights := make([]byte, 10), make([]byte, syscall.CmsgSpace(4))
			n, m, _, _, err := c.ReadMsgUnix(b, rights)
			c.Close()
			messages, _ := syscall.ParseSocketControlMessage(rights[:m])
			if err != nil || n != 1 || b[0] != 0 || len(messages) != 1 {
				continue // Who asked gets nothing but the header.
			}
			fds, _ := syscall.ParseUnixRights(&messages[0])
			f := os.NewFile(uintptr(fds[0]), "client")
			f.WriteString("from the other\n")
			f.Close()
		}
	}()
}

// TestFDPass hands connections to another process, as real Apache does where it
// is installed.
func TestFDPass(t *testing.T) {
	a := &txtar.Archive{Comment: []byte("modules: proxy proxy_fdpass\n"),
		Files: []txtar.File{{Name: "httpd.conf", Data: []byte(fdpassConf)}}}
	serve := func(binary string) *scenario {
		s := startScenario(t, binary, a)
		receiveConnections(t, filepath.Join(s.root, "sock"))
		return s
	}
	ours := serve(buildBinary(t))
	var real *scenario
	if _, err := os.Stat(*apache); err == nil && !testing.Short() {
		real = serve(*apache)
	}
	for _, tt := range []struct{ request, want string }{
		{"GET /fd HTTP/1.1\nHost: localhost\n\n", "HTTP/1.1 200 OK\n\nfrom the other\n"},
		{"POST /fd HTTP/1.1\nHost: localhost\nContent-Length: 5\n\nabc", "from the other"},
		{"GET /fd HTTP/1.0\n\n", "from the other"},
		{"GET /fd/more HTTP/1.1\nHost: localhost\nConnection: close\n\n", "500"},
		{"GET /none HTTP/1.1\nHost: localhost\nConnection: close\n\n", "500"},
	} {
		got := ours.ask(t, []byte(tt.request))
		if !strings.Contains(got, tt.want) {
			t.Errorf("%q: got\n%s\nwant %q", tt.request, got, tt.want)
		}
		if real == nil {
			continue
		}
		if want := real.ask(t, []byte(tt.request)); got != want {
			t.Errorf("%q: got\n%s\nApache answers\n%s", tt.request, got, want)
		}
	}
	ours.expectLog(t, "Failed to connect to '{{ROOT}}/none'\n")
}
