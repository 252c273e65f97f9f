//go:build unix

package script

import (
	"bufio"
	"errors"
	"io"
	"net/url"
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
	out     *os.File
	in      *bufio.Reader   // of out
	errors  chan struct{}   // closed when its standard error is at its end
	said    strings.Builder // of that, for ScriptLog
	body    []byte          // of the request, for ScriptLog
}

func (p *program) run() compat.Status {
	r := p.r
	if err := p.start(); err != nil {
		p.complain(osError(err) + ": exec of '" + r.Filename + "' failed")
		r.Logf(p.kind.Module, compat.LevelError, nil, "End of script output before headers: %s", filepath.Base(r.Filename))
		return 500
	}
	defer p.end()
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
func (p *program) start() error {
	r := p.r
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
	p.cmd = &exec.Cmd{Path: r.Filename, Args: arguments(r), Dir: filepath.Dir(r.Filename), Env: compat.Environment(&r.Env),
		Stdout: w, Stderr: errIn, SysProcAttr: &syscall.SysProcAttr{Setpgid: true}}
	stdin, err := p.cmd.StdinPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	w.Close()
	errIn.Close()
	if err != nil {
		out.Close()
		errOut.Close()
		return err
	}
	p.out, p.in, p.errors = out, bufio.NewReaderSize(&timed{p}, 32<<10), make(chan struct{})
	go p.listen(errOut)
	p.feed(stdin)
	return nil
}

// arguments are the program's: the query string where it has no "=", as ISINDEX
// had it.
func arguments(r *compat.Request) []string {
	argv := []string{filepath.Base(r.Filename)}
	if r.Query == "" || strings.Contains(r.Query, "=") {
		return argv
	}
	for word := range strings.SplitSeq(r.Query, "+") {
		if v, err := url.PathUnescape(word); err == nil {
			word = v
		}
		argv = append(argv, escapeShell(word))
	}
	return argv
}

// escapeShell puts backslashes before what a shell would read otherwise
// (ap_escape_shell_cmd).
func escapeShell(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte("&;`'\"|*?~<>^()[]{}$\\\n", s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// feed gives the program the body. One that does not read it is not waited for.
func (p *program) feed(stdin io.WriteCloser) {
	defer stdin.Close()
	if p.r.Body == nil {
		return
	}
	if f, ok := stdin.(*os.File); ok {
		f.SetWriteDeadline(time.Now().Add(p.timeout))
	}
	buffer := make([]byte, 32<<10)
	for {
		n, err := p.r.Body.Read(buffer)
		if keep := p.keeps() - len(p.body); keep > 0 {
			p.body = append(p.body, buffer[:min(n, keep)]...)
		}
		if n > 0 {
			if _, err := stdin.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// timed reads the program's output, and waits so long for each part.
type timed struct{ p *program }

func (t *timed) Read(b []byte) (int, error) {
	t.p.out.SetReadDeadline(time.Now().Add(t.p.timeout))
	return t.p.out.Read(b)
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

func (p *program) complain(text string) {
	if p.c.log != "" {
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
				return compat.OK
			}
			if p.in.Buffered() == 0 && p.r.Writer.Flush() != nil {
				return compat.OK
			}
		}
		if err != nil {
			return compat.OK
		}
	}
}

func (p *program) discard() { io.Copy(io.Discard, p.in) }

// end sees that nothing of the program is left.
func (p *program) end() {
	p.out.Close()
	done := make(chan struct{})
	go func() { p.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(3 * time.Second):
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(3 * time.Second):
			syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
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
