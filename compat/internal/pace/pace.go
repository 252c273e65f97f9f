// Package pace sends an answer bit by bit.
package pace

import (
	"os"
	"time"

	"understudy/compat"
)

// A Writer passes on Piece bytes in an Interval.
type Writer struct {
	compat.BodyWriter
	Interval time.Duration
	Piece    int64 // 0: everything at once
	Left     int64 // of the piece under way
}

// take is how much of n may go out now; it waits until that is something.
func (w *Writer) take(n int64) (int64, error) {
	if w.Left == 0 {
		if err := w.BodyWriter.Flush(); err != nil {
			return 0, err
		}
		time.Sleep(w.Interval)
		w.Left = w.Piece
	}
	n = min(n, w.Left)
	w.Left -= n
	return n, nil
}

// Write sends p bit by bit.
func (w *Writer) Write(p []byte) (int, error) {
	if w.Piece == 0 {
		return w.BodyWriter.Write(p)
	}
	for sent := 0; sent < len(p); {
		n, err := w.take(int64(len(p) - sent))
		if err != nil {
			return sent, err
		}
		if _, err := w.BodyWriter.Write(p[sent : sent+int(n)]); err != nil {
			return sent, err
		}
		sent += int(n)
	}
	return len(p), nil
}

// File sends a part of a file bit by bit.
func (w *Writer) File(f *os.File, offset, n int64) error {
	if w.Piece == 0 || n <= w.Left {
		w.Left -= min(n, w.Left)
		return w.BodyWriter.File(f, offset, n)
	}
	for n > 0 {
		part, err := w.take(n)
		if err != nil {
			return err
		}
		if err := w.BodyWriter.File(f, offset, part); err != nil {
			return err
		}
		offset, n = offset+part, n-part
	}
	return nil
}
