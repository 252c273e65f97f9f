// Package bucketeer is mod_bucketeer: it cuts a text into the pieces in which
// it goes to the filters behind it, so that those can be tested.
package bucketeer

import (
	"os"
	"strings"

	"understudy/compat"
)

// Module is mod_bucketeer.
var Module = compat.Module{
	Name: "bucketeer_module",
	File: "mod_bucketeer.c",
	OutputFilters: []compat.OutputFilter{
		{Name: "BUCKETEER", Type: compat.FilterResource - 1, Wrap: wrap},
	},
	Silent: true,
}

// The marks in the text. They are left out of it.
const (
	bucket = 0x02 // a bucket ends, its brigade goes on
	pass   = 0x10 // a brigade ends
	flush  = 0x06 // what is there is to be sent
)

func wrap(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
	return &writer{BodyWriter: next, r: r}
}

type writer struct {
	compat.BodyWriter
	r       *compat.Request
	begun   bool
	passes  bool     // no text: nothing is cut
	brigade [][]byte // pieces up to the next mark that ends a brigade; nil is a flush
}

func (w *writer) begin() {
	if w.begun {
		return
	}
	w.begun = true
	if w.passes = !strings.HasPrefix(w.r.ContentType, "text/"); !w.passes {
		w.r.Out.Del("Content-Length")
	}
}

// Write cuts p at the marks.
func (w *writer) Write(p []byte) (int, error) {
	if w.begin(); w.passes {
		return w.BodyWriter.Write(p)
	}
	last := 0
	for i, c := range p {
		if c != bucket && c != pass && c != flush {
			continue
		}
		w.keep(p[last:i])
		last = i + 1
		if c == flush {
			w.brigade = append(w.brigade, nil)
		}
		if c == pass {
			if err := w.pass(); err != nil {
				return 0, err
			}
		}
	}
	w.keep(p[last:])
	return len(p), nil
}

func (w *writer) keep(piece []byte) {
	if len(piece) > 0 {
		w.brigade = append(w.brigade, append([]byte(nil), piece...))
	}
}

func (w *writer) pass() error {
	for _, piece := range w.brigade {
		var err error
		if piece == nil {
			err = w.BodyWriter.Flush()
		} else {
			_, err = w.BodyWriter.Write(piece)
		}
		if err != nil {
			return err
		}
	}
	w.brigade = w.brigade[:0]
	return nil
}

// File cuts a part of a file.
func (w *writer) File(f *os.File, offset, n int64) error {
	if w.begin(); w.passes {
		return w.BodyWriter.File(f, offset, n)
	}
	return compat.WriteFile(w, f, offset, n)
}

// Flush is for the marks to say.
func (w *writer) Flush() error {
	if w.begin(); w.passes {
		return w.BodyWriter.Flush()
	}
	return nil
}

// Close passes on what is left.
func (w *writer) Close() error {
	if w.begin(); !w.passes {
		for n := len(w.brigade); n > 0 && w.brigade[n-1] == nil; n-- {
			w.brigade = w.brigade[:n-1] // It goes out anyway, and its length is known.
		}
		if err := w.pass(); err != nil {
			return err
		}
	}
	return w.BodyWriter.Close()
}
