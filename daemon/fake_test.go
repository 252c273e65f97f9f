//go:build unix

package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A fakeProcess ends when it is told to, or is killed.
type fakeProcess struct {
	number int
	ended  chan outcome
	once   sync.Once
	birth  time.Time
	group  *Group
	said   chan string // what the supervisor told a worker
	say    net.Conn    // to the supervisor
	heard  chan message
	answer chan message
}

func (p *fakeProcess) pid() int                { return p.number }
func (p *fakeProcess) wait() outcome           { return <-p.ended }
func (p *fakeProcess) signal(s syscall.Signal) { p.end(outcome{signal: s}) }
func (p *fakeProcess) end(o outcome) {
	p.once.Do(func() {
		p.ended <- o
		if p.say != nil {
			p.say.Close()
		}
	})
}

// The conduit of a server process, in memory.
func (p *fakeProcess) send(m message) error { p.heard <- m; return nil }
func (p *fakeProcess) receive() (message, error) {
	m, ok := <-p.answer
	if !ok {
		return m, io.EOF
	}
	return m, nil
}
func (p *fakeProcess) close() { close(p.answer) }

// fakes starts processes that are goroutines.
type fakes struct {
	mu      sync.Mutex // guards the fields below, while time passes
	last    int
	workers []*fakeProcess
	servers []*fakeProcess
	// What a worker does when it was started, and a server with a generation.
	onWorker func(*fakeProcess)
	onServer func(*fakeProcess, message)
	refuse   error // of a worker's start
	stubborn bool  // servers do not stop
}

func (f *fakes) new() *fakeProcess {
	f.last++
	return &fakeProcess{number: 1000 + f.last, ended: make(chan outcome, 1), birth: time.Now(),
		said: make(chan string, 10), heard: make(chan message, 100), answer: make(chan message, 100)}
}

func (f *fakes) server(*Supervisor, Identity) (process, conduit, io.Reader, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.new()
	f.servers = append(f.servers, p)
	go func() {
		for m := range p.heard {
			f.mu.Lock()
			stubborn := f.stubborn
			f.mu.Unlock()
			if m.Type == "stop" && !stubborn {
				p.end(outcome{})
				return
			}
			f.mu.Lock()
			on := f.onServer
			f.mu.Unlock()
			on(p, m)
		}
	}()
	return p, p, nil, nil
}

func (f *fakes) worker(g *Group, _ []string, _ *os.File) (process, net.Conn, io.Reader, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse != nil {
		return nil, nil, nil, f.refuse
	}
	p := f.new()
	p.group = g
	ours, theirs := net.Pipe()
	p.say = theirs
	f.workers = append(f.workers, p)
	go func() {
		buf := make([]byte, 100)
		for {
			n, err := theirs.Read(buf)
			if err != nil {
				return
			}
			for _, word := range strings.Fields(string(buf[:n])) {
				p.said <- word
				p.end(outcome{})
			}
		}
	}()
	go f.onWorker(p)
	return p, ours, nil, nil
}

func (p *fakeProcess) tell(line string) { p.say.Write([]byte(line + "\n")) }

// A diary is a Logger that keeps what it is told.
type diary struct {
	mu    sync.Mutex // guards lines
	lines []string
}

func (d *diary) Log(level, module, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, level+" "+module+" "+text)
}
func (d *diary) Use(*os.File, bool) {}
func (d *diary) Stray(g *Group, _ *os.File, pid int, line string) {
	d.Log("stray", g.Name, line)
}

func (d *diary) count(part string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, l := range d.lines {
		if strings.Contains(l, part) {
			n++
		}
	}
	return n
}

// A stage is a supervisor among fakes.
type stage struct {
	t *testing.T
	*fakes
	*diary
	s       *Supervisor
	signals chan os.Signal
	plan    *Plan
	err     error
	inForce int
	result  chan int
}

func enact(t *testing.T, plan *Plan, play func(*stage)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		st := &stage{t: t, fakes: &fakes{}, diary: &diary{}, signals: make(chan os.Signal, 5), plan: plan, result: make(chan int, 1)}
		st.onWorker = func(p *fakeProcess) { p.tell("ready") }
		st.onServer = func(p *fakeProcess, m message) {
			if m.Type == "generation" {
				p.answer <- message{Type: "ready", ID: m.ID}
			}
		}
		st.s = &Supervisor{Log: st.diary, starter: st.fakes,
			Load:    func([]string) (*Plan, error) { return st.plan, st.err },
			InForce: func(*Plan) { st.inForce++ }}
		for i := range plan.Groups {
			plan.Groups[i].Socket = filepath.Join(dir, "wsgi")
		}
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			code, err := st.s.run(ctx, plan, st.signals)
			if err != nil {
				t.Error(err)
			}
			st.result <- code
		}()
		synctest.Wait()
		play(st)
		cancel()
		<-st.result
		for _, p := range st.servers {
			close(p.heard)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
			t.Errorf("sockets are left: %v", left)
		}
	})
}

// pass lets time pass. What was set before is seen by others, and what they did
// is seen after.
func (st *stage) pass(d time.Duration) {
	st.fakes.mu.Lock()
	st.fakes.mu.Unlock() // For the order alone.
	time.Sleep(d)
	synctest.Wait()
}

func group(name, key string, processes int) Group {
	return Group{Name: name, Key: key, Processes: processes, Graceful: 15 * time.Second, Shutdown: 5 * time.Second}
}

// reload asks for a reload to plan and waits until it is over.
func (st *stage) reload(plan *Plan, err error) {
	for i := range plan.Groups {
		plan.Groups[i].Socket = st.plan.Groups[0].Socket
	}
	st.plan, st.err = plan, err
	st.signals <- syscall.SIGUSR1
	synctest.Wait()
}

// alive are the pids of the workers of a key that have not ended.
func (st *stage) alive(key string) []int {
	var pids []int
	done := make(chan bool)
	st.s.call(func() {
		for k := range st.s.workers {
			if k.pool.group.Key == key && !k.ending {
				pids = append(pids, k.pid())
			}
		}
		close(done)
	})
	<-done
	slices.Sort(pids)
	return pids
}

func TestCrashingWorkersAreStartedLessAndLessOften(t *testing.T) {
	enact(t, &Plan{Groups: []Group{group("g", "g1", 1)}}, func(st *stage) {
		st.onWorker = func(p *fakeProcess) { p.end(outcome{code: 1}) }
		st.workers[0].end(outcome{signal: syscall.SIGSEGV})
		st.pass(2 * time.Minute)
		var waits []time.Duration
		for i, p := range st.workers[1:] {
			waits = append(waits, p.birth.Sub(st.workers[i].birth).Round(time.Millisecond))
		}
		want := []time.Duration{0, 250e6, 500e6, 1e9, 2e9, 4e9, 8e9, 16e9, 20e9, 20e9, 20e9, 20e9}
		if !slices.Equal(waits, want) {
			t.Errorf("waits are %v, want %v", waits, want)
		}
		if n := st.count("less and less often"); n != 1 {
			t.Errorf("said %d times that it is tried less often", n)
		}
		if n := st.count("killed by signal 11 (Segmentation fault)"); n != 1 {
			t.Errorf("logged the signal %d times: %q", n, st.lines)
		}
		st.onWorker = func(p *fakeProcess) { p.tell("ready") }
		st.pass(time.Minute)
		last := st.workers[len(st.workers)-1]
		last.end(outcome{signal: syscall.SIGKILL})
		synctest.Wait()
		if again := st.workers[len(st.workers)-1]; again == last || again.birth.After(time.Now()) {
			t.Error("a process that had lived long was not replaced at once")
		}
	})
}

func TestRetiringWorkerGoesWhenItsSuccessorIsReady(t *testing.T) {
	enact(t, &Plan{Groups: []Group{group("g", "g1", 2)}}, func(st *stage) {
		old := st.workers[0]
		st.onWorker = func(p *fakeProcess) { time.Sleep(time.Second); p.tell("ready") }
		old.tell("retiring maximum requests")
		synctest.Wait()
		if len(st.workers) != 3 {
			t.Fatalf("%d processes were started, want 3", len(st.workers))
		}
		if len(old.said) > 0 {
			t.Fatal("it was told to end before its successor was ready")
		}
		st.pass(1100 * time.Millisecond)
		if got := <-old.said; got != "drain" {
			t.Errorf("it was told %q, want drain", got)
		}
		if len(st.workers[1].said) > 0 {
			t.Error("another was told to end too")
		}
	})
}

func TestReloadKeepsUnchangedGroups(t *testing.T) {
	enact(t, &Plan{Groups: []Group{group("a", "a1", 2), group("b", "b1", 1)}}, func(st *stage) {
		a, b := st.alive("a1"), st.alive("b1")
		for range 5 {
			st.reload(&Plan{Groups: []Group{group("a", "a1", 2), group("b", "b1", 1)}}, nil)
		}
		if got := append(st.alive("a1"), st.alive("b1")...); !slices.Equal(got, append(a, b...)) {
			t.Errorf("processes %v after the reload, want %v", got, append(a, b...))
		}
		if st.inForce != 6 {
			t.Errorf("%d generations were in force, want 6", st.inForce)
		}
	})
}

func TestChangedGroupIsRoutedToWhenItIsReady(t *testing.T) {
	enact(t, &Plan{Groups: []Group{group("a", "a1", 2)}}, func(st *stage) {
		for _, app := range []string{"x", "y"} {
			if _, err := poolOf(st, "a1", app); err != nil {
				t.Fatal(err)
			}
		}
		st.onWorker = func(p *fakeProcess) { time.Sleep(time.Second); p.tell("ready") }
		st.reload(&Plan{Groups: []Group{group("a", "a2", 2)}}, nil)
		if st.inForce != 1 {
			t.Fatal("it was in force before its processes were ready")
		}
		st.pass(1100 * time.Millisecond)
		if st.inForce != 2 {
			t.Fatalf("it is not in force: %q", st.lines)
		}
		if n := len(st.alive("a2")); n != 4 {
			t.Errorf("%d new processes, want 4: those for both application groups", n)
		}
		if n := len(st.alive("a1")); n != 4 {
			t.Errorf("%d old processes at once, want 4", n)
		}
		st.pass(lingerTime)
		synctest.Wait()
		if n := len(st.alive("a1")); n != 0 {
			t.Errorf("%d old processes in the end, want 0", n)
		}
		if _, err := poolOf(st, "a1", "x"); err == nil {
			t.Error("the old group is to be had still")
		}
	})
}

func TestReloadThatFailsLeavesNoTrace(t *testing.T) {
	with := func(key string) *Plan { return &Plan{Groups: []Group{group("a", key, 1)}} }
	for name, c := range map[string]struct {
		set  func(*stage)
		plan *Plan
		err  error
		said string
	}{
		"refused":   {nil, with("a2"), errors.New("AH00526: Syntax error"), "AH00526: Syntax error"},
		"no file":   {nil, &Plan{Groups: with("a2").Groups, Files: []File{{Key: "k", Path: "/nonexistent/k"}}}, nil, "(2)No such file"},
		"log":       {nil, &Plan{Groups: with("a2").Groups, Logs: []Log{{Key: "l", Path: "/nonexistent/l", Problem: "AH00091"}}}, nil, "(2)No such file or directory: AH00091"},
		"no python": {func(st *stage) { st.refuse = errors.New("no such interpreter") }, with("a2"), nil, "no such interpreter"},
		"crash":     {func(st *stage) { st.onWorker = func(p *fakeProcess) { p.end(outcome{code: 3}) } }, with("a2"), nil, "exited with code 3"},
		"not ready": {func(st *stage) { st.onWorker = func(*fakeProcess) {} }, with("a2"), nil, "not ready after 30s"},
		"server": {func(st *stage) {
			st.onServer = func(p *fakeProcess, m message) {
				if m.Type == "generation" {
					p.answer <- message{Type: "refused", ID: m.ID, Text: "cannot be built"}
				}
			}
		}, with("a2"), nil, "cannot be built"},
	} {
		t.Run(name, func(t *testing.T) {
			enact(t, with("a1"), func(st *stage) {
				before := st.alive("a1")
				if c.set != nil {
					c.set(st)
				}
				st.reload(c.plan, c.err)
				st.pass(time.Minute)
				if got := st.alive("a1"); !slices.Equal(got, before) || st.inForce != 1 {
					t.Errorf("processes %v, want %v; %d in force", got, before, st.inForce)
				}
				if n := st.alive("a2"); len(n) > 0 {
					t.Errorf("processes %v of the refused are left", n)
				}
				if st.count(c.said) == 0 {
					t.Errorf("not said %q: %q", c.said, st.lines)
				}
				st.refuse = nil
				st.onWorker = func(p *fakeProcess) { p.tell("ready") }
				st.onServer = func(p *fakeProcess, m message) {
					if m.Type == "generation" {
						p.answer <- message{Type: "ready", ID: m.ID}
					}
				}
				st.reload(with("a3"), nil)
				st.pass(10 * time.Second)
				if len(st.alive("a3")) != 1 || st.inForce != 2 {
					t.Errorf("a good one after it is not in force: %q", st.lines)
				}
			})
		})
	}
}

// poolOf asks for a pool as a server does.
func poolOf(st *stage, group, app string) (socket string, err error) {
	done := make(chan bool)
	st.s.call(func() {
		var p *pool
		if p, err = st.s.poolFor(group, app); err == nil {
			socket = p.socket
		}
		close(done)
	})
	<-done
	return socket, err
}

func TestPoolsOfApplicationGroups(t *testing.T) {
	enact(t, &Plan{Groups: []Group{group("a", "a1", 3)}}, func(st *stage) {
		first, _ := poolOf(st, "a1", "x")
		again, _ := poolOf(st, "a1", "x")
		other, _ := poolOf(st, "a1", "y")
		if first != again || first == other {
			t.Errorf("sockets %s, %s and %s", first, again, other)
		}
		synctest.Wait()
		if n := len(st.alive("a1")); n != 6 {
			t.Errorf("%d processes, want 6", n)
		}
		var err error
		for i := range maxPools {
			_, err = poolOf(st, "a1", fmt.Sprint(i))
		}
		if err == nil || !strings.Contains(err.Error(), "no more than that") {
			t.Errorf("beyond the bound: %v", err)
		}
		if _, err := poolOf(st, "a2", "x"); err != errNoGroup {
			t.Errorf("of no group: %v", err)
		}
	})
}

func TestServerIsReplaced(t *testing.T) {
	enact(t, &Plan{Groups: []Group{group("a", "a1", 1)}}, func(st *stage) {
		st.pass(time.Minute)
		var sent []int
		st.onServer = func(p *fakeProcess, m message) {
			if m.Type == "generation" {
				sent = append(sent, m.ID)
				p.answer <- message{Type: "ready", ID: m.ID}
			}
		}
		st.servers[0].end(outcome{signal: syscall.SIGSEGV})
		synctest.Wait()
		if len(st.servers) != 2 || len(sent) != 1 {
			t.Fatalf("%d servers, generations %v", len(st.servers), sent)
		}
		if st.count("notice core AH00052: child pid 1001 exit signal Segmentation fault (11)") != 1 {
			t.Errorf("log: %q", st.lines)
		}
		// One that dies over a new generation takes nothing with it.
		st.onServer = func(p *fakeProcess, m message) {
			if m.Type == "generation" && m.ID != 0 {
				p.end(outcome{code: 2})
			} else if m.Type == "generation" {
				p.answer <- message{Type: "ready", ID: m.ID}
			}
		}
		st.reload(&Plan{Groups: []Group{group("a", "a1", 1)}}, nil)
		st.pass(time.Minute)
		if len(st.servers) != 3 || st.inForce != 1 {
			t.Errorf("%d servers, %d in force: %q", len(st.servers), st.inForce, st.lines)
		}
		st.onServer = func(p *fakeProcess, m message) { p.end(outcome{code: 2}) }
		st.servers[2].end(outcome{code: 2})
		st.pass(time.Minute)
		if n := len(st.servers); n > 14 {
			t.Errorf("%d servers within a minute of crashes", n)
		}
		if n := st.count("server processes end soon"); n != 1 {
			t.Errorf("said %d times that servers crash", n)
		}
	})
}

func TestServerIsReplacedForAnotherUser(t *testing.T) {
	enact(t, &Plan{Groups: []Group{group("a", "a1", 1)}}, func(st *stage) {
		st.reload(&Plan{Groups: []Group{group("a", "a1", 1)}, Identity: Identity{UID: 33, Change: true}}, nil)
		if len(st.servers) != 2 || st.inForce != 2 {
			t.Fatalf("%d servers, %d in force", len(st.servers), st.inForce)
		}
		select {
		case o := <-st.servers[0].ended:
			t.Errorf("nobody waits for the old: %v", o)
		default:
		}
		if st.count("child pid") > 0 || st.count("server process") > 0 {
			t.Errorf("log: %q", st.lines)
		}
	})
}

func TestReloadsWhileOneIsUnderWayAreOneMore(t *testing.T) {
	enact(t, &Plan{Groups: []Group{group("a", "a1", 1)}}, func(st *stage) {
		loads := 0
		st.s.Load = func([]string) (*Plan, error) {
			loads++
			time.Sleep(time.Second)
			return st.plan, nil
		}
		for range 4 {
			st.signals <- syscall.SIGHUP
			synctest.Wait()
		}
		st.pass(10 * time.Second)
		if loads != 2 || st.inForce != 3 {
			t.Errorf("%d loads, %d in force", loads, st.inForce)
		}
		if n := st.count("AH00494: SIGHUP received.  Attempting to restart"); n != 4 {
			t.Errorf("said %d times", n)
		}
	})
}

func TestRenewReplacesWorkersOnRestart(t *testing.T) {
	enact(t, &Plan{Groups: []Group{group("a", "a1", 2)}}, func(st *stage) {
		st.s.Renew = true
		before := st.alive("a1")
		st.signals <- syscall.SIGHUP
		st.pass(time.Second)
		after := st.alive("a1")
		if len(after) != 2 || slices.Contains(after, before[0]) || slices.Contains(after, before[1]) {
			t.Errorf("processes %v, were %v", after, before)
		}
	})
}

func TestGracefulStopWaitsForTheServer(t *testing.T) {
	enact(t, &Plan{Groups: []Group{group("a", "a1", 1)}, GracefulTimeout: 10 * time.Second}, func(st *stage) {
		st.stubborn = true
		began := time.Now()
		st.signals <- syscall.SIGWINCH
		synctest.Wait()
		if len(st.workers[0].said) > 0 {
			t.Error("the workers were told before the server had ended")
		}
		code := <-st.result
		st.result <- code
		if d := time.Since(began); d != 10*time.Second || code != 0 {
			t.Errorf("it took %v, code %d", d, code)
		}
		if got := <-st.workers[0].said; got != "stop" {
			t.Errorf("the worker was told %q", got)
		}
	})
}

func TestFirstGenerationThatIsRefusedEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, d := &fakes{}, &diary{}
		f.onServer = func(p *fakeProcess, m message) {
			if m.Type == "generation" {
				p.answer <- message{Type: "refused", ID: m.ID, Text: "no"}
			}
		}
		s := &Supervisor{Log: d, starter: f}
		code, err := s.run(context.Background(), &Plan{}, nil)
		if code != 1 || err != nil || d.count("error core no") != 1 {
			t.Errorf("code %d, %v, %q", code, err, d.lines)
		}
		close(f.servers[0].heard)
	})
}

func TestSettler(t *testing.T) {
	for _, c := range []struct {
		every, times time.Duration
		write        bool
		want         time.Duration
	}{{0, 1, false, 10e6}, {0, 1, true, 50e6}, {25e6, 3, true, 100e6}, {25e6, 40, true, 500e6}} {
		synctest.Test(t, func(t *testing.T) {
			s := newSettler()
			began := time.Now()
			var events sync.WaitGroup
			defer events.Wait()
			events.Go(func() {
				for range c.times {
					s.happened(c.write)
					time.Sleep(c.every)
				}
			})
			<-s.timer.C
			if d := time.Since(began); d != c.want {
				t.Errorf("%d events every %v: looked after %v, want %v", c.times, c.every, d, c.want)
			}
		})
	}
}
