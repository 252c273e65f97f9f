//go:build unix

package script

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"understudy/apacheconf"
	"understudy/compat"
)

// Serve answers requests for CGI programs (cgi_handler, cgid_handler).
func (k *Kind) Serve(r *compat.Request) compat.Status {
	if r.Handler != Handler && r.Handler != Magic {
		return compat.Declined
	}
	c := Slot.Of(r)
	if c == nil {
		c = &Config{}
	}
	if status := k.permitted(r); status != compat.OK {
		return status
	}
	compat.AddCommonVars(r)
	compat.AddCGIVars(r)
	p := &program{kind: k, r: r, c: c, timeout: timeoutOf(r, c)}
	return p.run()
}

func timeoutOf(r *compat.Request, c *Config) time.Duration {
	switch {
	case c.Timeout != nil:
		return *c.Timeout
	case r.Host.Timeout != nil:
		return *r.Host.Timeout
	}
	return 60 * time.Second
}

// permitted looks whether the target may be run.
func (k *Kind) permitted(r *compat.Request) compat.Status {
	fail := func(status compat.Status, code, text string) compat.Status {
		r.Logf(k.Module, compat.LevelError, nil, "%s: stderr from %s: %s", code, r.Filename, text)
		return status
	}
	switch {
	case r.Opts()&compat.OptExecCGI == 0 && r.Notes.Get("alias-forced-type") != Handler:
		return fail(403, k.Codes.NoExec, "Options ExecCGI is off in this directory")
	case isNPH(r) && r.Protocol == "INCLUDED":
		return fail(403, k.Codes.NPH, "attempt to include NPH CGI script")
	case r.Info == nil:
		return fail(404, k.Codes.Missing, "script not found or unable to stat")
	case r.IsDir():
		return fail(403, k.Codes.Directory, "attempt to invoke directory as script")
	case r.PathInfo != "" && r.Scope.Core.AcceptPathInfo != nil && *r.Scope.Core.AcceptPathInfo == compat.PathInfoOff:
		return fail(404, k.Codes.PathInfo, "AcceptPathInfo off disallows user's path")
	case r.Info.Mode()&0o111 == 0:
		return fail(403, k.Codes.Permission, "file permissions deny server execution")
	}
	return compat.OK
}

func isNPH(r *compat.Request) bool { return strings.HasPrefix(filepath.Base(r.Filename), "nph-") }

// A program is a CGI program on its way through a request.
type program struct {
	kind    *Kind
	r       *compat.Request
	c       *Config
	timeout time.Duration
	cmd     *exec.Cmd
	stdin   *os.File // nil: it gets nothing
	out     *os.File
	ahead   ahead           // of out, read while the body was sent
	in      *bufio.Reader   // of ahead and out
	errors  chan struct{}   // closed when its standard error is at its end
	said    strings.Builder // of that, for ScriptLog
	body    []byte          // of the request, for ScriptLog
}

func (p *program) run() compat.Status {
	r := p.r
	path, args := p.kind.command(r)
	if err := p.start(path, args, true); err != nil {
		p.complain(osError(err) + ": exec of '" + r.Filename + "' failed")
		r.Logf(p.kind.Module, compat.LevelError, nil, "End of script output before headers: %s", filepath.Base(r.Filename))
		return 500
	}
	defer p.end()
	if err := p.feed(); err != nil {
		r.Logf(p.kind.Module, compat.LevelError, nil, "%s: Error reading request entity data", p.kind.Codes.Body)
		p.signal(syscall.SIGTERM)
		return compat.StatusOf(err)
	}
	if isNPH(r) {
		r.AssBackwards, r.KeepAlive = true, false
		return p.copy()
	}
	status, bad := ReadHeader(r, p.in, p.kind.Module)
	if !r.Env.Has("ap_trust_cgilike_cl") {
		r.Out.Del("Content-Length")
	}
	r.Out.Del("Transfer-Encoding")
	if status != compat.OK {
		if status == 304 {
			r.Status = 304
			return compat.OK
		}
		p.log(status, bad)
		return status
	}
	location := r.Out.Get("Location")
	switch {
	case location == "" || r.Status != 200:
		return p.copy()
	case location[0] == '/':
		p.discard()
		r.Method = "GET" // Whatever it was.
		r.In.Del("Content-Length")
		r.Out.Reset()
		r.ContentType = ""
		return r.Engine.Redirect(r, location)
	}
	p.discard()
	return 302
}

func osError(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return "(" + strconv.Itoa(int(errno)) + ")" + apacheconf.Strerror(errno)
	}
	return err.Error()
}

// start starts the program in a process group of its own, so that what it
// starts can be ended with it.
func (p *program) start(path string, args []string, hasInput bool) error {
	r := p.r
	path, args = limited(r, path, args)
	path, args = asUser(r, path, args)
	out, w, err := os.Pipe()
	if err != nil {
		return err
	}
	errOut, errIn, err := os.Pipe()
	if err != nil {
		out.Close()
		w.Close()
		return err
	}
	p.cmd = &exec.Cmd{Path: path, Args: args, Dir: filepath.Dir(r.Filename), Env: compat.Environment(&r.Env),
		Stdout: w, Stderr: errIn, SysProcAttr: &syscall.SysProcAttr{Setpgid: true}}
	var stdin *os.File
	if hasInput {
		stdin, p.stdin, err = os.Pipe()
		p.cmd.Stdin = stdin
	}
	if err == nil {
		err = p.cmd.Start()
	}
	w.Close()
	errIn.Close()
	if stdin != nil {
		stdin.Close()
	}
	if err != nil {
		out.Close()
		errOut.Close()
		if p.stdin != nil {
			p.stdin.Close()
		}
		return err
	}
	p.out, p.in, p.errors = out, bufio.NewReaderSize(&timed{p}, 32<<10), make(chan struct{})
	go p.listen(errOut)
	return nil
}

// timed reads the program's output, and waits so long for each part.
type timed struct{ p *program }

func (t *timed) Read(b []byte) (int, error) {
	p := t.p
	if n := p.ahead.next(b); n > 0 {
		return n, nil
	}
	p.out.SetReadDeadline(time.Now().Add(p.timeout))
	return p.out.Read(b)
}

// maxErrorLine bounds a line of standard error.
const maxErrorLine = 8192

// listen logs what the program says on its standard error.
func (p *program) listen(f *os.File) {
	defer close(p.errors)
	defer f.Close()
	in := bufio.NewReaderSize(f, maxErrorLine)
	for {
		line, err := in.ReadSlice('\n')
		if text := strings.TrimRight(string(line), "\r\n"); text != "" {
			p.complain(text)
		}
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
	}
}

// maxSaid bounds what is kept of standard error for ScriptLog.
const maxSaid = 64 << 10

func (p *program) complain(text string) {
	if p.c.log != "" && p.said.Len() < maxSaid {
		p.said.WriteString(text + "\n")
	}
	if p.kind.Module == "cgid" { // Its programs write to the log themselves.
		if log := p.r.Host.ErrorLog; log != nil {
			log.Write([]byte(text + "\n"))
		}
		return
	}
	p.r.Logf(p.kind.Module, compat.LevelError, nil, "AH01215: stderr from %s: %s", p.r.Filename, text)
}

// copy sends the output to the client, as it comes.
func (p *program) copy() compat.Status {
	buffer := make([]byte, 32<<10)
	for {
		n, err := p.in.Read(buffer)
		if n > 0 {
			if _, err := p.r.Writer.Write(buffer[:n]); err != nil {
				p.signal(syscall.SIGTERM)
				return compat.OK
			}
			if p.in.Buffered() == 0 && p.r.Writer.Flush() != nil {
				p.signal(syscall.SIGTERM)
				return compat.OK
			}
		}
		if err != nil {
			return compat.OK
		}
	}
}

func (p *program) discard() { io.Copy(io.Discard, p.in) }

// signal sends a signal to the program and all it started.
func (p *program) signal(s syscall.Signal) { syscall.Kill(-p.cmd.Process.Pid, s) }

// grace is how long a program that is to end may take for it.
const grace = 3 * time.Second

// end sees that nothing of the program is left (apr_pool_note_subprocess).
func (p *program) end() {
	if p.stdin != nil {
		p.stdin.Close()
	}
	p.out.Close()
	p.ahead.close()
	done := make(chan struct{})
	go func() { p.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(grace):
		p.signal(syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(grace):
			p.signal(syscall.SIGKILL)
			<-done
		}
	}
	select {
	case <-p.errors:
	case <-time.After(time.Second): // Something it started has its standard error.
	}
}

// keeps is how much of the body ScriptLog wants.
func (p *program) keeps() int {
	if p.c.log == "" {
		return 0
	}
	return or(p.c.logBuffer, defaultLogBuffer)
}

func (p *program) log(status compat.Status, bad string) {
	if p.c.log == "" {
		if status != 504 {
			p.discard()
		}
		return
	}
	p.c.Log(p.r, status, p.body, bad, p.in, p.said.String())
}
