// Package push makes writers of functions that read.
package push

import (
	"errors"
	"io"
	"iter"
)

// A Writer gives what is written to it to a function that reads. The function
// runs within Write and Close, as far as there is something to read, and never
// at the same time as the caller.
type Writer struct {
	feed feed
	next func() (struct{}, bool)
	stop func()
	err  error // of the function
	over bool  // it has returned
}

// errAbandoned is what the function reads when nobody will write any more.
var errAbandoned = errors.New("abandoned")

// NewWriter makes a Writer for run, which reads to io.EOF, or returns when it
// wants no more.
func NewWriter(run func(io.Reader) error) *Writer {
	w := &Writer{}
	w.next, w.stop = iter.Pull(func(yield func(struct{}) bool) {
		w.feed.yield = yield
		w.err = run(&w.feed)
		w.over = true
	})
	return w
}

// A feed is what the function reads: it stops there for the next Write.
type feed struct {
	data  []byte
	ended bool
	yield func(struct{}) bool
}

// Read reads what was written.
func (f *feed) Read(p []byte) (int, error) {
	for len(f.data) == 0 {
		if f.ended {
			return 0, io.EOF
		}
		if !f.yield(struct{}{}) {
			return 0, errAbandoned
		}
	}
	n := copy(p, f.data)
	f.data = f.data[n:]
	return n, nil
}

// Write lets the function read p, and answers with the error it returned, if it
// did. What it did not want is forgotten.
func (w *Writer) Write(p []byte) (int, error) {
	w.feed.data = p
	w.run()
	w.feed.data = nil
	return len(p), w.err
}

// run goes on until the function wants more than there is.
func (w *Writer) run() {
	if !w.over {
		w.next()
	}
}

// Close tells the function that this was all.
func (w *Writer) Close() error {
	w.feed.ended = true
	w.run()
	w.stop()
	return w.err
}

// Abandon ends the function, which reads an error.
func (w *Writer) Abandon() { w.stop() }
