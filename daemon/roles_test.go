//go:build unix

package daemon

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// roleVariable makes the test binary one of the processes under test.
const roleVariable = "UNDERSTUDY_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "server":
		serveTest(os.NewFile(3, "control"))
	case "worker":
		workTest()
	case "supervisor":
		os.Exit(superviseTest())
	case "logger":
		logTest()
	default:
		os.Exit(m.Run())
	}
}

// serveTest is a server whose clients send a line, and get one.
func serveTest(control *os.File) {
	link, err := Attach(control)
	if err != nil {
		panic(err)
	}
	defer link.Close()
	var now *Generation
	logs := map[string]*os.File{}
	questions := make(chan func())
	current := func(f func()) {
		done := make(chan bool)
		questions <- func() { f(); close(done) }
		<-done
	}
	for {
		select {
		case g := <-link.Generations:
			if string(g.Config) == "bad" {
				link.Refused(g.ID, fmt.Errorf("a bad configuration"))
				continue
			}
			for key, l := range g.Listeners {
				if now == nil || now.Listeners[key] != l {
					go acceptTest(link, l, current, func() *Generation { return now }, logs)
				}
			}
			now = g
			clear(logs)
			for key, f := range g.Logs {
				logs[key] = f
			}
			link.Ready(g.ID)
		case again := <-link.Reopened:
			for key, f := range again {
				logs[key] = f
			}
		case f := <-questions:
			f()
		case <-link.Stop:
			return
		}
	}
}

func acceptTest(link *Link, l net.Listener, current func(func()), now func() *Generation, logs map[string]*os.File) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			in := bufio.NewScanner(c)
			for in.Scan() {
				words := append(strings.Fields(in.Text()), "", "", "")
				answer := ""
				switch words[0] {
				case "who":
					current(func() { answer = fmt.Sprintf("%d %s", os.Getpid(), now().Config) })
				case "identity":
					groups, _ := os.Getgroups()
					answer = fmt.Sprint(os.Getuid(), os.Getgid(), groups)
				case "file":
					current(func() {
						b := make([]byte, 100)
						n, _ := now().Files[words[1]].ReadAt(b, 0)
						answer = string(b[:n])
					})
				case "log":
					current(func() { logs[words[1]].WriteString(words[2] + "\n") })
				case "ask":
					socket, _, err := link.Pool(context.Background(), words[1], words[2])
					if err != nil {
						answer = "error " + err.Error()
						break
					}
					answer = askUnix(socket, words[3])
				case "exited":
					pid, _ := strconv.Atoi(words[1])
					reason, ok := link.Exited(context.Background(), pid)
					answer = fmt.Sprint(ok, " ", reason)
				case "fds":
					entries, _ := os.ReadDir("/proc/self/fd")
					for _, e := range entries {
						target, _ := os.Readlink("/proc/self/fd/" + e.Name())
						answer += target + " "
					}
				case "stray":
					fmt.Fprintln(os.Stderr, words[1])
				}
				fmt.Fprintln(c, answer)
			}
		}()
	}
}

// askUnix sends a line to a worker and returns its answer.
func askUnix(socket, line string) string {
	c, err := DialUnix(socket)
	if err != nil {
		return "error " + err.Error()
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintln(c, line)
	answer, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		return "error " + err.Error()
	}
	return strings.TrimSpace(answer)
}

// workTest is a worker whose clients send a line, and get its pid.
func workTest() {
	listenFD, _ := strconv.Atoi(os.Getenv(ListenVariable))
	controlFD, _ := strconv.Atoi(os.Getenv(ControlVariable))
	l, err := net.FileListener(os.NewFile(uintptr(listenFD), "listen"))
	if err != nil {
		panic(err)
	}
	control, err := net.FileConn(os.NewFile(uintptr(controlFD), "control"))
	if err != nil {
		panic(err)
	}
	go func() {
		in := bufio.NewScanner(control)
		for in.Scan() {
			if in.Text() == "drain" {
				time.Sleep(50 * time.Millisecond)
			}
			os.Exit(0)
		}
		os.Exit(0)
	}()
	if os.Getenv("TEST_BROKEN") != "" {
		fmt.Println("this worker is broken")
		os.Exit(7)
	}
	fmt.Fprintln(control, "ready")
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			line, _ := bufio.NewReader(c).ReadString('\n')
			switch strings.TrimSpace(line) {
			case "kill":
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
			case "exit":
				os.Exit(3)
			case "retire":
				fmt.Fprintln(control, "retiring because it was asked to")
			case "print":
				fmt.Println("printed by a worker")
			case "who":
				raised, _ := unix.Getpriority(unix.PRIO_PROCESS, 0)
				fmt.Fprintln(c, 20-raised, os.Getuid()) // The system call's values have no sign.
				return
			}
			fmt.Fprintln(c, os.Getpid())
		}()
	}
}

// logTest is a piped logger: it copies lines to a file, and dies of the line
// "die".
func logTest() {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		f, _ := os.OpenFile(os.Args[1], os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
		fmt.Fprintln(f, in.Text())
		f.Close()
		if in.Text() == "die" {
			os.Exit(1)
		}
	}
}

// self is the test binary in a role.
func self(role string, args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	// The race detector waits a second at each exit.
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", roleVariable+"="+role)
	return cmd
}

// A testPlan is a plan in a file, for a supervisor that is a process.
type testPlan struct {
	Plan  Plan
	Error string // a refused configuration
}

// superviseTest supervises what the file named in the environment says.
func superviseTest() int {
	path := os.Getenv("TEST_PLAN")
	load := func([]string) (*Plan, error) {
		var p testPlan
		data, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(data, &p)
		}
		if err == nil && p.Error != "" {
			err = fmt.Errorf("%s", p.Error)
		}
		return &p.Plan, err
	}
	plan, err := load(nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	log := &fileLog{file: os.Stderr}
	s := &Supervisor{Load: load, Log: log, Bound: Detached(),
		Server:  func() *exec.Cmd { return self("server") },
		InForce: func(*Plan) { log.Log("notice", "mpm_event", "AH00489: resuming normal operations") }}
	if os.Getenv("TEST_SINGLE") != "" {
		s.Serve = serveTest
	}
	code, err := s.Run(context.Background(), plan)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return code
}

// A fileLog is a Logger that writes as plainly as possible.
type fileLog struct{ file *os.File }

func (l *fileLog) Use(f *os.File, _ bool) { l.file = f }
func (l *fileLog) Log(level, module, text string) {
	fmt.Fprintf(l.file, "[%s:%s] %s\n", module, level, text)
}
func (l *fileLog) Stray(g *Group, f *os.File, pid int, line string) {
	if f == nil {
		f = l.file
	}
	fmt.Fprintf(f, "[%s] %s\n", g.Name, line)
}

// An output is what a process wrote.
type output struct {
	mu   sync.Mutex // guards text
	text []byte
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, b...)
	return len(b), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// A trial is a supervisor that is a process, and what it was given.
type trial struct {
	*testing.T
	dir  string
	port int
	plan testPlan
	cmd  *exec.Cmd
	out  *output
	done chan struct{}
}

func newTrial(t *testing.T) *trial {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir, err := os.MkdirTemp("", "daemon")
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o755)
	tr := &trial{T: t, dir: dir, port: l.Addr().(*net.TCPAddr).Port}
	tr.plan.Plan = Plan{Config: []byte("one"), PidFile: tr.path("pid"), MainLog: "main",
		Listeners: []Listener{tr.listener("127.0.0.1")},
		Logs:      []Log{{Key: "main", Path: tr.path("error.log")}, {Key: "access", Path: tr.path("access.log")}},
		Groups:    []Group{tr.group("g", 2)}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("error log:\n%s", tr.log())
		}
		tr.stop()
		os.RemoveAll(dir)
	})
	return tr
}

func (tr *trial) path(name string) string { return filepath.Join(tr.dir, name) }

func (tr *trial) log() string { b, _ := os.ReadFile(tr.path("error.log")); return string(b) }

func (tr *trial) listener(host string) Listener {
	return Listener{Key: fmt.Sprintf("%s:%d", host, tr.port), Host: host, Port: tr.port, Backlog: 511}
}

func (tr *trial) group(name string, processes int) Group {
	w := self("worker")
	return Group{Name: name, Key: name + "1", Argv: []string{"/proc/self/exe"}, Env: w.Env, Processes: processes,
		Socket: tr.path("wsgi"), Backlog: 100, Graceful: 2 * time.Second, Shutdown: time.Second, Log: "main"}
}

// write makes the plan what the next load finds.
func (tr *trial) write() {
	data, err := json.Marshal(tr.plan)
	if err == nil {
		err = os.WriteFile(tr.path("plan.new"), data, 0o644)
	}
	if err == nil {
		err = os.Rename(tr.path("plan.new"), tr.path("plan"))
	}
	if err != nil {
		tr.Fatal(err)
	}
}

// start starts the supervisor in the foreground and waits for its server.
func (tr *trial) start(env ...string) {
	tr.Helper()
	tr.write()
	tr.cmd = self("supervisor")
	tr.cmd.Env = append(append(tr.cmd.Env, "TEST_PLAN="+tr.path("plan")), env...)
	tr.out = &output{}
	tr.cmd.Stdout, tr.cmd.Stderr = tr.out, tr.out
	if err := tr.cmd.Start(); err != nil {
		tr.Fatal(err)
	}
	tr.done = make(chan struct{})
	go func() { tr.cmd.Wait(); close(tr.done) }()
	tr.await("the server", func() bool { return strings.HasSuffix(tr.ask("who"), string(tr.plan.Plan.Config)) })
}

func (tr *trial) stop() {
	if tr.cmd == nil {
		return
	}
	tr.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-tr.done:
	case <-time.After(15 * time.Second):
		tr.Error("the supervisor does not end")
		tr.cmd.Process.Kill()
	}
	tr.cmd = nil
}

// ask sends a line to the server; the answer is empty if there is none.
func (tr *trial) ask(line string) string {
	c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", tr.port), time.Second)
	if err != nil {
		return ""
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintln(c, line)
	answer, _ := bufio.NewReader(c).ReadString('\n')
	return strings.TrimSpace(answer)
}

func (tr *trial) await(what string, is func() bool) {
	tr.Helper()
	for range 1000 {
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	said := ""
	if tr.out != nil {
		said = tr.out.String()
	}
	tr.Fatalf("waited in vain for %s; it said %s", what, said)
}

// reload writes the plan, sends a signal and waits for the configuration.
func (tr *trial) reload(sig syscall.Signal) {
	tr.Helper()
	tr.write()
	tr.cmd.Process.Signal(sig)
	want := string(tr.plan.Plan.Config)
	tr.await("configuration "+want, func() bool { return strings.HasSuffix(tr.ask("who"), " "+want) })
}
