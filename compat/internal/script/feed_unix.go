//go:build unix

package script

import (
	"io"
	"time"
)

// maxUnread is how much of a body a program can be given that reads nothing:
// what a pipe holds at least.
const maxUnread = 60 << 10

// feed gives the program the body. One that does not read it gets no more of
// it, and is not waited for. An error is one of the body.
func (p *program) feed() error {
	defer p.stdin.Close()
	if p.r.Body == nil {
		return nil
	}
	buffer := make([]byte, 32<<10)
	given, deaf := 0, false
	for {
		n, err := p.r.Body.Read(buffer)
		if keep := p.keeps() - len(p.body); keep > 0 {
			p.body = append(p.body, buffer[:min(n, keep)]...)
		}
		if n > 0 && !deaf {
			given += n
			deaf = p.give(buffer[:n], given > maxUnread) != nil
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// give writes a part of the body. A program that answers while it reads has to
// get rid of its output meanwhile, for else both would wait for ever.
func (p *program) give(b []byte, mayBlock bool) error {
	p.stdin.SetWriteDeadline(time.Now().Add(p.timeout))
	if !mayBlock {
		_, err := p.stdin.Write(b)
		return err
	}
	written := make(chan error, 1)
	go func() {
		_, err := p.stdin.Write(b)
		p.out.SetReadDeadline(time.Unix(1, 0)) // Wakes the reader.
		written <- err
	}()
	p.out.SetReadDeadline(time.Time{})
	select {
	case err := <-written:
		return err
	default:
	}
	piece := make([]byte, 32<<10)
	for {
		n, err := p.out.Read(piece)
		if kept := p.ahead.keep(piece[:n]); kept != nil {
			err = kept
		}
		if err != nil {
			break
		}
	}
	return <-written
}
