// Package buffer is mod_buffer: the filter BUFFER gathers what is written or
// read in small pieces.
package buffer

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"strconv"

	"understudy/compat"
)

// Module is mod_buffer.
var Module = compat.Module{
	Name: "buffer_module",
	File: "mod_buffer.c",
	Directives: []compat.Directive{
		dir.Directive("BufferSize", compat.Take1, compat.Access, size,
			"Maximum size of the buffer used by the buffer filter"),
	},
	OutputFilters: []compat.OutputFilter{{Name: "BUFFER", Type: compat.FilterContent, Wrap: wrap}},
	InputFilters:  []compat.InputFilter{{Name: "BUFFER", Type: compat.FilterContent, Wrap: wrapInput}},
}

var dir = compat.NewSlot[config]()

type config struct{ size *int64 }

// defaultSize is how much is gathered where nothing is said.
const defaultSize = 128 << 10

func (base config) Merge(over config) config { return config{cmp.Or(over.size, base.size)} }

func size(c *compat.Cmd, conf *config) error {
	n, _, ok := compat.ParseOffset(c.Arg(0))
	if !ok || n <= 0 {
		return compat.Errorf("BufferSize must be a size in bytes, and greater than zero")
	}
	conf.size = &n
	return nil
}

func sizeOf(r *compat.Request) int64 {
	if c := dir.Of(r); c != nil && c.size != nil {
		return *c.size
	}
	return defaultSize
}

func wrap(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
	if r.Main != nil {
		return next
	}
	return &writer{BodyWriter: next, r: r, size: sizeOf(r)}
}

// A writer gathers an answer (buffer_out_filter).
type writer struct {
	compat.BodyWriter
	r      *compat.Request
	size   int64
	buf    []byte
	passed bool
}

// Write keeps p, and passes on what is more than fits.
func (w *writer) Write(p []byte) (int, error) {
	if int64(len(w.buf)) > w.size {
		if err := w.pass(); err != nil {
			return 0, err
		}
	}
	w.buf = append(w.buf, p...)
	return len(p), nil
}

func (w *writer) pass() error {
	if len(w.buf) == 0 {
		return nil
	}
	w.passed = true
	_, err := w.BodyWriter.Write(w.buf)
	w.buf = w.buf[:0]
	return err
}

// File keeps a part of a file.
func (w *writer) File(f *os.File, offset, n int64) error { return compat.WriteFile(w, f, offset, n) }

// Flush goes before gathering.
func (w *writer) Flush() error {
	if err := w.pass(); err != nil {
		return err
	}
	return w.BodyWriter.Flush()
}

// Close passes on what was gathered. If that is all, its length is known.
func (w *writer) Close() error {
	if !w.passed && len(w.buf) > 0 {
		w.r.Out.Set("Content-Length", strconv.Itoa(len(w.buf)))
	}
	if err := w.pass(); err != nil {
		return err
	}
	return w.BodyWriter.Close()
}

func wrapInput(r *compat.Request, next io.Reader) io.Reader {
	if !r.IsInitial() {
		return next
	}
	return &reader{next: next, size: sizeOf(r)}
}

// A reader reads ahead until the buffer is full or there is no more
// (buffer_in_filter).
type reader struct {
	next io.Reader
	size int64
	buf  bytes.Buffer
	err  error
}

// Read reads from the buffer, which is filled when it is empty.
func (in *reader) Read(p []byte) (int, error) {
	if in.buf.Len() == 0 && in.err == nil {
		var n int64
		if n, in.err = in.buf.ReadFrom(io.LimitReader(in.next, in.size)); in.err == nil && n < in.size {
			in.err = io.EOF
		}
	}
	if in.buf.Len() == 0 {
		return 0, in.err
	}
	return in.buf.Read(p)
}
