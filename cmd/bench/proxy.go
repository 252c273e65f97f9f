//go:build linux

package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// proxyWorkloads are answered by others than the server itself. That of CGI
// counts the programs' own time, where there are control groups; else only for
// us, for Apache's daemon has the kernel forget them.
var proxyWorkloads = []workload{
	{name: "proxy", title: "reverse proxy to a fast backend, keep-alive", path: "/p/1k", connections: 64, size: 1024},
	{name: "cgi", title: "CGI hello world (cgid)", path: "/cgi-bin/hello", connections: 8, size: 6, apacheOnly: true, fewer: 20},
}

// backend is the port of the server behind the proxies, which is this process.
var backend int

// startBackend starts it, and writes the program of CGI.
func startBackend(root string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	backend = l.Addr().(*net.TCPAddr).Port
	body := []byte(strings.Repeat("0123456789abcde\n", 64))
	html, err := os.ReadFile(filepath.Join(root, "htdocs", "50k.html"))
	if err != nil {
		return err
	}
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/50k" {
			w.Write(body)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Write(html)
	}))
	path := filepath.Join(root, "cgi", "hello")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte("#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nhello\\n'\n"), 0o755)
}

// proxyLines are what Apache and Understudy are told of it.
func proxyLines(root string) string {
	return fmt.Sprintf(`LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
LoadModule cgid_module /usr/lib/apache2/modules/mod_cgid.so
ProxyPass /p/ http://127.0.0.1:%d/
ScriptAlias /cgi-bin/ %s/cgi/
`, backend, root)
}

// nginxUpstream and nginxLocation are what nginx is told.
func nginxUpstream() string {
	return fmt.Sprintf("upstream back { server 127.0.0.1:%d; keepalive 64; }", backend)
}

const nginxLocation = `location /p/ { proxy_pass http://back/; proxy_http_version 1.1; proxy_set_header Connection ""; }`
