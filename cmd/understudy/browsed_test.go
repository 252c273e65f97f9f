//go:build unix

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/websocket"
)

// TestWebSocket echoes through mod_proxy_wstunnel, and through mod_proxy_http
// with upgrade=: short messages, and one that is larger than any buffer.
func TestWebSocket(t *testing.T) {
	echo := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) {
		for message := ""; websocket.Message.Receive(c, &message) == nil; {
			websocket.Message.Send(c, message)
		}
	}))
	defer echo.Close()
	address := strings.TrimPrefix(echo.URL, "http://")
	s := serveSite(t, `LoadModule proxy_module x/mod_proxy.so
LoadModule proxy_http_module x/mod_proxy_http.so
LoadModule proxy_wstunnel_module x/mod_proxy_wstunnel.so
ProxyPass /tunnel ws://`+address+`/
ProxyPass /upgrade http://`+address+`/up upgrade=websocket
ProxyPass /plain http://`+address+`/plain
`, nil)
	for _, path := range []string{"/tunnel", "/upgrade"} {
		c, err := websocket.Dial(fmt.Sprintf("ws://127.0.0.1:%d%s", s.port, path), "", "http://localhost/")
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		for _, message := range []string{"a", "tea and more", strings.Repeat("large ", 100000)} {
			var back string
			if err := websocket.Message.Send(c, message); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			if err := websocket.Message.Receive(c, &back); err != nil || back != message {
				t.Errorf("%s: got %d bytes, want %d; %v", path, len(back), len(message), err)
			}
		}
		c.Close()
	}
	if c, err := websocket.Dial(fmt.Sprintf("ws://127.0.0.1:%d/plain", s.port), "", "http://localhost/"); err == nil {
		c.Close()
		t.Error("a worker without upgrade= was upgraded to")
	}
}

// repository makes a bare repository with a commit in it, which the server's
// user may read.
func (s *site) repository(git, name string) {
	s.t.Helper()
	dir := filepath.Join(s.root, "repos", name)
	work := s.t.TempDir()
	run := func(args ...string) {
		s.t.Helper()
		cmd := exec.Command(git, args...)
		cmd.Dir, cmd.Env = work, append(os.Environ(), "HOME="+work)
		if out, err := cmd.CombinedOutput(); err != nil {
			s.t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	run("init", "-q", ".")
	os.WriteFile(filepath.Join(work, "tea.txt"), []byte("leaves and water\n"), 0o644)
	run("add", ".")
	run("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "the first of them")
	run("clone", "-q", "--bare", ".", dir)
	s.owned("repos")
}

// TestGitweb browses a repository by gitweb, as Debian packages it.
func TestGitweb(t *testing.T) {
	git := program(t, "git")
	program(t, "/usr/share/gitweb/gitweb.cgi")
	s := serveSite(t, `LoadModule cgid_module x/mod_cgid.so
LoadModule rewrite_module x/mod_rewrite.so
SetEnv GITWEB_CONFIG {{ROOT}}/gitweb.conf
Alias /gitweb /usr/share/gitweb
<Directory /usr/share/gitweb>
  Options +FollowSymLinks +ExecCGI
  AddHandler cgi-script .cgi
  DirectoryIndex gitweb.cgi
  Require all granted
</Directory>
`, map[string]string{"gitweb.conf": "$projectroot = '{{ROOT}}/repos';\n@git_base_url_list = ();\n1;\n", "repos/.keep": ""})
	s.repository(git, "tea.git")
	b := s.browse()
	b.ask("GET", "/gitweb/", "", "", 200, "tea.git")
	b.ask("GET", "/gitweb/?p=tea.git;a=summary", "", "", 200, "the first of them")
	b.ask("GET", "/gitweb/gitweb.cgi?p=tea.git;a=blob_plain;f=tea.txt;hb=HEAD", "", "", 200, "leaves and water")
	b.ask("GET", "/gitweb/static/gitweb.css", "", "", 200, "body")
	b.ask("GET", "/gitweb/?p=none.git", "", "", 404, "")
}

// TestCgit browses the same by cgit.
func TestCgit(t *testing.T) {
	git := program(t, "git")
	cgit := program(t, "/usr/lib/cgit/cgit.cgi")
	s := serveSite(t, `LoadModule cgi_module x/mod_cgi.so
SetEnv CGIT_CONFIG {{ROOT}}/cgitrc
Alias /cgit-css /usr/share/cgit
ScriptAlias /cgit/ `+cgit+`/
<Directory /usr/lib/cgit>
  AllowOverride None
  Options ExecCGI FollowSymlinks
  Require all granted
</Directory>
<Directory /usr/share/cgit>
  Require all granted
</Directory>
`, map[string]string{"cgitrc": "virtual-root=/cgit/\ncss=/cgit-css/cgit.css\ncache-size=0\nscan-path={{ROOT}}/repos\n", "repos/.keep": ""})
	s.repository(git, "tea.git")
	b := s.browse()
	b.ask("GET", "/cgit/", "", "", 200, "tea.git")
	b.ask("GET", "/cgit/tea.git/log/", "", "", 200, "the first of them")
	b.ask("GET", "/cgit/tea.git/plain/tea.txt", "", "", 200, "leaves and water")
	b.ask("GET", "/cgit-css/cgit.css", "", "", 200, "cgit")
	b.ask("GET", "/cgit/none.git/", "", "", 404, "No repositories found")
}

// phpApplication is one of a few files: a front controller with a session, an
// upload, and a redirection.
const phpApplication = `<?php
session_start();
switch ($_SERVER['PATH_INFO'] ?? parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
case '/count': $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1; echo 'visit ', $_SESSION['n']; break;
case '/upload': echo md5_file($_FILES['f']['tmp_name']), ' ', $_POST['word']; break;
case '/go': header('Location: /count', true, 303); break;
case '/long': for ($i = 0; $i < 5000; $i++) { echo "line $i\n"; if ($i % 1000 == 0) flush(); } break;
case '/env': echo $_SERVER['SCRIPT_NAME'], ' ', $_SERVER['DOCUMENT_ROOT'] == '{{ROOT}}/htdocs' ? 'root' : $_SERVER['DOCUMENT_ROOT'], ' ', $_SERVER['HTTP_AUTHORIZATION'] ?? '-'; break;
default: http_response_code(404); echo 'nothing at ', $_SERVER['REQUEST_URI'];
}
`

// packagedFPM starts php-fpm, and answers the php8.2-fpm.conf that Debian
// packages for it, but for the place of the socket.
func packagedFPM(t *testing.T) string {
	t.Helper()
	fpm := program(t, "/usr/sbin/php-fpm*")
	const conf = "/etc/apache2/conf-available/php8.2-fpm.conf"
	packaged, err := os.ReadFile(conf)
	if err != nil {
		t.Skip(conf + " is not there")
	}
	dir := t.TempDir()
	os.Chmod(filepath.Dir(dir), 0o755)
	os.Chmod(dir, 0o755)
	os.Mkdir(dir+"/sessions", 0o777)
	os.Chmod(dir+"/sessions", 0o777)
	identity := ""
	if os.Getuid() == 0 {
		identity = "user = www-data\ngroup = www-data\nlisten.mode = 0666\n"
	}
	socket := dir + "/fpm.sock"
	os.WriteFile(dir+"/fpm.conf", fmt.Appendf(nil, "[global]\nerror_log = %[1]s/log\npid = %[1]s/pid\n[www]\n%[2]slisten = %[3]s\npm = static\n"+
		"pm.max_children = 3\nphp_value[session.save_path] = %[1]s/sessions\n", dir, identity, socket), 0o644)
	peer(t, "unix", socket, fpm, "-F", "-y", dir+"/fpm.conf")
	return `LoadModule proxy_module x/mod_proxy.so
LoadModule proxy_fcgi_module x/mod_proxy_fcgi.so
LoadModule rewrite_module x/mod_rewrite.so
` + strings.ReplaceAll(string(packaged), "/run/php/php8.2-fpm.sock", socket)
}

// TestPackagedFPM runs an application of one file behind rewriting.
func TestPackagedFPM(t *testing.T) {
	s := serveSite(t, packagedFPM(t)+`
<Directory {{ROOT}}/htdocs>
AllowOverride All
Require all granted
</Directory>
`, map[string]string{"htdocs/index.php": phpApplication, "htdocs/source.phps": "<?php secret", "htdocs/.htaccess": `RewriteEngine On
RewriteCond %{REQUEST_FILENAME} !-f
RewriteRule ^ index.php [L]
`})
	b := s.browse()
	b.ask("GET", "/count", "", "", 200, "visit 1")
	b.ask("GET", "/count", "", "", 200, "visit 2")
	b.ask("GET", "/index.php/count", "", "", 200, "visit 3")
	b.ask("GET", "/go", "", "", 303, "")
	b.ask("GET", "/long", "", "", 200, "line 4999\n")
	b.ask("GET", "/nothing?q=1", "", "", 404, "nothing at /nothing?q=1")
	b.ask("GET", "/source.phps", "", "", 403, "")
	b.ask("GET", "/.php", "", "", 403, "")
	body := "--x\r\nContent-Disposition: form-data; name=\"word\"\r\n\r\ntea\r\n--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"z\"\r\n\r\n" +
		strings.Repeat("\x00", 1<<20) + "\r\n--x--\r\n"
	b.ask("POST", "/upload", "multipart/form-data; boundary=x", body, 200, "b6d81b360a5672d80c27430f39153e2c tea")
	b.client.Transport = authorized{}
	b.ask("GET", "/env", "", "", 200, "/index.php root Basic dGVhOng=")
}

// TestDokuwiki serves the wiki by the configuration that Debian packages.
func TestDokuwiki(t *testing.T) {
	const conf = "/etc/dokuwiki/apache.conf"
	if _, err := os.Stat(conf); err != nil || os.Getuid() != 0 {
		t.Skip("dokuwiki is not installed, or this is not root, whose wiki it is")
	}
	s := serveSite(t, packagedFPM(t)+"\nDirectoryIndex index.php index.html\nInclude "+conf+"\n", nil)
	b := s.browse()
	b.ask("GET", "/dokuwiki/", "", "", 302, "")
	page := b.ask("GET", "/dokuwiki/doku.php?id=nothing:here", "", "", 200, "DokuWiki")
	b.ask("GET", "/dokuwiki/doku.php?do=login", "", "", 200, "<form")
	style := regexp.MustCompile(`href="(/dokuwiki/lib/exe/css\.php[^"]*)"`).FindStringSubmatch(page)
	if style == nil {
		t.Fatal("the page has no style")
	}
	b.ask("GET", strings.ReplaceAll(style[1], "&amp;", "&"), "", "", 200, "body")
	b.ask("GET", "/dokuwiki/lib/exe/js.php?t=dokuwiki", "", "", 200, "function")
	b.ask("GET", "/dokuwiki/lib/images/larger.gif", "", "", 200, "GIF")
	b.ask("GET", "/dokuwiki/bin/indexer.php", "", "", 403, "")
	b.ask("GET", "/dokuwiki/inc/init.php", "", "", 403, "")
}

// An authorized transport says that it is tea.
type authorized struct{}

func (authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	r.SetBasicAuth("tea", "x")
	return http.DefaultTransport.RoundTrip(r)
}
