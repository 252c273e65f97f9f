//go:build unix

package daemon

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// workers are the pids that answer for an application group.
func (tr *trial) workers(group, app string) []string {
	var pids []string
	want := 1
	for _, g := range tr.plan.Plan.Groups {
		if g.Key == group {
			want = g.Processes
		}
	}
	for try := 0; try < 1000 && (try < 30 || len(pids) < want); try++ { // Nothing says who accepts.
		if pid := tr.ask("ask " + group + " " + app); !slices.Contains(pids, pid) {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids
}

func gone(pid string) bool {
	n, _ := strconv.Atoi(pid)
	return syscall.Kill(n, 0) != nil
}

func serverOf(answer string) string { pid, _, _ := strings.Cut(answer, " "); return pid }

func TestServerDiesAndListenersLive(t *testing.T) {
	tr := newTrial(t)
	tr.start()
	server, workers := serverOf(tr.ask("who")), tr.workers("g1", "app")
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		pid, _ := strconv.Atoi(server)
		syscall.Kill(pid, sig)
		// A connection made now waits, it is not refused.
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", tr.port))
		if err != nil {
			t.Fatalf("right after signal %v: %v", sig, err)
		}
		c.Close()
		tr.await("another server", func() bool { a := serverOf(tr.ask("who")); return a != "" && a != server })
		server = serverOf(tr.ask("who"))
		if log := tr.log(); !strings.Contains(log, fmt.Sprintf("[core:notice] AH00052: child pid %d exit signal %s (%d)",
			pid, signalName(sig), int(sig))) {
			t.Errorf("not logged: signal %v", sig)
		}
	}
	if again := tr.workers("g1", "app"); !slices.Equal(again, workers) {
		t.Errorf("workers %v, were %v", again, workers)
	}
	tr.ask("stray words-of-the-server")
	tr.await("the server's output", func() bool { return strings.Contains(tr.log(), "words-of-the-server") })
}

func TestWorkersEndAndAreReplaced(t *testing.T) {
	tr := newTrial(t)
	tr.plan.Plan.Groups[0].Processes = 1
	tr.plan.Plan.Groups[0].Nice = 3
	tr.start()
	for command, want := range map[string]string{
		"kill": "true was killed by signal 9 (Killed), not by this server: perhaps for want of memory",
		"exit": "true exited with code 3"} {
		pid := tr.ask("ask g1 app")
		tr.ask("ask g1 app " + command)
		if got := tr.ask("exited " + pid); got != want {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
		tr.await("a successor", func() bool { a := tr.ask("ask g1 app"); return a != pid && !strings.HasPrefix(a, "error") })
	}
	if got := tr.ask("exited " + tr.ask("ask g1 app")); got != "false" {
		t.Errorf("of a process that goes on: %q", got)
	}
	pid := tr.ask("ask g1 app")
	tr.ask("ask g1 app retire")
	tr.await("a successor", func() bool { return gone(pid) })
	if got := tr.ask("exited " + pid); got != "true exited with code 0" {
		t.Errorf("after it retired: %q", got)
	}
	tr.ask("ask g1 app print")
	tr.await("its output", func() bool { return strings.Contains(tr.log(), "[g] printed by a worker\n") })
	if got := tr.ask("ask g1 app who"); got != "3 "+strconv.Itoa(os.Getuid()) {
		t.Errorf("priority and user: %q", got)
	}
}

func TestReloadOfProcesses(t *testing.T) {
	tr := newTrial(t)
	tr.plan.Plan.Groups = append(tr.plan.Plan.Groups, tr.group("h", 1))
	tr.start()
	server, g, h := serverOf(tr.ask("who")), tr.workers("g1", "app"), tr.workers("h1", "app")
	tr.plan.Plan.Config = []byte("two")
	tr.plan.Plan.Groups[1].Key = "h2"
	tr.reload(syscall.SIGUSR1)
	if again := serverOf(tr.ask("who")); again != server {
		t.Errorf("server %s, was %s", again, server)
	}
	if again := tr.workers("g1", "app"); !slices.Equal(again, g) {
		t.Errorf("workers %v of the unchanged group, were %v", again, g)
	}
	if again := tr.workers("h2", "app"); len(again) != 1 || again[0] == h[0] {
		t.Errorf("workers %v of the changed group, were %v", again, h)
	}
	tr.await("the end of the old", func() bool { return gone(h[0]) })
	if got := tr.ask("ask h1 app"); !strings.HasPrefix(got, "error") {
		t.Errorf("the old group answers: %s", got)
	}

	// None of these can be put into force.
	good := tr.plan
	for _, change := range []func(){
		func() { tr.plan.Error = "AH00526: Syntax error on line 1" },
		func() { tr.plan.Plan.Config = []byte("bad") },
		func() {
			broken := tr.group("b", 1)
			broken.Env = append(broken.Env, "TEST_BROKEN=1")
			tr.plan.Plan.Groups = append(tr.plan.Plan.Groups, broken)
		},
		func() {
			broken := tr.group("b", 1)
			broken.Argv = []string{"/nonexistent/python"}
			tr.plan.Plan.Groups = append(tr.plan.Plan.Groups, broken)
		},
		func() {
			tr.plan.Plan.Logs = append(tr.plan.Plan.Logs, Log{Key: "x", Path: "/nonexistent/x", Problem: "AH00649"})
		},
	} {
		tr.plan = good
		tr.plan.Plan.Groups, tr.plan.Plan.Logs = slices.Clone(good.Plan.Groups), slices.Clone(good.Plan.Logs)
		before := strings.Count(tr.log(), "the one in force stays")
		change()
		tr.write()
		tr.cmd.Process.Signal(syscall.SIGHUP)
		tr.await("a refusal", func() bool { return strings.Count(tr.log(), "the one in force stays") > before })
		if got := tr.ask("who"); got != server+" two" {
			t.Errorf("server and configuration %q, want %s two", got, server)
		}
	}
	tr.await("the broken worker's output", func() bool { return strings.Contains(tr.log(), "[b] this worker is broken") })
	tr.plan = good
	tr.plan.Plan.Config = []byte("three")
	tr.reload(syscall.SIGHUP)
	if again := tr.workers("g1", "app"); !slices.Equal(again, g) {
		t.Errorf("workers %v of the unchanged group, were %v", again, g)
	}
}

func TestListenersComeAndGo(t *testing.T) {
	tr := newTrial(t)
	tr.plan.Plan.Listeners = []Listener{tr.listener("127.0.0.1"), tr.listener("127.0.0.2")}
	tr.start()
	reach := func(host string) bool {
		c, err := net.DialTimeout("tcp", fmt.Sprintf("%s:%d", host, tr.port), time.Second)
		if err == nil {
			c.Close()
		}
		return err == nil
	}
	if !reach("127.0.0.2") {
		t.Error("127.0.0.2 does not listen")
	}
	// All addresses at once overlap with those in force.
	tr.plan.Plan.Config, tr.plan.Plan.Listeners = []byte("two"), []Listener{tr.listener(""), tr.listener("0.0.0.0")}
	tr.reload(syscall.SIGUSR1)
	if !reach("127.0.0.3") || !reach("[::1]") {
		t.Error("not all addresses listen")
	}
	if _, err := bind(tr.listener(""), nil); err == nil {
		t.Error("another can have the port too")
	}
	tr.plan.Plan.Config, tr.plan.Plan.Listeners = []byte("three"), []Listener{tr.listener("127.0.0.1")}
	tr.reload(syscall.SIGUSR1)
	tr.await("127.0.0.2 to be free", func() bool { return !reach("127.0.0.2") })
}

func TestLogsAreReopened(t *testing.T) {
	tr := newTrial(t)
	piped := "exec env " + roleVariable + "=logger " + must(os.Executable()) + " " + tr.path("piped.log")
	tr.plan.Plan.Logs = append(tr.plan.Plan.Logs, Log{Key: "piped", Command: []string{piped}, Shell: true})
	tr.start()
	tr.ask("log access before")
	tr.ask("log piped before")
	os.Rename(tr.path("access.log"), tr.path("access.log.1"))
	os.Rename(tr.path("error.log"), tr.path("error.log.1"))
	tr.cmd.Process.Signal(syscall.SIGUSR1)
	tr.await("a new error log", func() bool { return strings.Contains(tr.log(), "AH00489") })
	tr.ask("log access after")
	read := func(name string) string { b, _ := os.ReadFile(tr.path(name)); return string(b) }
	if read("access.log.1") != "before\n" || read("access.log") != "after\n" {
		t.Errorf("logs %q and %q", read("access.log.1"), read("access.log"))
	}
	if !strings.Contains(read("error.log.1"), "AH00493: SIGUSR1 received.  Doing graceful restart") {
		t.Errorf("old error log %q", read("error.log.1"))
	}
	tr.ask("log piped die")
	tr.await("the logger's end", func() bool { return read("piped.log") == "before\ndie\n" })
	tr.ask("log piped after")
	tr.await("the logger", func() bool { return read("piped.log") == "before\ndie\nafter\n" })
}

// What names another error log and pid file by a reload is found there.
func TestAnotherLogAndPidFile(t *testing.T) {
	tr := newTrial(t)
	tr.start()
	tr.plan.Plan.Config, tr.plan.Plan.MainLog, tr.plan.Plan.PidFile = []byte("two"), "other", tr.path("pid2")
	tr.plan.Plan.Logs = append(tr.plan.Plan.Logs, Log{Key: "other", Path: tr.path("other.log")})
	tr.write()
	tr.cmd.Process.Signal(syscall.SIGUSR1)
	tr.await("a line in the other log", func() bool {
		b, _ := os.ReadFile(tr.path("other.log"))
		return strings.Contains(string(b), "AH00489: resuming normal operations")
	})
	if pid, err := ReadPID(tr.path("pid2")); pid != tr.cmd.Process.Pid || err != nil {
		t.Errorf("the pid file has %d (%v), want %d", pid, err, tr.cmd.Process.Pid)
	}
	if _, err := os.Stat(tr.path("pid")); err == nil {
		t.Error("the pid file that is not named any more is there still")
	}
	tr.stop()
	if _, err := os.Stat(tr.path("pid2")); err == nil {
		t.Error("the pid file outlives the server")
	}
}

func must(s string, err error) string {
	if err != nil {
		panic(err)
	}
	return s
}

func TestIdentityOfTheServer(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	tr := newTrial(t)
	os.WriteFile(tr.path("key"), []byte("secret"), 0o600)
	id := Identity{UID: 12345, GID: 23456, Groups: []uint32{23456, 34567}, Change: true}
	tr.plan.Plan.Identity, tr.plan.Plan.Groups[0].Owner = id, id
	tr.plan.Plan.Groups[0].Identity = Identity{UID: 12346, GID: 12346, Change: true}
	tr.plan.Plan.Files = []File{{Key: "k", Path: tr.path("key")}}
	// The path of a socket does not fit into a socket's name.
	deep := tr.path(strings.Repeat("long", 30))
	os.Mkdir(deep, 0o711)
	tr.plan.Plan.Groups[0].Socket = filepath.Join(deep, "wsgi")
	tr.start()
	if got := tr.ask("identity"); got != "12345 23456 [23456 34567]" {
		t.Errorf("identity %s", got)
	}
	if got := tr.ask("file k"); got != "secret" {
		t.Errorf("key %q", got)
	}
	if got := tr.ask("ask g1 app who"); !strings.HasSuffix(got, " 12346") {
		t.Errorf("the worker is %s", got)
	}
	sockets, _ := filepath.Glob(filepath.Join(deep, "*"))
	for _, s := range sockets {
		info, _ := os.Stat(s)
		if st := info.Sys().(*syscall.Stat_t); info.Mode().Perm() != 0o600 || st.Uid != 12345 {
			t.Errorf("socket %v of %d", info.Mode(), st.Uid)
		}
	}
	// Another user is another process, and nobody waits.
	tr.plan.Plan.Config, tr.plan.Plan.Identity = []byte("two"), Identity{UID: 12347, GID: 12347, Change: true}
	tr.reload(syscall.SIGUSR1)
	tr.await("the new user", func() bool { return strings.HasPrefix(tr.ask("identity"), "12347 12347") })
}

func TestStopLeavesNothing(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGWINCH} {
		tr := newTrial(t)
		tr.start()
		pids := append(tr.workers("g1", "app"), serverOf(tr.ask("who")))
		if b, _ := os.ReadFile(tr.path("pid")); string(b) != fmt.Sprintf("%d\n", tr.cmd.Process.Pid) {
			t.Errorf("pid file %q", b)
		}
		tr.cmd.Process.Signal(sig)
		<-tr.done
		if code := tr.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("%v: exit code %d: %s", sig, code, tr.out)
		}
		for _, pid := range pids {
			if !gone(pid) {
				t.Errorf("%v: process %s is left", sig, pid)
			}
		}
		left, _ := filepath.Glob(tr.path("wsgi*"))
		if _, err := os.Stat(tr.path("pid")); err == nil || len(left) > 0 {
			t.Errorf("%v: left are pid file (%v) and %v", sig, err, left)
		}
		text := map[syscall.Signal]string{syscall.SIGTERM: "AH00491: caught SIGTERM, shutting down\n",
			syscall.SIGINT: "AH00491: caught SIGTERM, shutting down\n", syscall.SIGWINCH: "AH00492: caught SIGWINCH, shutting down gracefully\n"}[sig]
		if !strings.Contains(tr.log(), "[mpm_event:notice] "+text) {
			t.Errorf("not logged: %q", text)
		}
		tr.cmd = nil
	}
}

func TestWithoutSupervisorAllEnd(t *testing.T) {
	tr := newTrial(t)
	tr.start()
	pids := append(tr.workers("g1", "app"), serverOf(tr.ask("who")))
	tr.cmd.Process.Kill()
	<-tr.done
	for _, pid := range pids {
		tr.await("the end of "+pid, func() bool { return gone(pid) })
	}
	tr.cmd = nil
	tr.start() // Over a stale pid file.
	if !strings.Contains(tr.log(), "[core:warn] AH00098: pid file "+tr.path("pid")+" overwritten -- Unclean shutdown of previous Apache run?") &&
		!strings.Contains(tr.out.String(), "AH00098") {
		t.Errorf("a stale pid file is not told about: %s", tr.out)
	}
}

func TestInOneProcess(t *testing.T) {
	tr := newTrial(t)
	tr.start("TEST_SINGLE=1")
	if got, want := tr.ask("who"), fmt.Sprintf("%d one", tr.cmd.Process.Pid); got != want {
		t.Errorf("server %q, want %q", got, want)
	}
	if n := len(tr.workers("g1", "app")); n != 2 {
		t.Errorf("%d workers", n)
	}
	tr.plan.Plan.Config = []byte("two")
	tr.reload(syscall.SIGUSR1)
}

func TestDetachTellsWhetherItStarted(t *testing.T) {
	tr := newTrial(t)
	tr.write()
	cmd := self("supervisor")
	cmd.Env = append(cmd.Env, "TEST_PLAN="+tr.path("plan"))
	if code := Detach(cmd); code != 0 {
		t.Fatalf("code %d", code)
	}
	tr.cmd, tr.done = cmd, make(chan struct{})
	go func() { cmd.Wait(); close(tr.done) }()
	tr.await("the server", func() bool { return tr.ask("who") != "" })
	if text, start, err := Signal("start", tr.path("pid")); start || err != nil ||
		text != fmt.Sprintf("httpd (pid %d) already running\n", cmd.Process.Pid) {
		t.Errorf("start: %q, %v, %v", text, start, err)
	}
	// The port is taken.
	tr.plan.Plan.PidFile = tr.path("pid2")
	tr.write()
	again := self("supervisor")
	again.Env = append(again.Env, "TEST_PLAN="+tr.path("plan"))
	stderr := os.Stderr
	r, w, _ := os.Pipe()
	os.Stderr = w
	code := Detach(again)
	os.Stderr = stderr
	w.Close()
	buf := make([]byte, 1000)
	n, _ := r.Read(buf)
	want := fmt.Sprintf("(98)Address already in use: AH00072: make_sock: could not bind to address 127.0.0.1:%d\n"+
		"no listening sockets available, shutting down\nAH00015: Unable to open logs\n", tr.port)
	if code != 1 || string(buf[:n]) != want {
		t.Errorf("code %d, %q", code, buf[:n])
	}
	if _, err := os.Stat(tr.path("pid2")); err == nil {
		t.Error("there is a pid file")
	}
	if _, _, err := Signal("stop", tr.path("pid")); err != nil {
		t.Error(err)
	}
	<-tr.done
	tr.cmd = nil
}

func TestSignal(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pid")
	for _, c := range []struct{ file, action, text, err string }{
		{"", "stop", "httpd (no pid file) not running\n", ""},
		{"", "graceful", "httpd not running, trying to start\n", ""},
		{"99999999\n", "graceful-stop", "httpd (pid 99999999?) not running\n", ""},
		{strconv.Itoa(os.Getpid()), "stop", fmt.Sprintf("httpd (pid %d?) not running\n", os.Getpid()), ""},
		{"words", "stop", "", "(20014)Internal error (specific information not available): AH00058: Error retrieving pid file " +
			path + "\nAH00059: Remove it before continuing if it is corrupted."},
	} {
		os.Remove(path)
		if c.file != "" {
			os.WriteFile(path, []byte(c.file), 0o644)
		}
		text, start, err := Signal(c.action, path)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if text != c.text || said != c.err || start != (c.action == "graceful") {
			t.Errorf("%s with %q: %q, %v, %q", c.action, c.file, text, start, said)
		}
	}
}
