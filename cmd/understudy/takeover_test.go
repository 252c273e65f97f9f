//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A site is a tree made for one test, and the server on it.
type site struct {
	t    *testing.T
	root string
	port int
	cmd  *exec.Cmd
}

// serveSite starts the server on a main file with conf behind the usual lines.
func serveSite(t *testing.T, conf string, files map[string]string) *site {
	s := &site{t: t, root: t.TempDir(), port: freePort(t)}
	os.Chmod(filepath.Dir(s.root), 0o755)
	os.Chmod(s.root, 0o755)
	var load strings.Builder
	for _, m := range append(scenarioModules, "wsgi") {
		fmt.Fprintf(&load, "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", m, m)
	}
	identity := ""
	if os.Getuid() == 0 {
		identity = "User www-data\nGroup www-data"
	}
	s.write("mime.types", "text/html html\n")
	s.write("htdocs/index.html", "index")
	for name, text := range files {
		s.write(name, text)
	}
	s.write("httpd.conf", fmt.Sprintf(preamble, load.String(), identity)+conf)
	s.cmd = startServer(t, buildBinary(t), s.root, s.port)
	return s
}

func (s *site) fill(text string) string {
	return strings.NewReplacer("{{ROOT}}", s.root, "{{PORT}}", fmt.Sprint(s.port)).Replace(text)
}

func (s *site) write(name, text string) {
	path := filepath.Join(s.root, name)
	os.MkdirAll(filepath.Dir(path), 0o755)
	if err := os.WriteFile(path, []byte(s.fill(text)), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// get asks once, on a connection of its own.
func (s *site) get(path string) (int, string) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d%s", s.port, path))
	if err != nil {
		return 0, err.Error()
	}
	defer r.Body.Close()
	body, _ := io.ReadAll(r.Body)
	return r.StatusCode, string(body)
}

func (s *site) log() string {
	b, _ := os.ReadFile(filepath.Join(s.root, "error.log"))
	return string(b)
}

// until waits until ok, at most for some seconds.
func (s *site) until(what string, ok func() bool) {
	s.t.Helper()
	for limit := time.Now().Add(10 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			s.t.Fatalf("%s does not come about; the log:\n%s", what, s.log())
		}
	}
}

// children are the pids of the processes whose parent is pid.
func children(pid int) []int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	var pids []int
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		var child, parent int
		fmt.Sscan(string(b), &child)
		f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if fmt.Sscan(f[1], &parent); parent == pid {
			pids = append(pids, child)
		}
	}
	return pids
}

// workers are the pids of the Python processes.
func (s *site) workers() []int {
	var pids []int
	for _, pid := range children(s.cmd.Process.Pid) {
		if exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); strings.Contains(exe, "python") {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids
}

const grantAll = "<Directory {{ROOT}}/htdocs>\nRequire all granted\n</Directory>\n"

const pidApp = `import os
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode("ascii")]
`

const pidSite = grantAll + `WSGIDaemonProcess g processes=2 threads=2
WSGIScriptAlias /pid {{ROOT}}/app/pid.wsgi process-group=g application-group=%{GLOBAL}
<Directory {{ROOT}}/app>
Require all granted
</Directory>
Include {{ROOT}}/extra.conf
`

// TestReload edits files under load from clients that keep their connection
// and never repeat a request: none may fail, and the Python processes of a
// group that did not change must be the same afterwards.
func TestReload(t *testing.T) {
	needProc(t)
	s := serveSite(t, pidSite, map[string]string{"app/pid.wsgi": pidApp, "extra.conf": "# nothing\n"})
	if status, _ := s.get("/pid"); status != 200 {
		t.Fatalf("the application answers %d: %s", status, s.log())
	}
	before := s.workers()
	var stop atomic.Bool
	var asked, failed atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { s.hammer(&stop, &asked, &failed) })
	}
	reloads := 100
	if testing.Short() {
		reloads = 20
	}
	for i := range reloads {
		s.write("extra.conf", fmt.Sprintf("Redirect /to http://example.com/%d\n", i))
		if i%2 == 0 {
			s.cmd.Process.Signal(syscall.SIGUSR1)
		}
		time.Sleep(40 * time.Millisecond)
	}
	s.until("the last edit", func() bool {
		status, body := s.get("/to")
		return status == 302 && strings.Contains(body, fmt.Sprintf("http://example.com/%d\"", reloads-1))
	})
	stop.Store(true)
	group.Wait()
	if failed.Load() > 0 || asked.Load() < 100 {
		t.Errorf("%d of %d requests failed during %d reloads", failed.Load(), asked.Load(), reloads)
	}
	if after := s.workers(); len(before) != 2 || !slices.Equal(before, after) {
		t.Errorf("Python processes: %v before, %v after", before, after)
	}
}

// hammer asks again and again on one connection that is kept.
func (s *site) hammer(stop *atomic.Bool, asked, failed *atomic.Int64) {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		failed.Add(1)
		return
	}
	defer c.Close()
	in := bufio.NewReader(c)
	for n := 0; !stop.Load(); n++ {
		asked.Add(1)
		path := "/"
		if n%2 == 0 {
			path = "/pid"
		}
		c.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path)
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			failed.Add(1)
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil || r.StatusCode != 200 {
			failed.Add(1)
		}
		if r.Close { // MaxKeepAliveRequests
			c.Close()
			if c, err = net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port)); err != nil {
				failed.Add(1)
				return
			}
			in = bufio.NewReader(c)
		}
	}
}

// TestBrokenEdit: a configuration that is refused changes nothing, and the log
// says why as -t would.
func TestBrokenEdit(t *testing.T) {
	s := serveSite(t, pidSite, map[string]string{"app/pid.wsgi": pidApp, "extra.conf": "Redirect /to http://example.com/1\n"})
	s.write("extra.conf", "Redirect /to http://example.com/2\nNonsense on\n")
	s.until("the error in the log", func() bool {
		return strings.Contains(s.log(), "AH00526: Syntax error on line 2 of "+s.root+"/extra.conf:") &&
			strings.Contains(s.log(), "Invalid command 'Nonsense'")
	})
	if status, body := s.get("/to"); status != 302 || !strings.Contains(body, "example.com/1") {
		t.Errorf("after a broken edit: got %d %s", status, body)
	}
	s.write("extra.conf", "Redirect /to http://example.com/3\n")
	s.until("the mended configuration", func() bool {
		_, body := s.get("/to")
		return strings.Contains(body, "example.com/3")
	})
}

// TestServerKilled: another server process takes over the listeners, and finds
// the same Python processes.
func TestServerKilled(t *testing.T) {
	needProc(t)
	s := serveSite(t, pidSite, map[string]string{"app/pid.wsgi": pidApp, "extra.conf": ""})
	s.get("/pid")
	before := s.workers()
	killed := 0
	for _, pid := range children(s.cmd.Process.Pid) {
		if exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); strings.Contains(exe, "understudy-test") {
			syscall.Kill(pid, syscall.SIGKILL)
			killed++
		}
	}
	if killed != 1 {
		t.Fatalf("%d server processes, want 1", killed)
	}
	s.until("another server", func() bool { status, _ := s.get("/"); return status == 200 })
	if status, body := s.get("/pid"); status != 200 {
		t.Errorf("the application: got %d %s", status, body)
	}
	if after := s.workers(); len(before) != 2 || !slices.Equal(before, after) {
		t.Errorf("Python processes: %v before, %v after", before, after)
	}
	if !strings.Contains(s.log(), "AH00052: child pid") {
		t.Errorf("the log does not say that it died:\n%s", s.log())
	}
}

// TestWorkerKilled: the request of a worker that dies gets 500 with the reason
// in the log, and the next one is answered.
func TestWorkerKilled(t *testing.T) {
	s := serveSite(t, pidSite, map[string]string{"extra.conf": "", "app/pid.wsgi": `import os, signal, time
def application(environ, start_response):
    if environ["QUERY_STRING"] == "die":
        os.kill(os.getpid(), signal.SIGSEGV)
        time.sleep(10)  # Another thread may be the one that gets it.
    if environ["QUERY_STRING"] == "exit":
        os._exit(7)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"alive"]
`})
	for query, reason := range map[string]string{"die": "signal 11", "exit": "code 7"} {
		if status, _ := s.get("/pid?" + query); status != 500 {
			t.Errorf("%s: got %d, want 500", query, status)
		}
		if log := s.log(); !strings.Contains(log, reason) || !strings.Contains(log, "Truncated or oversized response headers") {
			t.Errorf("%s: the log does not say %q:\n%s", query, reason, log)
		}
	}
	s.until("an answer", func() bool { status, body := s.get("/pid"); return status == 200 && body == "alive" })
}

// TestPrivilege: started as root, the server process is the configured user,
// has none but descriptors it needs, and cannot read what only root can.
func TestPrivilege(t *testing.T) {
	needProc(t)
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	s := serveSite(t, grantAll, map[string]string{"htdocs/secret.html": "secret"})
	os.Chmod(filepath.Join(s.root, "htdocs/secret.html"), 0o600)
	if status, _ := s.get("/secret.html"); status != 403 {
		t.Errorf("a file that only root can read: got %d, want 403", status)
	}
	for _, pid := range children(s.cmd.Process.Pid) {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if !strings.Contains(string(b), "\nUid:\t33\t33\t33\t33\n") || !strings.Contains(string(b), "\nGid:\t33\t33\t33\t33\n") {
			t.Errorf("process %d is not www-data:\n%s", pid, b)
		}
		fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		for _, fd := range fds {
			target, _ := os.Readlink(fd)
			if strings.HasPrefix(target, s.root) && target != s.root+"/error.log" {
				t.Errorf("process %d has %s open", pid, target)
			}
		}
	}
}

func needProc(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
}

// TestPidFileThatCannotBeWritten: the log says so, and the sites are served, as
// Apache does it.
func TestPidFileThatCannotBeWritten(t *testing.T) {
	s := serveSite(t, grantAll+"PidFile {{ROOT}}/missing/httpd.pid\n", nil)
	if status, body := s.get("/"); status != 200 || body != "index" {
		t.Errorf("got %d %q", status, body)
	}
	if log := s.log(); !strings.Contains(log, "AH00100: httpd: could not log pid to file "+s.root+"/missing/httpd.pid") {
		t.Errorf("the log does not say so:\n%s", log)
	}
}
