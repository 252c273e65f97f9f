// Package data is mod_data: the filter DATA makes a data: URL of an answer.
package data

import (
	"encoding/base64"
	"io"
	"os"
	"strconv"
	"strings"

	"understudy/compat"
)

// Module is mod_data.
var Module = compat.Module{
	Name:          "data_module",
	File:          "mod_data.c",
	OutputFilters: []compat.OutputFilter{{Name: "DATA", Type: compat.FilterResource, Wrap: wrap}},
}

func wrap(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
	if !r.IsInitial() {
		return next
	}
	return &writer{BodyWriter: next, r: r}
}

// A writer encodes one answer (data_out_filter).
type writer struct {
	compat.BodyWriter
	r   *compat.Request
	enc io.WriteCloser // nil: not begun
}

// begin writes what comes before the data, and says what it makes of the
// length.
func (w *writer) begin() error {
	if w.enc != nil {
		return nil
	}
	w.enc = base64.NewEncoder(base64.StdEncoding, w.BodyWriter)
	r := w.r
	kind, charset, _ := strings.Cut(contentType(r), " ")
	charset, _, _ = strings.Cut(charset, " ")
	head := "data:" + kind + charset + ";base64,"
	if value, ok := r.Out.Lookup("Content-Length"); ok {
		if n, err := strconv.ParseInt(value, 10, 32); err == nil && n >= 0 {
			r.Out.Set("Content-Length", strconv.Itoa(len(head)+base64.StdEncoding.EncodedLen(int(n))))
		} else {
			r.Out.Del("Content-Length")
		}
	}
	r.ContentType, r.Charset = "text/plain", ""
	_, err := io.WriteString(w.BodyWriter, head)
	return err
}

// contentType is the media type with its charset, if a module named one.
func contentType(r *compat.Request) string {
	if r.Charset != "" && r.ContentType != "" {
		return r.ContentType + "; charset=" + r.Charset
	}
	return r.ContentType
}

// Write encodes p.
func (w *writer) Write(p []byte) (int, error) {
	if err := w.begin(); err != nil {
		return 0, err
	}
	return w.enc.Write(p)
}

// File encodes a part of a file.
func (w *writer) File(f *os.File, offset, n int64) error { return compat.WriteFile(w, f, offset, n) }

// Flush sends what makes whole groups.
func (w *writer) Flush() error {
	if err := w.begin(); err != nil {
		return err
	}
	return w.BodyWriter.Flush()
}

// Close writes the last group.
func (w *writer) Close() error {
	if err := w.begin(); err != nil {
		return err
	}
	if err := w.enc.Close(); err != nil {
		return err
	}
	return w.BodyWriter.Close()
}
