package rewrite

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"understudy/compat"
)

// A program answers the lookups of a prg: map: a key on a line of its input, a
// value on a line of its output.
type program struct {
	argv []string
	mu   sync.Mutex // held while a question is asked, and guards run
	run  *running
}

// Bounds of what is waited for and read, where Apache has none.
const (
	programTimeout = 30 * time.Second
	maxAnswer      = 64 << 10
	// restartAfter is waited for before a program that failed is started again.
	restartAfter = time.Second
)

// newProgram reads "prg:program argument…". Its name is relative to ServerRoot.
func newProgram(c *compat.Cmd, command, options string) (*program, error) {
	argv := compat.Argv(command)
	if len(argv) == 0 || argv[0] == "" {
		return nil, compat.Errorf("RewriteMap: bad path to prg map: %s", command)
	}
	if options != "" {
		who, group, _ := strings.Cut(options, ":")
		if err := checkIdentity(c, who, group); err != nil {
			return nil, err
		}
	}
	argv[0] = c.Path(argv[0])
	return &program{argv: argv}, nil
}

// checkIdentity refuses to run a program as another than the server's user.
func checkIdentity(c *compat.Cmd, user, group string) error {
	if (user == "" || user == c.Build.Core.User) && (group == "" || group == c.Build.Core.Group) {
		return nil
	}
	return compat.Errorf("RewriteMap: programs run as the user of the server (%s:%s) in Understudy, not as %s:%s",
		c.Build.Core.User, c.Build.Core.Group, user, group)
}

// check is what keeps a program from being started.
func (p *program) check() error {
	info, err := os.Stat(p.argv[0])
	reason := "(2)No such file or directory"
	switch {
	case err != nil:
	case runtime.GOOS == "windows", !info.IsDir() && info.Mode().Perm()&0o111 != 0:
		return nil
	default:
		reason = "(13)Permission denied"
	}
	return compat.Refuse("%s: AH00654: mod_rewrite: could not start RewriteMap program %s\n"+
		"AH00020: Configuration Failed, exiting", reason, p.argv[0])
}

// ask is the value of key; ok is false where the program answers NULL, or does
// not answer.
func (p *program) ask(r *compat.Request, key string) (value string, ok bool) {
	if strings.Contains(key, "\n") {
		return "", false // It would be two questions.
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.start(); err != nil {
		r.Logf("rewrite", compat.LevelError, cause(err), "AH00654: mod_rewrite: could not start RewriteMap program %s", p.argv[0])
		return "", false
	}
	value, err := p.run.ask(key)
	if err != nil {
		r.Logf("rewrite", compat.LevelError, nil, "RewriteMap program %s: %v", p.argv[0], err)
		p.run.end()
		return "", false
	}
	if strings.EqualFold(value, "NULL") {
		return "", false
	}
	return value, true
}

// A running is the process of a program.
type running struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *os.File
	lines   *bufio.Reader
	began   time.Time
	stopped bool
}

// start starts the program if it is not running. Its process ends when nobody
// knows the program any more: at the end of its input.
func (p *program) start() error {
	if p.run != nil && !p.run.stopped {
		return nil
	}
	if p.run != nil && time.Since(p.run.began) < restartAfter {
		return errors.New("it has ended")
	}
	run := &running{began: time.Now()}
	cmd := exec.Command(p.argv[0], p.argv[1:]...)
	cmd.Dir = filepath.Dir(p.argv[0])
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, w, err := os.Pipe()
	if err != nil {
		in.Close()
		return err
	}
	cmd.Stdout = w
	err = cmd.Start()
	w.Close()
	if err != nil {
		in.Close()
		out.Close()
		return err
	}
	run.cmd, run.in, run.out, run.lines = cmd, in, out, bufio.NewReaderSize(out, maxAnswer)
	go cmd.Wait()
	p.run = run
	runtime.AddCleanup(p, (*running).end, run)
	return nil
}

// ask writes key and reads a line. Both have a limited time.
func (run *running) ask(key string) (string, error) {
	deadline := time.Now().Add(programTimeout)
	if in, ok := run.in.(interface{ SetWriteDeadline(time.Time) error }); ok {
		in.SetWriteDeadline(deadline)
	}
	if _, err := io.WriteString(run.in, key+"\n"); err != nil {
		return "", err
	}
	run.out.SetReadDeadline(deadline)
	line, err := run.lines.ReadSlice('\n')
	switch {
	case err == bufio.ErrBufferFull:
		return "", errors.New("its answer is too long")
	case err != nil:
		return "", err
	}
	return strings.TrimSuffix(string(line), "\n"), nil
}

// end closes the input, at whose end a program ends, and sees to it that it
// does.
func (run *running) end() {
	if run.stopped {
		return
	}
	run.stopped = true
	run.in.Close()
	run.out.Close()
	time.AfterFunc(programTimeout, func() { run.cmd.Process.Kill() })
}

// initialize looks whether the programs of hosts can be started, before the
// configuration is put into force.
func initialize(b *compat.Build) error {
	b.AtStart(func() error {
		for _, h := range b.AllHosts() {
			s := ofServer.In(h.Section.Vector)
			if s == nil || !isOn(s.engine) {
				continue
			}
			for _, m := range s.maps {
				if m.kind != programKind {
					continue
				}
				if err := m.program.check(); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return nil
}
