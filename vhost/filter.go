package vhost

import (
	"errors"
	"io/fs"
	"os"

	"understudy/compat"
)

// A filtered is the top of a chain of filters. It remembers what went wrong in
// them, so that handlers need not know that there are any.
type filtered struct {
	compat.BodyWriter
	r      *compat.Request
	gate   gate
	failed compat.Status // what a filter asked for
	closed bool
	err    error
}

// A gate is below the last filter. Once shut it keeps back what filters still
// have to say when they are closed, so that they are closed in any case.
type gate struct {
	compat.BodyWriter
	shut bool
}

// insertFilters puts the filters that were asked for around the answer and the
// body of r. Mostly there are none.
func (e *engine) insertFilters(r *compat.Request) {
	if len(r.InputFilters) > 0 {
		r.FilterInput()
	}
	if len(r.OutputFilters) == 0 {
		return
	}
	w := &filtered{r: r, gate: gate{BodyWriter: r.Writer}}
	if top := r.FilterOutput(&w.gate, 0); top != &w.gate {
		w.BodyWriter, r.Writer = top, w
	}
}

// filterError puts the filters in front of an error page that are not for
// content.
func filterError(r *compat.Request, w compat.BodyWriter) compat.BodyWriter {
	if len(r.OutputFilters) == 0 {
		return w
	}
	return r.FilterOutput(w, compat.FilterProtocol)
}

// filterStatus is what a handler's status comes to with what filters said.
func filterStatus(r *compat.Request, status compat.Status) compat.Status {
	w, ok := r.Writer.(*filtered)
	if !ok {
		return status
	}
	if status != compat.OK {
		w.abandon(nil)
	}
	if w.failed != compat.OK && !r.Wire.Started() {
		r.Aborted = false
		return w.failed
	}
	return status
}

// abandon ends the filters without letting anything more out.
func (w *filtered) abandon(err error) {
	w.gate.shut = true
	if w.err == nil {
		w.err = err
	}
	if !w.closed {
		w.closed = true
		w.r.Broken = true
		w.BodyWriter.Close()
	}
}

func (w *filtered) note(err error) error {
	if err == nil {
		return nil
	}
	var status compat.StatusError
	if w.err == nil && errors.As(err, &status) {
		w.failed = compat.Status(status)
	}
	w.abandon(err)
	return err
}

// Write passes p to the first filter. After an error none is asked any more.
func (w *filtered) Write(p []byte) (int, error) {
	if w.closed {
		return len(p), w.err
	}
	n, err := w.BodyWriter.Write(p)
	return n, w.note(err)
}

// File passes a part of a file to the first filter.
func (w *filtered) File(f *os.File, offset, n int64) error {
	if w.closed {
		return w.err
	}
	return w.note(w.BodyWriter.File(f, offset, n))
}

// Content passes a whole file to the first filter.
func (w *filtered) Content(name string, info fs.FileInfo, body []byte) error {
	if w.closed {
		return w.err
	}
	return w.note(compat.WriteContent(w.BodyWriter, name, info, body))
}

// Flush flushes the filters.
func (w *filtered) Flush() error {
	if w.closed {
		return w.err
	}
	return w.note(w.BodyWriter.Flush())
}

// Close ends the body, once.
func (w *filtered) Close() error {
	if w.closed {
		return w.err
	}
	w.closed = true
	return w.note(w.BodyWriter.Close())
}

// Write passes p on.
func (g *gate) Write(p []byte) (int, error) {
	if g.shut {
		return len(p), nil
	}
	return g.BodyWriter.Write(p)
}

// File passes a part of a file on.
func (g *gate) File(f *os.File, offset, n int64) error {
	if g.shut {
		return nil
	}
	return g.BodyWriter.File(f, offset, n)
}

// Flush passes the wish on.
func (g *gate) Flush() error {
	if g.shut {
		return nil
	}
	return g.BodyWriter.Flush()
}

// Close ends the body.
func (g *gate) Close() error {
	if g.shut {
		return nil
	}
	return g.BodyWriter.Close()
}
