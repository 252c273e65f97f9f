package substitute

import (
	"bytes"
	"os"

	"understudy/compat"
)

// A writer replaces in one answer (substitute_filter).
type writer struct {
	compat.BodyWriter
	r     *compat.Request
	rules []rule
	max   int64
	line  []byte // begun, and not at its end
	begun bool
}

func wrap(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
	w := &writer{BodyWriter: next, r: r, max: defaultMax}
	if c := dir.Of(r); c != nil {
		w.rules = c.rules
		if c.max != nil {
			w.max = *c.max
		}
	}
	return w
}

func (w *writer) begin() {
	if !w.begun {
		w.begun = true
		w.r.Out.Del("Content-Length")
	}
}

// Write passes on the lines that are complete.
func (w *writer) Write(p []byte) (int, error) {
	w.begin()
	for rest := p; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n') + 1
		if end == 0 {
			if int64(len(w.line)+len(rest)) > w.max {
				return 0, w.tooLong()
			}
			w.line = append(w.line, rest...)
			break
		}
		line := rest[:end]
		if len(w.line) > 0 {
			if int64(len(w.line)+len(line)) > w.max {
				return 0, w.tooLong()
			}
			w.line = append(w.line, line...)
			line = w.line
		}
		if err := w.pass(line); err != nil {
			return 0, err
		}
		w.line = w.line[:0]
		rest = rest[end:]
	}
	return len(p), nil
}

func (w *writer) pass(line []byte) error {
	pieces, err := apply(w.rules, string(line), w.max)
	if err == errLong {
		return w.tooLong()
	}
	if err != nil {
		w.r.Logf("substitute", compat.LevelError, err, "pattern failed, URI %s", w.r.Path)
		return compat.StatusError(500)
	}
	w.r.Unmeasured()
	for _, piece := range pieces {
		if _, err := w.BodyWriter.Write([]byte(piece)); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) tooLong() error {
	w.r.Logf("substitute", compat.LevelError, nil, "AH01328: Line too long, URI %s", w.r.Path)
	return compat.StatusError(500)
}

// File passes on a part of a file, replaced.
func (w *writer) File(f *os.File, offset, n int64) error { return compat.WriteFile(w, f, offset, n) }

// Flush sends the lines that are complete.
func (w *writer) Flush() error {
	w.begin()
	return w.BodyWriter.Flush()
}

// Close passes on the last line.
func (w *writer) Close() error {
	w.begin()
	if len(w.line) > 0 {
		line := w.line
		w.line = nil
		if err := w.pass(line); err != nil {
			return err
		}
	}
	return w.BodyWriter.Close()
}
