//go:build unix

package wsgi

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"understudy/compat"
)

// A testPool plays the supervisor of one process: it starts another when that
// ends, and lets one go that asks for a successor once that is ready.
type testPool struct {
	t        testing.TB
	group    *Group
	dir      string
	listener *os.File
	target   *target

	mu      sync.Mutex // guards the fields below
	ends    map[int]string
	leaving *os.File // control of the process that is replaced
	closing bool
	running sync.WaitGroup
	all     []*os.File
}

func startPool(t testing.TB, script string, change func(*Group)) *testPool {
	p := &testPool{t: t, dir: t.TempDir(), ends: map[int]string{}}
	p.group = &Group{Name: "test", Processes: 1, Threads: 15}
	p.group.defaults()
	if change != nil {
		change(p.group)
	}
	p.group.complete(&compat.Build{Main: &compat.Host{}}, &settings{})
	os.WriteFile(filepath.Join(p.dir, "app.wsgi"), []byte(script), 0o644)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(p.dir, "sock"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	p.listener, _ = l.File()
	l.Close()
	provider = p
	p.target = newTarget(p.group, "")
	p.start()
	t.Cleanup(p.close)
	return p
}

func (p *testPool) Pool(context.Context, string, string) (Pool, error) {
	return Pool{Socket: filepath.Join(p.dir, "sock"), Processes: 1}, nil
}

func (p *testPool) Exited(pid int) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	reason, ok := p.ends[pid]
	return reason, ok
}

func (p *testPool) start() {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		p.t.Error(err)
		return
	}
	syscall.CloseOnExec(pair[0])
	syscall.CloseOnExec(pair[1])
	control, theirs := os.NewFile(uintptr(pair[0]), "ours"), os.NewFile(uintptr(pair[1]), "theirs")
	defer theirs.Close()
	argv, env := p.group.Command()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(env, "UNDERSTUDY_LISTEN_FD=3", "UNDERSTUDY_CONTROL_FD=4")
	cmd.ExtraFiles = []*os.File{p.listener, theirs}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		p.t.Error(err)
		return
	}
	p.all = append(p.all, control)
	p.running.Add(1)
	go p.serve(cmd, control)
}

// serve is the life of a process.
func (p *testPool) serve(cmd *exec.Cmd, control *os.File) {
	defer p.running.Done()
	go func() {
		for in := bufio.NewScanner(control); in.Scan(); {
			word, _, _ := strings.Cut(in.Text(), " ")
			p.mu.Lock()
			switch {
			case word == "ready" && p.leaving != nil:
				p.leaving.Write([]byte("drain\n"))
				p.leaving = nil
			case word == "retiring" && !p.closing:
				p.leaving = control
				p.start()
			}
			p.mu.Unlock()
		}
	}()
	cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ends[cmd.Process.Pid] = "ended: " + cmd.ProcessState.String()
	if !p.closing && !cmd.ProcessState.Success() {
		p.start()
	}
}

func (p *testPool) close() {
	p.mu.Lock()
	p.closing = true
	for _, f := range p.all {
		syscall.Shutdown(int(f.Fd()), syscall.SHUT_RDWR)
	}
	p.mu.Unlock()
	p.running.Wait()
	for _, f := range p.all {
		f.Close()
	}
	p.listener.Close()
}

// call is a call of the pool's script for a path.
func (p *testPool) call(path string, to reply) *call {
	c := newCall()
	c.target, c.reply, c.connect, c.socket, c.mtime = p.target, to, 20*time.Second, 20*time.Second, -1
	c.environ = func(e *Environ, _ int) {
		for k, v := range map[string]string{"PATH_INFO": path, "SCRIPT_FILENAME": filepath.Join(p.dir, "app.wsgi"),
			"mod_wsgi.handler_script": "", "mod_wsgi.application_group": "", "mod_wsgi.callable_object": "application",
			"mod_wsgi.script_reloading": "1"} {
			e.Set(k, v)
		}
	}
	return c
}

func (p *testPool) ask(path string) *taken {
	a := &taken{}
	c := p.call(path, a)
	defer c.release()
	a.err = c.do()
	return a
}
