package rewrite

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// A program answers the lookups of a prg map: a line for each line. It is
// started when first asked, and again when it ended or was ended.
type program struct {
	argv []string

	mu  sync.Mutex // held while it is asked: one question at a time
	cmd *exec.Cmd
	in  io.WriteCloser
	out chan string // its lines; closed at its end
}

// programs are shared by all generations of a configuration, and so go on over
// a reload.
var (
	programsMu sync.Mutex
	programs   = map[string]*program{}
)

func programOf(argv []string) *program {
	programsMu.Lock()
	defer programsMu.Unlock()
	key := strings.Join(argv, "\x00")
	p := programs[key]
	if p == nil {
		p = &program{argv: argv}
		programs[key] = p
	}
	return p
}

const (
	answerTime    = 10 * time.Second
	maxAnswerLine = 64 << 10
)

var errSlow = errors.New("no answer in time, ending it")

// ask is the answer to key. "NULL" means that there is none.
func (p *program) ask(key string) (value string, ok bool, err error) {
	if strings.Contains(key, "\n") {
		return "", false, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		if err := p.start(); err != nil {
			return "", false, err
		}
	}
	timer := time.AfterFunc(answerTime, func() { p.cmd.Process.Kill() })
	_, err = io.WriteString(p.in, key+"\n")
	if err == nil {
		select {
		case line, more := <-p.out:
			if timer.Stop(); more {
				return line, !strings.EqualFold(line, "NULL"), nil
			}
			err = errors.New("it has ended")
		case <-time.After(answerTime + time.Second):
			err = errSlow
		}
	}
	if !timer.Stop() {
		err = errSlow
	}
	p.stop()
	return "", false, err
}

func (p *program) start() error {
	cmd := exec.Command(p.argv[0], p.argv[1:]...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := make(chan string)
	p.cmd, p.in, p.out = cmd, in, lines
	go func() {
		defer close(lines)
		defer cmd.Wait()
		s := bufio.NewScanner(out)
		s.Buffer(nil, maxAnswerLine)
		for s.Scan() {
			select {
			case lines <- s.Text():
			case <-time.After(answerTime): // Nobody asked for it.
				return
			}
		}
	}()
	return nil
}

func (p *program) stop() {
	p.cmd.Process.Kill()
	p.in.Close()
	p.cmd = nil
}
