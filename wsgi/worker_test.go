//go:build unix

package wsgi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"understudy/compat"
)

// pythons are the interpreters found on this machine.
func pythons() []string {
	found, _ := filepath.Glob("/root/.pyenv/versions/*/bin/python")
	home, _ := os.UserHomeDir()
	mine, _ := filepath.Glob(home + "/.pyenv/versions/*/bin/python")
	for _, p := range mine {
		if !slices.Contains(found, p) {
			found = append(found, p)
		}
	}
	for _, name := range []string{"python2.7", "python3", "python3.13t", "python3.14t", "pypy", "pypy3"} {
		if p, err := exec.LookPath(name); err == nil {
			found = append(found, p)
		}
	}
	return found
}

// describe prints the version of an interpreter as TestPythons names it: 3.13t is
// free-threaded.
const describe = `import sys
free = not getattr(sys, "_is_gil_enabled", lambda: True)()
print(("PyPy " if hasattr(sys, "pypy_version_info") else "") + "%d.%d" % sys.version_info[:2] + ("t" if free else ""))`

// TestPythons runs one application under every Python there is.
func TestPythons(t *testing.T) {
	seen := map[string]bool{}
	for _, python := range pythons() {
		out, err := exec.Command(python, "-c", describe).Output()
		if err != nil {
			t.Logf("skipped: %s does not run: %v", python, err)
			continue
		}
		version := strings.TrimSpace(string(out))
		if seen[version] {
			continue
		}
		seen[version] = true
		t.Run(version, func(t *testing.T) { tryPython(t, python) })
	}
	for _, v := range []string{"2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.13t", "3.14t", "PyPy 2.7", "PyPy 3.9"} {
		if !seen[v] {
			t.Logf("skipped: Python %s was not found", v)
		}
	}
	if len(seen) == 0 {
		t.Skip("no Python was found")
	}
}

const application = `import sys
def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/raise":
        raise ValueError("on purpose")
    if path == "/file":
        start_response("200 OK", [])
        return environ["wsgi.file_wrapper"](open(__file__, "rb"))
    if path == "/stream":
        write = start_response("200 OK", [("X-Path", path)])
        write(b"a")
        return iter([b"b", b"", b"c"])
    body = environ["wsgi.input"].read()
    sys.stderr.write("said\n")
    start_response("201 Made", [("Content-Type", "text/plain"), ("X-B", environ["HTTP_B"])])
    return [body, (" %s %s" % (type(environ["PATH_INFO"]).__name__, environ["wsgi.version"])).encode("ascii")]
`

func tryPython(t *testing.T, python string) {
	w := startWorker(t, python, application)
	a := w.ask(t, "/", "the body")
	if a.h.status != 201 || a.h.reason != "Made" || string(a.body) != "the body str (1, 0)" {
		t.Errorf("got %+v %q, %v", a.h, a.body, a.err)
	}
	if i := slices.IndexFunc(a.h.fields, func(f [2]string) bool { return f[0] == "X-B" }); i < 0 || a.h.fields[i][1] != "\xe9" {
		t.Errorf("a byte beyond ASCII does not come back: %q", a.h.fields)
	}
	if !slices.Contains(a.lines, "said") {
		t.Errorf("stderr: got %q", a.lines)
	}
	if a := w.ask(t, "/stream", ""); string(a.body) != "abc" {
		t.Errorf("stream: got %q, %v", a.body, a.err)
	}
	if a := w.ask(t, "/file", ""); string(a.body) != application {
		t.Errorf("file: got %d bytes, want %d; %v", len(a.body), len(application), a.err)
	}
	a = w.ask(t, "/raise", "")
	if !errors.Is(a.err, errFailed) || !strings.Contains(strings.Join(a.lines, "\n"), "ValueError: on purpose") {
		t.Errorf("raise: got %v, %q", a.err, a.lines)
	}
	if a := w.ask(t, "/", "again"); a.h.status != 201 {
		t.Errorf("after an exception: got %d", a.h.status)
	}
}

// A testWorker is a worker process, and who plays its supervisor.
type testWorker struct {
	dir    string
	target *target
}

func (w *testWorker) Pool(context.Context, string, string) (Pool, error) {
	return Pool{Socket: filepath.Join(w.dir, "sock"), Processes: 1}, nil
}

func (w *testWorker) Exited(int) (string, bool) { return "", false }

func startWorker(t testing.TB, python, script string) *testWorker {
	w := &testWorker{dir: t.TempDir()}
	os.WriteFile(filepath.Join(w.dir, "app.wsgi"), []byte(script), 0o644)
	g := &Group{Name: "test", Processes: 1, Threads: 15}
	g.defaults()
	g.complete(&compat.Build{Main: &compat.Host{}}, &settings{})
	g.python = python
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(w.dir, "sock"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	l.SetUnlinkOnClose(false)
	listener, _ := l.File()
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	syscall.CloseOnExec(pair[0])
	syscall.CloseOnExec(pair[1])
	ours, theirs := os.NewFile(uintptr(pair[0]), "ours"), os.NewFile(uintptr(pair[1]), "theirs")
	argv, env := g.Command()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(env, "UNDERSTUDY_LISTEN_FD=3", "UNDERSTUDY_CONTROL_FD=4")
	cmd.ExtraFiles = []*os.File{listener, theirs}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	listener.Close()
	t.Cleanup(func() {
		ours.Close() // The worker ends when its supervisor is gone.
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Error("the worker outlives its supervisor")
			cmd.Process.Kill()
		}
	})
	provider = w
	w.target = newTarget(g, "")
	return w
}

// A taken is an answer as it came.
type taken struct {
	h     head
	body  []byte
	lines []string
	err   error
}

func (a *taken) head(h head) error   { a.h = h; return nil }
func (a *taken) data(p []byte) error { a.body = append(a.body, p...); return nil }
func (a *taken) flush() error        { return nil }
func (a *taken) log(_ byte, line []byte) {
	a.lines = append(a.lines, string(line))
}
func (a *taken) file(f *os.File, offset, n int64) error {
	p := make([]byte, n)
	_, err := f.ReadAt(p, offset)
	a.body = append(a.body, p...)
	return err
}

func (w *testWorker) ask(t testing.TB, path, body string) *taken {
	a := &taken{}
	c := newCall()
	defer c.release()
	c.target, c.reply, c.connect, c.socket, c.mtime = w.target, a, 5*time.Second, 5*time.Second, -1
	c.environ = func(e *Environ, _ int) {
		e.Set("PATH_INFO", path)
		e.Set("HTTP_B", "\xe9")
		e.Common()
		e.Set("PATH_INFO", "not this one")
		e.Set("DOCUMENT_ROOT", "root of "+path)
		e.Set("SCRIPT_FILENAME", filepath.Join(w.dir, "app.wsgi"))
		e.Set("mod_wsgi.handler_script", "")
		e.Set("mod_wsgi.application_group", "")
		e.Set("mod_wsgi.callable_object", "application")
		e.Set("mod_wsgi.script_reloading", "1")
	}
	if body != "" {
		c.body, c.length, c.hold = strings.NewReader(body), int64(len(body)), true
	}
	a.err = c.do()
	return a
}

// TestHostileWorker: whatever a worker sends, the request ends with an error
// that says what it was.
func TestHostileWorker(t *testing.T) {
	frame := func(kind byte, payload string) string { return string(appendFrame(nil, kind, 1, []byte(payload))) }
	hello := frame('H', `{"pid":1,"thread":0,"python":[3,11],"bytes":false}`)
	for name, says := range map[string]string{
		"rubbish":          hello + "GET / HTTP/1.1\r\n\r\n",
		"huge frame":       hello + "D\x00\x00\x00\x01\xff\xff\xff\xff",
		"bad header":       hello + frame('S', "abc"),
		"data first":       hello + frame('D', "x"),
		"file without one": hello + frame('S', string(statusFrame("200 OK"))) + frame('F', strings.Repeat("\x00", 16)),
		"nothing":          hello,
		"no hello":         frame('D', "x"),
	} {
		t.Run(name, func(t *testing.T) {
			w := &testWorker{dir: t.TempDir()}
			l, err := net.Listen("unix", filepath.Join(w.dir, "sock"))
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					c.Write([]byte(says))
					c.(*net.UnixConn).CloseWrite()
				}
			}()
			g := &Group{Name: "test", Processes: 1, Threads: 1}
			provider = w
			w.target = newTarget(g, "")
			a := w.askWithin(t, time.Second)
			if a.err == nil {
				t.Errorf("got %+v %q without an error", a.h, a.body)
			}
		})
	}
}

func (w *testWorker) askWithin(t *testing.T, d time.Duration) *taken {
	a := &taken{}
	c := newCall()
	c.target, c.reply, c.connect, c.socket, c.environ = w.target, a, d, d, func(*Environ, int) {}
	done := make(chan struct{})
	go func() { a.err = c.do(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal(fmt.Errorf("the request hangs"))
	}
	return a
}
