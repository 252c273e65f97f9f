package extfilter

import (
	"io"
	"os/exec"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/script"
)

// pieceSize is how much of a program's output is taken at a time.
const pieceSize = 8 << 10

// A process is a program that filters one body. One goroutine writes to it and
// one reads from it, so that neither side waits for the other; both end with
// the program.
type process struct {
	cmd     *exec.Cmd
	timeout time.Duration
	in      chan []byte // to be written; closed: no more
	written chan bool   // the last of in went out, or will not
	out     chan []byte // what was read; closed: no more
	stop    chan struct{}
	ended   bool
}

// start runs the program for a request (init_ext_filter_process).
func (f *filter) start(r *compat.Request, logStderr bool) (*process, error) {
	setVariables(r)
	cmd := exec.Command(f.args[0], f.args[1:]...)
	if !strings.Contains(f.args[0], "/") {
		cmd.Path, cmd.Err = f.args[0], nil // Apache does not look for it.
	}
	cmd.Args = f.args
	cmd.Env = compat.Environment(&r.Env)
	if logStderr {
		cmd.Stderr = &logWriter{r: r}
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		r.Logf("ext_filter", compat.LevelError, err, "AH01458: couldn't create child process to run `%s'", f.args[0])
		return nil, err
	}
	p := &process{cmd: cmd, timeout: 60 * time.Second, in: make(chan []byte), written: make(chan bool),
		out: make(chan []byte), stop: make(chan struct{})}
	if t := r.Host.Timeout; t != nil {
		p.timeout = *t
	}
	go p.write(p.in, stdin)
	go p.read(stdout)
	r.AtEnd(p.end)
	return p, nil
}

// setVariables adds what the program is told besides what CGI programs are.
func setVariables(r *compat.Request) {
	compat.AddCGIVars(r)
	compat.AddCommonVars(r)
	r.Env.Set("DOCUMENT_URI", r.Path)
	r.Env.Set("DOCUMENT_PATH_INFO", r.PathInfo)
	if r.HasQuery {
		r.Env.Set("QUERY_STRING_UNESCAPED", script.EscapeShell(compat.Unescape(r.Query)))
	}
}

func (p *process) write(in <-chan []byte, stdin io.WriteCloser) {
	failed := false
	for piece := range in {
		if !failed {
			_, err := stdin.Write(piece)
			failed = err != nil
		}
		select {
		case p.written <- !failed:
		case <-p.stop:
		}
	}
	stdin.Close()
}

func (p *process) read(stdout io.Reader) {
	defer close(p.out)
	for {
		piece := make([]byte, pieceSize)
		n, err := stdout.Read(piece)
		if n > 0 {
			select {
			case p.out <- piece[:n]:
			case <-p.stop:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// errTimeout tells that a program neither reads nor writes.
type errTimeout struct{}

// Error says so.
func (errTimeout) Error() string { return "the program does not go on" }

// give has piece written, and meanwhile passes what the program says to got.
func (p *process) give(piece []byte, got func([]byte) error) error {
	in, out := p.in, p.out
	for {
		select {
		case in <- piece:
			in = nil
		case <-p.written:
			return nil
		case made, ok := <-out:
			if !ok {
				out = nil // It closed its output, and may read on.
				continue
			}
			if err := got(made); err != nil {
				return err
			}
		case <-time.After(p.timeout):
			return errTimeout{}
		}
	}
}

// finish tells the program that this was all, and passes on the rest.
func (p *process) finish(got func([]byte) error) error {
	close(p.in)
	p.in = nil
	for {
		select {
		case made, ok := <-p.out:
			if !ok {
				p.end()
				return nil
			}
			if err := got(made); err != nil {
				return err
			}
		case <-time.After(p.timeout):
			return errTimeout{}
		}
	}
}

// next is what the program has said by now; ok is false at its end.
func (p *process) next() (piece []byte, ok bool, err error) {
	select {
	case piece, ok = <-p.out:
		return piece, ok, nil
	case <-time.After(p.timeout):
		return nil, false, errTimeout{}
	}
}

// end sees that the program is gone.
func (p *process) end() {
	if p.ended {
		return
	}
	p.ended = true
	close(p.stop)
	// One that got everything has a moment to end by itself.
	moment := time.Second
	if p.in != nil {
		moment = 0
		close(p.in)
	}
	timer := time.AfterFunc(moment, func() { p.cmd.Process.Kill() })
	p.cmd.Wait()
	timer.Stop()
}

// A logWriter puts the lines of a program's standard error into the error log.
type logWriter struct {
	r    *compat.Request
	line []byte
}

// maxLine bounds a line that has no end.
const maxLine = 8 << 10

// Write logs lines as they are complete.
func (w *logWriter) Write(p []byte) (int, error) {
	for _, c := range p {
		if c != '\n' && len(w.line) < maxLine {
			w.line = append(w.line, c)
			continue
		}
		w.r.Logf("ext_filter", compat.LevelError, nil, "%s", w.line)
		w.line = w.line[:0]
	}
	return len(p), nil
}
