//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// lifeApp does what the query asks for. "wait" goes on until the file is there
// that says so.
const lifeApp = `import os, time
HERE = os.path.dirname(os.path.abspath(__file__))

def spin(seconds):
    end = time.time() + seconds
    while time.time() < end:
        pass

def stuck_here(seconds):
    time.sleep(seconds)

def application(environ, start_response):
    what = environ["QUERY_STRING"]
    body = str(os.getpid())
    if what == "wait":
        open(os.path.join(HERE, "..", "state", "waiting"), "w").close()
        while not os.path.exists(os.path.join(HERE, "..", "state", "go")):
            time.sleep(0.01)
    elif what == "stuck":
        stuck_here(60)
    elif what == "memory":
        bytearray(3 << 30)
    elif what == "spin":
        spin(60)
    elif what == "short":
        sum(range(200000))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body.encode("ascii")]
`

func serveLife(t *testing.T, options string) *site {
	s := serveSite(t, grantAll+"LogLevel info\nWSGIDaemonProcess g "+options+`
WSGIScriptAlias /life {{ROOT}}/app/life.wsgi process-group=g application-group=%{GLOBAL}
<Directory {{ROOT}}/app>
Require all granted
</Directory>
`, map[string]string{"app/life.wsgi": lifeApp, "state/.keep": ""})
	s.owned("state")
	return s
}

func (s *site) logged(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		s.until(text, func() bool { return strings.Contains(s.log(), text) })
	}
}

// TestMemoryLimit: the exception says which limit it was, and the process lives.
func TestMemoryLimit(t *testing.T) {
	s := serveLife(t, "threads=2 virtual-memory-limit=1500000000")
	_, before := s.get("/life")
	if status, _ := s.get("/life?memory"); status != 500 {
		t.Errorf("got %d, want 500", status)
	}
	s.logged("MemoryError", "the application has no more memory: the group has virtual-memory-limit=1500000000.")
	if status, after := s.get("/life"); status != 200 || after != before {
		t.Errorf("got %d from process %s, it was %s", status, after, before)
	}
}

// TestCPULimit: the process that has used its time is replaced, and the log says
// why.
func TestCPULimit(t *testing.T) {
	s := serveLife(t, "threads=2 cpu-time-limit=1 graceful-timeout=1 shutdown-timeout=1")
	_, before := s.get("/life")
	go s.get("/life?spin")
	s.logged("Exceeded CPU time limit, attempt a graceful shutdown 'g'.")
	s.until("another process", func() bool { status, after := s.get("/life"); return status == 200 && after != before })
}

// TestRequestTimeout: the log says where the thread was that took too long.
func TestRequestTimeout(t *testing.T) {
	s := serveLife(t, "threads=1 request-timeout=1 shutdown-timeout=1 graceful-timeout=1")
	if status, _ := s.get("/life?stuck"); status != 500 {
		t.Errorf("got %d, want 500", status)
	}
	s.logged("Daemon process request time limit exceeded, stopping process 'g'.", "in stuck_here", "called from file")
	if status, _ := s.get("/life"); status != 200 {
		t.Errorf("the next request got %d", status)
	}
}

// TestInFlight: a request that is under way ends well, whatever happens to its
// process meanwhile.
func TestInFlight(t *testing.T) {
	needProc(t)
	for name, happens := range map[string]func(s *site){
		"reload": func(s *site) { s.cmd.Process.Signal(syscall.SIGUSR1) },
		"touch": func(s *site) {
			when := time.Now().Add(time.Hour)
			os.Chtimes(filepath.Join(s.root, "app/life.wsgi"), when, when)
		},
		"maximum-requests": func(s *site) { s.get("/life"); s.get("/life"); s.get("/life") },
		"eviction": func(s *site) {
			for _, pid := range s.workers() {
				syscall.Kill(pid, syscall.SIGUSR1)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			options := "threads=4 graceful-timeout=60 eviction-timeout=60 shutdown-timeout=60"
			if name == "maximum-requests" {
				options += " maximum-requests=3"
			}
			s := serveLife(t, options)
			_, before := s.get("/life")
			type answer struct {
				status int
				body   string
			}
			done := make(chan answer, 1)
			go func() { status, body := s.get("/life?wait"); done <- answer{status, body} }()
			s.until("the request", func() bool { _, err := os.Stat(filepath.Join(s.root, "state/waiting")); return err == nil })
			happens(s)
			if name != "reload" { // Which leaves the processes of a group as they are.
				s.until("another process", func() bool { status, after := s.get("/life"); return status == 200 && after != before })
			} else if status, _ := s.get("/life"); status != 200 {
				t.Errorf("during the reload: got %d", status)
			}
			s.write("state/go", "")
			if a := <-done; a.status != 200 || a.body != before {
				t.Errorf("got %d from process %s, it began in %s; the log:\n%s", a.status, a.body, before, s.log())
			}
		})
	}
}

// TestEvictionTimeout: a request that does not end in time after SIGUSR1 is given
// up with its process, and graceful-timeout has no say in it.
func TestEvictionTimeout(t *testing.T) {
	needProc(t)
	s := serveLife(t, "threads=4 graceful-timeout=300 eviction-timeout=1 shutdown-timeout=1")
	_, before := s.get("/life")
	stuck := make(chan int, 1)
	go func() { status, _ := s.get("/life?wait"); stuck <- status }()
	s.until("the request", func() bool { _, err := os.Stat(filepath.Join(s.root, "state/waiting")); return err == nil })
	for _, pid := range s.workers() {
		syscall.Kill(pid, syscall.SIGUSR1)
	}
	if status := <-stuck; status != 500 {
		t.Errorf("the request under way got %d, want 500", status)
	}
	s.logged("Process eviction requested, waiting for requests to complete 'g'.")
	if status, after := s.get("/life"); status != 200 || after == before {
		t.Errorf("got %d from process %s, before it was %s", status, after, before)
	}
}

// TestKilledForMemory: the log says what the kernel's killer leaves of a process,
// as far as that can be told without a control group of its own.
func TestKilledForMemory(t *testing.T) {
	needProc(t)
	s := serveLife(t, "threads=2")
	s.get("/life")
	for _, pid := range s.workers() {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	s.logged("was killed by signal 9 (Killed), not by this server: perhaps for want of memory")
	if status, _ := s.get("/life"); status != 200 {
		t.Errorf("got %d", status)
	}
}

// TestNoConvoy keeps one process busy with short computations: a request is not
// overtaken by more of them than there are threads and clients.
func TestNoConvoy(t *testing.T) {
	s := serveLife(t, "threads=15")
	s.get("/life")
	var stop atomic.Bool
	var answered atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for !stop.Load() {
				if status, body := s.get("/life?short"); status != 200 {
					t.Errorf("got %d %s", status, body)
					return
				}
				answered.Add(1)
			}
		})
	}
	for range 20 {
		before := answered.Load()
		if status, body := s.get("/life"); status != 200 {
			t.Errorf("got %d %s", status, body)
		}
		if n := answered.Load() - before; n > 15+8+8 {
			t.Errorf("%d requests were answered before it", n)
		}
	}
	stop.Store(true)
	group.Wait()
}

// TestScriptThatCannotBeLoaded: the log names the module that is missing, the
// interpreter and its path.
func TestScriptThatCannotBeLoaded(t *testing.T) {
	s := serveLife(t, "processes=1 threads=1")
	s.write("app/life.wsgi", "import no_such_module_here\n")
	if status, _ := s.get("/life"); status != 500 {
		t.Errorf("got %d, want 500", status)
	}
	s.logged("needs the module 'no_such_module_here', which Python 3", "does not find in sys.path [", "WSGI daemon process 'g' runs on Python 3")
	s.write("app/life.wsgi", lifeApp)
	if status, _ := s.get("/life"); status != 200 {
		t.Errorf("mended: got %d", status)
	}
}
