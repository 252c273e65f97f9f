//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// writeSite makes the files that all contenders serve.
func writeSite(root string) error {
	for name, text := range map[string]string{
		"htdocs/1k.html": strings.Repeat("0123456789abcde\n", 64),
		"app/hello.wsgi": "def application(environ, start_response):\n" +
			"    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '12')])\n" +
			"    return [b'Hello World\\n']\n",
		"mime.types": "text/html html\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// manyIdle is what Apache needs to hold many connections; Understudy counts it
// as done.
const manyIdle = `KeepAliveTimeout 600
StartServers 4
ServerLimit 16
ThreadsPerChild 25
MaxRequestWorkers 400
AsyncRequestWorkerFactor 200
`

// writeApache makes the configuration that Apache and Understudy are both
// given, each with files of its own, and returns its path.
func writeApache(root string, c *contender, idle bool) string {
	dir := filepath.Join(root, c.name)
	os.MkdirAll(dir, 0o755)
	var b strings.Builder
	for _, m := range strings.Fields("mpm_event authz_core authz_host access_compat authn_core alias dir mime env setenvif wsgi " + authModules) {
		fmt.Fprintf(&b, "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", m, m)
	}
	if os.Getuid() == 0 {
		b.WriteString("User www-data\nGroup www-data\n")
	}
	fmt.Fprintf(&b, `ServerName localhost
Listen 127.0.0.1:%d
DefaultRuntimeDir %[2]s
PidFile %[2]s/pid
ErrorLog %[2]s/error.log
LogFormat "%%h %%l %%u %%t \"%%r\" %%>s %%O \"%%{Referer}i\" \"%%{User-Agent}i\"" combined
CustomLog %[2]s/access.log combined
MaxKeepAliveRequests 0
DocumentRoot %[3]s/htdocs
<Directory />
	Options FollowSymLinks
	AllowOverride None
	Require all denied
</Directory>
<Directory %[3]s>
	Require all granted
</Directory>
WSGIDaemonProcess hello processes=2 threads=15
WSGIScriptAlias /hello %[3]s/app/hello.wsgi process-group=hello application-group=%%{GLOBAL}
`, c.port, dir, root)
	b.WriteString(writeAuth(root))
	b.WriteString(proxyLines(root))
	b.WriteString(contentLines(root, dir, c))
	if idle {
		b.WriteString(manyIdle)
	}
	path := filepath.Join(dir, "httpd.conf")
	text := b.String()
	if idle { // Without the processes of applications.
		text = wsgiLine.ReplaceAllString(text, "")
	}
	os.WriteFile(path, []byte(text), 0o644)
	return path
}

var wsgiLine = regexp.MustCompile(`(?m)^WSGI.*\n`)

func writeNginx(root string, c *contender) string {
	dir := filepath.Join(root, "nginx")
	os.MkdirAll(dir, 0o755)
	path := filepath.Join(dir, "nginx.conf")
	os.WriteFile(path, fmt.Appendf(nil, `daemon off;
worker_processes auto;
worker_rlimit_nofile 20000;
pid %[2]s/pid;
error_log %[2]s/error.log;
events { worker_connections 15000; }
http {
	sendfile on;
	tcp_nopush on;
	types { text/html html; }
	access_log %[2]s/access.log;
	keepalive_requests 1000000;
	keepalive_timeout 600;
	gzip on;
	gzip_proxied any;
	ssl_protocols TLSv1.2 TLSv1.3;
	ssl_session_tickets off;
	ssl_session_cache shared:SSL:1m;
	%[4]s
	server { listen 127.0.0.1:%[1]d; root %[3]s/htdocs; %[5]s }
	server { listen 127.0.0.1:%[6]d ssl http2; root %[3]s/htdocs; ssl_certificate %[3]s/ecdsa.pem; ssl_certificate_key %[3]s/ecdsa.pem; }
	server { listen 127.0.0.1:%[7]d ssl http2; root %[3]s/htdocs; ssl_certificate %[3]s/rsa.pem; ssl_certificate_key %[3]s/rsa.pem; }
}
`, c.port, dir, root, nginxUpstream(), nginxLocation, c.ecdsa, c.rsa), 0o644)
	return path
}

func writeLighttpd(root string, c *contender) string {
	dir := filepath.Join(root, "lighttpd")
	os.MkdirAll(dir, 0o755)
	path := filepath.Join(dir, "lighttpd.conf")
	os.WriteFile(path, fmt.Appendf(nil, `server.modules = ( "mod_accesslog", "mod_openssl" )
server.document-root = "%[3]s/htdocs"
server.bind = "127.0.0.1"
server.port = %[1]d
server.errorlog = "%[2]s/error.log"
accesslog.filename = "%[2]s/access.log"
server.max-fds = 20000
server.max-connections = 15000
server.max-keep-alive-requests = 65535
server.max-keep-alive-idle = 600
mimetype.assign = ( ".html" => "text/html" )
ssl.openssl.ssl-conf-cmd = ( "Options" => "-SessionTicket" )
$SERVER["socket"] == "127.0.0.1:%[4]d" { ssl.engine = "enable" ssl.pemfile = "%[3]s/ecdsa.pem" }
$SERVER["socket"] == "127.0.0.1:%[5]d" { ssl.engine = "enable" ssl.pemfile = "%[3]s/rsa.pem" }
`, c.port, dir, root, c.ecdsa, c.rsa), 0o644)
	return path
}
