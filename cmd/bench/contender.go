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
// session it was started in, and in the group of its account.
type contender struct {
	name       string
	port       int
	ecdsa, rsa int // ports where TLS is spoken
	argv       []string
	cmd        *exec.Cmd
	account    account
}

// portOf is where w is asked for.
func (c *contender) portOf(w workload) int {
	switch w.tls {
	case "ecdsa":
		return c.ecdsa
	case "rsa":
		return c.rsa
	}
	return c.port
}

// contenders are Apache first, whose cost the ratios are of, then ours, nginx
// and lighttpd; those that are not installed are left out, and named.
func contenders(root string, w workload) []*contender {
	var all []*contender
	add := func(name, program string, argv func(*contender) []string) {
		if _, err := exec.LookPath(program); err != nil {
			fmt.Printf("(%s is not installed: not measured)\n", name)
			return
		}
		c := &contender{name: name, port: freePort(), ecdsa: freePort(), rsa: freePort()}
		c.argv = argv(c)
		all = append(all, c)
	}
	httpd := func(program string) func(*contender) []string {
		return func(c *contender) []string {
			return []string{program, "-d", root, "-f", writeApache(root, c, w.idle), "-DFOREGROUND"}
		}
	}
	path, _ := filepath.Abs(*binary)
	add("apache", "/usr/sbin/apache2", httpd("/usr/sbin/apache2"))
	add("understudy", path, httpd(path))
	if w.wsgi || w.apacheOnly || w.fields != "" && !w.anyFields { // The others are asked for no passwords.
		return all
	}
	add("nginx", "/usr/sbin/nginx", func(c *contender) []string { return []string{"/usr/sbin/nginx", "-c", writeNginx(root, c)} })
	if w.fields == "" && !strings.HasPrefix(w.path, "/p/") { // Debian has its compression in a package more.
		add("lighttpd", "/usr/sbin/lighttpd", func(c *contender) []string {
			return []string{"/usr/sbin/lighttpd", "-D", "-f", writeLighttpd(root, c)}
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
	c.account = openAccount(c.name)
	argv := c.account.command(c.argv)
	c.cmd = exec.Command(argv[0], argv[1:]...)
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
	c.account.close()
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

// cpu is the user and system time so far of all that c has run.
func (c *contender) cpu() time.Duration {
	if c.account != "" {
		used, _ := c.account.used()
		return used
	}
	var ticks int64
	for _, f := range c.stats() {
		for _, t := range f[11:15] { // utime, stime, cutime and cstime.
			n, _ := strconv.ParseInt(t, 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond // USER_HZ is 100 on Linux.
}

// memory is the proportional share of all processes of c.
func (c *contender) memory() int64 { return pss(c.pids()) }

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
