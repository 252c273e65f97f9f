//go:build linux

package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// proxyWorkloads are answered by others than the server itself. That of CGI
// counts the programs' own time, where there are control groups; else only for
// us, for Apache's daemon has the kernel forget them. That of PHP counts only
// what the servers take.
var proxyWorkloads = []workload{
	{name: "proxy", title: "reverse proxy to a fast backend, keep-alive", path: "/p/1k", connections: 64, size: 1024},
	{name: "php", title: "php-fpm hello world", path: "/php/hello.php", connections: 16, size: 6, apacheOnly: true, fewer: 4, needs: "/usr/sbin/php-fpm*"},
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
	if err := os.WriteFile(path, []byte("#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nhello\\n'\n"), 0o755); err != nil {
		return err
	}
	path = filepath.Join(root, "php", "hello.php")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte("<?php echo \"hello\\n\";\n"), 0o644)
}

// startFPM starts the php-fpm that all contenders ask; its time is not counted.
func startFPM(root string) (stop func(), err error) {
	programs, _ := filepath.Glob("/usr/sbin/php-fpm*")
	if len(programs) == 0 {
		return func() {}, nil
	}
	identity := ""
	if os.Getuid() == 0 {
		identity = "user = www-data\ngroup = www-data\nlisten.mode = 0666\n"
	}
	conf := filepath.Join(root, "php", "fpm.conf")
	err = os.WriteFile(conf, fmt.Appendf(nil, "[global]\nerror_log = %[1]s/php/log\n[www]\n%[2]slisten = %[1]s/php/sock\npm = static\npm.max_children = 16\n",
		root, identity), 0o644)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(programs[len(programs)-1], "-F", "-n", "-y", conf)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	for range 250 {
		if c, err := net.Dial("unix", filepath.Join(root, "php", "sock")); err == nil {
			c.Close()
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() }, nil
}

// proxyLines are what Apache and Understudy are told of it.
func proxyLines(root string) string {
	return fmt.Sprintf(`LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
LoadModule cgid_module /usr/lib/apache2/modules/mod_cgid.so
ProxyPass /p/ http://127.0.0.1:%[1]d/
LoadModule proxy_fcgi_module /usr/lib/apache2/modules/mod_proxy_fcgi.so
ScriptAlias /cgi-bin/ %[2]s/cgi/
Alias /php/ %[2]s/php/
<FilesMatch "\.php$">
	SetHandler "proxy:unix:%[2]s/php/sock|fcgi://localhost"
</FilesMatch>
`, backend, root)
}

// nginxUpstream and nginxLocation are what nginx is told.
func nginxUpstream() string {
	return fmt.Sprintf("upstream back { server 127.0.0.1:%d; keepalive 64; }", backend)
}

const nginxLocation = `location /p/ { proxy_pass http://back/; proxy_http_version 1.1; proxy_set_header Connection ""; }`
