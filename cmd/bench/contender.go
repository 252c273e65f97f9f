//go:build linux

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A contender is a server under measurement; all its processes are in the
// session it was started in.
type contender struct {
	name string
	port int
	argv []string
	cmd  *exec.Cmd
}

// contenders are Apache first, whose cost the ratios are of, then ours and
// nginx; those that are not installed are left out, and named.
func contenders(root string, w workload) []*contender {
	var all []*contender
	add := func(name, program string, argv func(port int) []string) {
		if _, err := exec.LookPath(program); err != nil {
			fmt.Printf("(%s is not installed: not measured)\n", name)
			return
		}
		port := freePort()
		all = append(all, &contender{name: name, port: port, argv: argv(port)})
	}
	httpd := func(program, name string) func(int) []string {
		return func(port int) []string {
			return []string{program, "-d", root, "-f", writeApache(root, name, port), "-DFOREGROUND"}
		}
	}
	path, _ := filepath.Abs(*binary)
	add("apache", "/usr/sbin/apache2", httpd("/usr/sbin/apache2", "apache"))
	add("understudy", path, httpd(path, "understudy"))
	if !w.wsgi && !w.apacheOnly && w.fields == "" { // nginx is asked for no passwords.
		add("nginx", "/usr/sbin/nginx", func(port int) []string {
			return []string{"/usr/sbin/nginx", "-c", writeNginx(root, port)}
		})
	}
	return all
}

func freePort() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (c *contender) start() error {
	c.cmd = exec.Command(c.argv[0], c.argv[1:]...)
	c.cmd.Stderr = os.Stderr
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := c.cmd.Start(); err != nil {
		return err
	}
	for range 250 {
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", c.port)); err == nil {
			conn.Close()
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	c.stop()
	return fmt.Errorf("%s does not answer on port %d", c.name, c.port)
}

func (c *contender) stop() {
	c.cmd.Process.Signal(syscall.SIGTERM)
	done := make(chan struct{})
	go func() { c.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		c.cmd.Process.Kill()
	}
}

// pids are the processes in c's session, the oldest first.
func (c *contender) pids() []int {
	var pids []int
	for pid := range c.stats() {
		pids = append(pids, pid)
	}
	slices.Sort(pids)
	return pids
}

// cpu is the user and system time so far of all processes in c's session and
// of their children that ended.
func (c *contender) cpu() time.Duration {
	var ticks int64
	for _, f := range c.stats() {
		for _, t := range f[11:15] { // utime, stime, cutime and cstime.
			n, _ := strconv.ParseInt(t, 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond // USER_HZ is 100 on Linux.
}

// stats are, by pid, the fields of /proc/PID/stat behind the name of each process
// in c's session: state is the first, session the fourth.
func (c *contender) stats() map[int][]string {
	all := map[int][]string{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // It ended meanwhile.
		}
		// The name may hold spaces and parentheses.
		f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if len(f) < 15 || f[3] != strconv.Itoa(c.cmd.Process.Pid) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		all[pid] = f
	}
	return all
}
