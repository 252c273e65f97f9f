package cache

import (
	"os"
)

// Write passes p on.
func (w *once) Write(p []byte) (int, error) { w.first(); return w.BodyWriter.Write(p) }

// File passes a part of a file on.
func (w *once) File(f *os.File, offset, n int64) error {
	w.first()
	return w.BodyWriter.File(f, offset, n)
}

// Flush passes the wish on.
func (w *once) Flush() error { w.first(); return w.BodyWriter.Flush() }

// Close ends the body.
func (w *once) Close() error { w.first(); return w.BodyWriter.Close() }
