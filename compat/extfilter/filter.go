package extfilter

import (
	"io"
	"os"
	"strings"

	"understudy/compat"
)

// applies looks whether the filter is for a body of a media type
// (init_filter_instance).
func (f *filter) applies(r *compat.Request, kind string) bool {
	if f.from != "" {
		kind, _, _ = strings.Cut(kind, ";")
		if !strings.EqualFold(kind, f.from) {
			return false
		}
	}
	return (f.enable == "" || r.Env.Has(f.enable)) && (f.disable == "" || !r.Env.Has(f.disable))
}

// begin starts the program, if there is one to start.
func (f *filter) begin(r *compat.Request, kind string) (*process, error) {
	if !f.applies(r, kind) {
		return nil, nil
	}
	c := dir.Of(r)
	p, err := f.start(r, c.logs())
	if err != nil {
		which, code, what := "output", "AH01467", "aborting"
		if f.input {
			which, code = "input", "AH01470"
		}
		if c.removes() {
			what = "removing"
		}
		r.Logf("ext_filter", compat.LevelError, err, "%s: can't initialise %s filter %s: %s", code, which, compat.Lower(f.name), what)
		if c.removes() {
			return nil, nil
		}
		return nil, compat.StatusError(500)
	}
	if f.to != "" {
		r.ContentType, r.Charset = f.to, ""
	}
	if !f.keepsLength {
		r.Out.Del("Content-Length")
	}
	return p, nil
}

func (f *filter) wrap(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
	return &writer{BodyWriter: next, f: f, r: r}
}

// A writer has one answer filtered (ef_output_filter).
type writer struct {
	compat.BodyWriter
	f     *filter
	r     *compat.Request
	begun bool
	p     *process // nil: nothing is filtered
}

func (w *writer) begin() (err error) {
	if !w.begun {
		w.begun = true
		w.p, err = w.f.begin(w.r, w.r.ContentType)
	}
	return err
}

func (w *writer) pass(made []byte) error {
	_, err := w.BodyWriter.Write(made)
	return err
}

// Write gives p to the program.
func (w *writer) Write(p []byte) (int, error) {
	if err := w.begin(); err != nil {
		return 0, err
	}
	if w.p == nil {
		return w.BodyWriter.Write(p)
	}
	return len(p), w.p.give(p, w.pass)
}

// File gives a part of a file to the program.
func (w *writer) File(f *os.File, offset, n int64) error {
	if err := w.begin(); err != nil {
		return err
	}
	if w.p == nil {
		return w.BodyWriter.File(f, offset, n)
	}
	return compat.WriteFile(w, f, offset, n)
}

// Flush sends what the program has said.
func (w *writer) Flush() error {
	if err := w.begin(); err != nil {
		return err
	}
	return w.BodyWriter.Flush()
}

// Close waits for the end of the program.
func (w *writer) Close() error {
	if err := w.begin(); err != nil {
		return err
	}
	if w.p != nil {
		if err := w.p.finish(w.pass); err != nil {
			w.r.Logf("ext_filter", compat.LevelError, err, "AH01468: ef_unified_filter() failed")
			w.p.end()
			return err
		}
	}
	return w.BodyWriter.Close()
}

func (f *filter) wrapInput(r *compat.Request, next io.Reader) io.Reader {
	return &reader{f: f, r: r, next: next}
}

// A reader has one request body filtered (ef_input_filter).
type reader struct {
	f     *filter
	r     *compat.Request
	next  io.Reader
	begun bool
	p     *process // nil: nothing is filtered
	over  bool     // the program has got everything
	made  []byte   // and this nobody read yet
	err   error
}

// Read reads what the program makes of the body.
func (in *reader) Read(p []byte) (int, error) {
	if !in.begun {
		in.begun = true
		in.p, in.err = in.f.begin(in.r, in.r.In.Get("Content-Type"))
	}
	if in.err == nil && in.p == nil {
		return in.next.Read(p)
	}
	for len(in.made) == 0 && in.err == nil {
		in.err = in.more()
	}
	if len(in.made) == 0 {
		return 0, in.err
	}
	n := copy(p, in.made)
	in.made = in.made[n:]
	return n, nil
}

// more gives the program more, or waits for what it says at the end.
func (in *reader) more() error {
	if in.over {
		piece, ok, err := in.p.next()
		if in.made = piece; !ok && err == nil {
			in.p.end()
			return io.EOF
		}
		return err
	}
	piece := make([]byte, pieceSize)
	n, err := in.next.Read(piece)
	if n > 0 {
		if err := in.p.give(piece[:n], in.keep); err != nil {
			return err
		}
	}
	if err == io.EOF {
		in.over = true
		close(in.p.in)
		in.p.in = nil
		return nil
	}
	return err
}

func (in *reader) keep(made []byte) error {
	in.made = append(in.made, made...)
	return nil
}
