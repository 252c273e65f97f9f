//go:build unix

package main

import (
	"bytes"
	"fmt"
	"net"
	"testing"
)

// proxyConf is a site that a worker answers for.
const proxyConf = `LoadModule mpm_event_module m
LoadModule authz_core_module m
LoadModule authn_core_module m
LoadModule alias_module m
LoadModule mime_module m
LoadModule setenvif_module m
LoadModule proxy_module m
LoadModule proxy_http_module m
ServerName localhost
Listen 127.0.0.1:80
ErrorLog error.log
TypesConfig mime.types
LogFormat "%%h %%l %%u %%t \"%%r\" %%>s %%O \"%%{Referer}i\" \"%%{User-Agent}i\"" combined
CustomLog access.log combined
MaxKeepAliveRequests 0
ProxyPass / http://%[1]s/
ProxyPassReverse / http://%[1]s/
`

// answerAlike gives every request on l the same answer, without memory for it.
func answerAlike(l net.Listener, answer []byte) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			for request := make([]byte, 8<<10); ; {
				if _, err := c.Read(request); err != nil {
					return
				}
				c.Write(answer)
			}
		}()
	}
}

// serveProxied serves what a worker answers, size bytes, and is asked over a
// connection to it.
func serveProxied(tb testing.TB, size int) net.Conn {
	worker, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	go answerAlike(worker, fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nServer: worker\r\nDate: Sat, 28 Nov 2026 12:00:00 GMT\r\n"+
		"Content-Type: text/html\r\nContent-Length: %d\r\nVary: Accept-Encoding\r\nConnection: keep-alive\r\n\r\n%s",
		size, bytes.Repeat([]byte("x"), size)))
	tb.Cleanup(func() { worker.Close() })
	return serveModules(tb, modules, fmt.Sprintf(proxyConf, worker.Addr()))
}

// proxiedAllocations is what a request that a worker answers may cost.
const proxiedAllocations = 4

func TestProxiedAllocations(t *testing.T) {
	ask := asker(t, serveProxied(t, 1<<10), 1<<10)
	for range 200 { // Until the log is busy, too.
		ask()
	}
	if n := testing.AllocsPerRun(300, ask); n > proxiedAllocations && !raceEnabled {
		t.Errorf("a request that is passed on costs %v allocations, want %d at most", n, proxiedAllocations)
	}
}

func BenchmarkProxied(b *testing.B) {
	ask := asker(b, serveProxied(b, 1<<10), 1<<10)
	b.ReportAllocs()
	for b.Loop() {
		ask()
	}
}
