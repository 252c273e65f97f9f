package charsetlite

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/charset"
	"understudy/compat/internal/pull"
)

func wrapOutput(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
	c := dir.Of(r)
	if c == nil || !c.applies(r) || c.nested(r) {
		return next
	}
	return &writer{BodyWriter: next, r: r, conf: c}
}

// A writer translates an answer (xlate_out_filter).
type writer struct {
	compat.BodyWriter
	r       *compat.Request
	conf    *config
	begun   bool
	convert *charset.Converter // nil: none
	failed  error
	made    bytes.Buffer
}

// pieceSize is how much is made before any of it is passed on.
const pieceSize = 16 << 10

// begin decides by the type of the answer.
func (w *writer) begin() {
	if w.begun {
		return
	}
	w.begun = true
	if !w.conf.isText(w.r.ContentType) {
		return
	}
	var err error
	if w.convert, err = charset.Open(w.conf.wire, w.conf.source); err != nil {
		w.r.Logf(short, compat.LevelError, err, "AH01453: can't open translation %s->%s", w.conf.source, w.conf.wire)
		return
	}
	w.r.Out.Del("Content-Length")
}

func (c *config) isText(kind string) bool {
	kind = compat.Lower(kind)
	return strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "message/") || kind != "" && c.all != nil && *c.all
}

// Write translates p.
func (w *writer) Write(p []byte) (int, error) {
	w.begin()
	switch {
	case w.failed != nil:
		return 0, w.failed
	case w.convert == nil:
		return w.BodyWriter.Write(p)
	}
	if err := w.convert.Convert(&w.made, p); err != nil {
		return 0, w.fail(err)
	}
	if w.made.Len() >= pieceSize {
		return len(p), w.pass()
	}
	return len(p), nil
}

// pass passes on what was made. Its length is never known before the end.
func (w *writer) pass() error {
	if w.made.Len() == 0 {
		return nil
	}
	w.r.Unmeasured()
	_, err := w.BodyWriter.Write(w.made.Bytes())
	w.made.Reset()
	return err
}

func (w *writer) fail(err error) error {
	logError(w.r, err, w.convert)
	w.failed = compat.StatusError(500)
	return w.failed
}

func logError(r *compat.Request, err error, c *charset.Converter) {
	if err == charset.ErrIncomplete {
		r.Logf(short, compat.LevelError, nil, "AH02997: AH02196: xlate filter - incomplete char at end of input - %s",
			fmt.Sprintf("%x", c.Rest()))
		return
	}
	r.Logf(short, compat.LevelError, err, "AH02997: AH02198: xlate filter - returning error")
}

// File translates a part of a file.
func (w *writer) File(f *os.File, offset, n int64) error {
	if w.begin(); w.convert == nil {
		return w.BodyWriter.File(f, offset, n)
	}
	return compat.WriteFile(w, f, offset, n)
}

// Flush sends what was translated.
func (w *writer) Flush() error {
	if w.begin(); w.convert != nil && w.failed == nil {
		if err := w.pass(); err != nil {
			return err
		}
	}
	return w.BodyWriter.Flush()
}

// Close ends the answer, which must not be within a character.
func (w *writer) Close() error {
	w.begin()
	if w.failed != nil {
		return w.failed
	}
	if w.convert != nil {
		if err := w.convert.End(&w.made); err != nil {
			return w.fail(err)
		}
		if err := w.pass(); err != nil {
			return err
		}
	}
	return w.BodyWriter.Close()
}

// wrapInput translates a request body (xlate_in_filter).
func wrapInput(r *compat.Request, next io.Reader) io.Reader {
	c := dir.Of(r)
	if c == nil || !c.appliesToBody(r) {
		return next
	}
	convert, err := charset.Open(c.source, c.wire)
	if err != nil {
		return next // That was refused before.
	}
	return pull.New(next, func(made *bytes.Buffer, piece []byte, last bool) error {
		err := convert.Convert(made, piece)
		if err == nil && last {
			err = convert.End(made)
		}
		if err != nil {
			logError(r, err, convert)
			return compat.StatusError(500)
		}
		return nil
	})
}
