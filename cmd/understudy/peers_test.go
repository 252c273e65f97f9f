//go:build unix

package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// program finds a program these tests need, or skips.
func program(t *testing.T, patterns ...string) string {
	t.Helper()
	for _, p := range patterns {
		if found, _ := filepath.Glob(p); len(found) > 0 {
			return found[len(found)-1]
		}
		if path, err := exec.LookPath(p); err == nil {
			return path
		}
	}
	t.Skipf("%s is not installed", patterns[0])
	return ""
}

// peer starts a program that is asked, and waits until it listens.
func peer(t *testing.T, network, address string, argv ...string) {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
	})
	for range 500 {
		if c, err := net.Dial(network, address); err == nil {
			c.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	said, _ := os.ReadFile(log.Name())
	t.Fatalf("%s does not listen at %s: %s", argv[0], address, said)
}

// fetch asks the site for a path.
func (s *site) fetch(t *testing.T, path, body string) (status int, text string) {
	t.Helper()
	client := &http.Client{Timeout: 20 * time.Second}
	url := fmt.Sprintf("http://127.0.0.1:%d%s", s.port, path)
	method, reader := "GET", io.Reader(nil)
	if body != "" {
		method, reader = "POST", strings.NewReader(body)
	}
	r, err := http.NewRequest(method, url, reader)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err.Error()
	}
	return answer.StatusCode, string(b)
}

const phpScript = `<?php if (isset($_GET['s'])) http_response_code(404); echo ini_get('memory_limit'), ' ', ` +
	`ini_get('display_errors'), ' ', strlen(file_get_contents('php://input')), ' ', $_SERVER['PATH_INFO'] ?? '-';`

// TestModPHP runs a tree that was written for mod_php.
func TestModPHP(t *testing.T) {
	program(t, "/usr/sbin/php-fpm*")
	s := serveSite(t, `LoadModule php_module /usr/lib/apache2/modules/libphp8.2.so
<FilesMatch ".+\.ph(?:ar|p|tml)$">
SetHandler application/x-httpd-php
</FilesMatch>
php_value memory_limit 55M
<Directory {{ROOT}}/htdocs>
AllowOverride All
Require all granted
</Directory>
`, map[string]string{"htdocs/a.php": phpScript, "htdocs/in/a.php": phpScript,
		"htdocs/in/.htaccess": "php_value memory_limit 77M\nphp_flag display_errors on\n"})
	for range 2 { // What one request sets is not there for the next.
		for _, tt := range []struct {
			path, body, want string
			status           int
		}{
			{"/a.php/more", "", "55M  0 /more", 200}, {"/in/a.php", "abc", "77M 1 3 -", 200},
			{"/a.php?s=1", "", "55M  0 -", 404},
		} {
			if status, text := s.fetch(t, tt.path, tt.body); status != tt.status || text != tt.want {
				t.Errorf("%s: got %d %q, want %d %q", tt.path, status, text, tt.status, tt.want)
			}
		}
	}
	if status, text := s.fetch(t, "/none.php", ""); status != 404 || strings.Contains(text, "Primary script") {
		t.Errorf("got %d %s", status, text)
	}
}

const wsgiScript = `def application(e, start):
    n = len(e['wsgi.input'].read(int(e.get('CONTENT_LENGTH') or 0)))
    start('200 Fine', [('Content-Type', 'text/plain')])
    return [('%s %s %s %s %d' % (e['REQUEST_METHOD'], e['SCRIPT_NAME'], e['PATH_INFO'], e['QUERY_STRING'], n)).encode()]
`

// TestPythonServers asks uWSGI by its own protocol, and gunicorn by TCP and by a
// Unix socket.
func TestPythonServers(t *testing.T) {
	uwsgi, gunicorn := program(t, "uwsgi"), program(t, "gunicorn")
	dir := t.TempDir()
	os.WriteFile(dir+"/app.py", []byte(wsgiScript), 0o644)
	tcp, plain := freePort(t), freePort(t)
	socket := dir + "/g.sock"
	peer(t, "tcp", fmt.Sprintf("127.0.0.1:%d", tcp), uwsgi, "--plugin", "python3", "--uwsgi-socket",
		fmt.Sprintf("127.0.0.1:%d", tcp), "--wsgi-file", dir+"/app.py", "--die-on-term")
	peer(t, "tcp", fmt.Sprintf("127.0.0.1:%d", plain), gunicorn, "--chdir", dir, "-b", fmt.Sprintf("127.0.0.1:%d", plain),
		"-b", "unix:"+socket, "app:application")
	os.Chmod(dir, 0o755)
	os.Chmod(filepath.Dir(dir), 0o755)
	os.Chmod(socket, 0o666)
	s := serveSite(t, fmt.Sprintf(`LoadModule proxy_module x/mod_proxy.so
LoadModule proxy_http_module x/mod_proxy_http.so
LoadModule proxy_uwsgi_module x/mod_proxy_uwsgi.so
ProxyPass /u/ uwsgi://127.0.0.1:%d/
ProxyPass /g/ http://127.0.0.1:%d/
ProxyPass /s/ unix:%s|http://localhost/
`, tcp, plain, socket), nil)
	large := strings.Repeat("x", 300000)
	for _, tt := range []struct{ path, body, want string }{
		{"/u/a%20b/?q=1", "", "GET /u /a b/ q=1 0"}, {"/u/x", large, "POST /u /x  300000"},
		{"/g/a%20b/?q=1", "", "GET  /a b/ q=1 0"}, {"/g/x", large, "POST  /x  300000"},
		{"/s/a", large, "POST  /a  300000"},
	} {
		if status, text := s.fetch(t, tt.path, tt.body); status != 200 || text != tt.want {
			t.Errorf("%s: got %d %.200q, want %q", tt.path, status, text, tt.want)
		}
	}
}

// TestGit clones from git-http-backend, and pushes to it.
func TestGit(t *testing.T) {
	git := program(t, "git")
	backend := program(t, "/usr/lib/git-core/git-http-backend")
	s := serveSite(t, `LoadModule cgid_module x/mod_cgid.so
LoadModule alias_module x/mod_alias.so
LoadModule env_module x/mod_env.so
SetEnv GIT_PROJECT_ROOT {{ROOT}}/repos
SetEnv GIT_HTTP_EXPORT_ALL 1
SetEnv REMOTE_USER tester
ScriptAlias /git/ `+backend+`/
<Location /git/>
Require all granted
</Location>
`, nil)
	run := func(dir string, args ...string) {
		t.Helper()
		cmd := exec.Command(git, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "HOME="+dir, "GIT_TERMINAL_PROMPT=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	repo := filepath.Join(s.root, "repos", "a.git")
	os.MkdirAll(repo, 0o777)
	run(repo, "init", "-q", "--bare", ".")
	run(repo, "config", "http.receivepack", "true")
	filepath.Walk(filepath.Join(s.root, "repos"), func(path string, _ os.FileInfo, _ error) error {
		return os.Chmod(path, 0o777)
	})
	if os.Getuid() == 0 { // Git reads only what is its user's.
		exec.Command("chown", "-R", "www-data:www-data", repo).Run()
	}
	url := fmt.Sprintf("http://127.0.0.1:%d/git/a.git", s.port)
	work := t.TempDir()
	run(work, "clone", "-q", url, "one")
	one := filepath.Join(work, "one")
	os.WriteFile(one+"/large", []byte(strings.Repeat(work, 100000)), 0o644)
	run(one, "add", ".")
	run(one, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "x")
	run(one, "-c", "http.postBuffer=1000", "push", "-q", "origin", "HEAD:main")
	run(work, "clone", "-q", "-b", "main", url, "two")
	if _, err := os.Stat(filepath.Join(work, "two", "large")); err != nil {
		t.Error(err)
	}
}

// TestBalancerFailover has one of two members die and return: no request fails.
func TestBalancerFailover(t *testing.T) {
	var asked [2]atomic.Int64
	member := func(i int, address string) *httptest.Server {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		b := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked[i].Add(1)
			fmt.Fprint(w, "fine")
		}))
		b.Listener = l
		b.Start()
		return b
	}
	first, second := member(0, "127.0.0.1:0"), member(1, "127.0.0.1:0")
	defer first.Close()
	s := serveSite(t, fmt.Sprintf(`LoadModule proxy_module x/mod_proxy.so
LoadModule proxy_http_module x/mod_proxy_http.so
LoadModule slotmem_shm_module x/mod_slotmem_shm.so
LoadModule proxy_balancer_module x/mod_proxy_balancer.so
LoadModule lbmethod_byrequests_module x/mod_lbmethod_byrequests.so
<Proxy balancer://c>
BalancerMember %s retry=1
BalancerMember %s retry=1
</Proxy>
ProxyPass /b/ balancer://c/
`, first.URL, second.URL), nil)
	ask := func(n int) {
		t.Helper()
		for range n {
			if status, text := s.fetch(t, "/b/x", ""); status != 200 || text != "fine" {
				t.Errorf("got %d %s", status, text)
			}
		}
	}
	ask(10)
	if asked[0].Load() == 0 || asked[1].Load() == 0 {
		t.Error("one member was never asked")
	}
	address := second.Listener.Addr().String()
	second.CloseClientConnections()
	second.Close()
	ask(20)
	again := member(1, address)
	defer again.Close()
	time.Sleep(1200 * time.Millisecond)
	before := asked[1].Load()
	ask(10)
	if asked[1].Load() == before {
		t.Error("the member that returned is not asked")
	}
}

// TestHTTP2Worker asks a worker by HTTP/2 in the clear.
func TestHTTP2Worker(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	worker := &http.Server{Protocols: protocols, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Of", r.Header.Get("X-Forwarded-For"))
		if r.URL.Path == "/nf" {
			w.WriteHeader(404)
		}
		fmt.Fprintf(w, "%s %s %s %d", r.Proto, r.Method, r.URL.RequestURI(), n)
	})}
	go worker.Serve(l)
	defer worker.Close()
	s := serveSite(t, fmt.Sprintf(`LoadModule proxy_module x/mod_proxy.so
LoadModule proxy_http2_module x/mod_proxy_http2.so
ProxyPass /h/ h2c://%s/
ProxyPass /none/ h2c://127.0.0.1:1/
`, l.Addr()), nil)
	for _, tt := range []struct {
		path, body, want string
		status           int
	}{
		{"/h/a%20b?q=1", "", "HTTP/2.0 GET /a%20b?q=1 0", 200}, {"/h/x", strings.Repeat("x", 300000), "HTTP/2.0 POST /x 300000", 200},
		{"/h/nf", "", "HTTP/2.0 GET /nf 0", 404},
	} {
		if status, text := s.fetch(t, tt.path, tt.body); status != tt.status || text != tt.want {
			t.Errorf("%s: got %d %.200q, want %q", tt.path, status, text, tt.want)
		}
	}
	if status, _ := s.fetch(t, "/none/", ""); status != 503 {
		t.Errorf("got %d", status)
	}
}
