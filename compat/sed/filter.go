package sed

import (
	"bytes"
	"errors"
	"io"
	"os"
	"syscall"

	"understudy/compat"
	"understudy/compat/internal/pull"
)

// A stream cuts what it is fed into lines, and runs a script over them. Which
// line is the last one is known only at the end, so that a line waits for what
// follows it.
type stream struct {
	e     *eval
	ready bool // e.line is a whole line, with the newline that ends it
}

// start makes the stream of a script to out. What is wrong has been logged.
func start(r *compat.Request, s *script, out io.Writer) (*stream, error) {
	log := func(text string) { r.Logf("sed", compat.LevelError, nil, "AH02998: %s", text) }
	if err := s.unfinished(); err != nil {
		log(err.Error())
		return nil, errGeneral
	}
	e, err := newEval(s, out, log)
	if err != nil {
		return nil, err
	}
	r.AtEnd(e.close)
	return &stream{e: e}, nil
}

var errGeneral = errors.New("(20014)Internal error (specific information not available)")

// feed runs over the lines that are followed by another (sed_eval_buffer).
func (s *stream) feed(p []byte) error {
	e := s.e
	e.steps += int64(len(p)) * stepsPerByte
	for len(p) > 0 && !e.quit {
		if s.ready {
			if err := s.run(); err != nil {
				return err
			}
			continue
		}
		end := bytes.IndexByte(p, '\n') + 1
		if s.ready = end > 0; !s.ready {
			end = len(p)
		}
		if len(e.line)+end > maxSpace {
			return errSpace
		}
		e.line = append(e.line, p[:end]...)
		p = p[end:]
	}
	return nil
}

// finish runs over the last line (sed_finalize_eval).
func (s *stream) finish() error {
	if s.e.quit || len(s.e.line) == 0 {
		return nil
	}
	s.e.last = true
	return s.run()
}

func (s *stream) run() error {
	if s.ready {
		s.ready = false
		s.e.line = s.e.line[:len(s.e.line)-1]
	}
	return s.e.run()
}

// reason is what the log says of an error of a script.
func reason(err error) error {
	if err == errSteps {
		return errGeneral
	}
	return err
}

// errSpace is for a line that became too long.
var errSpace error = syscall.ENOMEM

// pieceSize is in what pieces an answer is passed on.
const pieceSize = 8000

// A writer edits an answer (sed_response_filter).
type writer struct {
	compat.BodyWriter
	r      *compat.Request
	script *script
	stream *stream
	piece  []byte
	failed error
}

func wrapOutput(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
	c := dir.Of(r)
	if c == nil || c.output == nil {
		return next
	}
	return &writer{BodyWriter: next, r: r, script: c.output}
}

// Write edits the lines that are complete.
func (w *writer) Write(p []byte) (int, error) {
	if w.failed != nil {
		return 0, w.failed
	}
	if w.stream == nil {
		var err error
		if w.stream, err = start(w.r, w.script, (*passing)(w)); err != nil {
			return 0, w.fail(err)
		}
		w.r.Out.Del("Content-Length")
	}
	if err := w.stream.feed(p); err != nil {
		return 0, w.fail(err)
	}
	return len(p), w.pass()
}

func (w *writer) fail(err error) error {
	if w.failed == nil {
		w.r.Logf("sed", compat.LevelError, reason(err), "AH10394: error evaluating sed on output")
		w.failed = compat.StatusError(500)
	}
	return w.failed
}

// passing is a writer as its script sees it.
type passing writer

// Write gathers what a script makes.
func (w *passing) Write(p []byte) (int, error) {
	if w.piece = append(w.piece, p...); len(w.piece) < pieceSize {
		return len(p), nil
	}
	return len(p), (*writer)(w).pass()
}

func (w *writer) pass() error {
	if len(w.piece) == 0 {
		return nil
	}
	_, err := w.BodyWriter.Write(w.piece)
	w.piece = w.piece[:0]
	return err
}

// File edits a part of a file.
func (w *writer) File(f *os.File, offset, n int64) error { return compat.WriteFile(w, f, offset, n) }

// Close edits the last line.
func (w *writer) Close() error {
	if w.failed != nil {
		return w.failed
	}
	if w.stream != nil {
		// What goes wrong in the last line is not reported in Apache.
		w.stream.finish()
		if err := w.pass(); err != nil {
			return err
		}
	}
	return w.BodyWriter.Close()
}

// wrapInput edits the body of a request (sed_request_filter).
func wrapInput(r *compat.Request, next io.Reader) io.Reader {
	c := dir.Of(r)
	if c == nil || c.input == nil || !r.IsInitial() {
		return next
	}
	var stream *stream
	return pull.New(next, func(made *bytes.Buffer, piece []byte, last bool) (err error) {
		if stream == nil {
			stream, err = start(r, c.input, made)
		}
		if err == nil {
			err = stream.feed(piece)
		}
		if err != nil {
			r.Logf("sed", compat.LevelError, reason(err), "AH10395: error evaluating sed on input")
			return compat.StatusError(500)
		}
		if last {
			stream.finish()
		}
		return nil
	})
}
