// Package pull is input filters that make another body of a request's, piece by
// piece.
package pull

import (
	"bytes"
	"io"
)

// A Reader reads what its function makes of a body.
type Reader struct {
	next  io.Reader
	feed  func(made *bytes.Buffer, piece []byte, last bool) error
	made  bytes.Buffer
	err   error
	piece [4 << 10]byte
}

// New reads next by feed, which appends to made what it makes of a piece; after
// the last there is none. An error of it ends the body.
func New(next io.Reader, feed func(made *bytes.Buffer, piece []byte, last bool) error) *Reader {
	return &Reader{next: next, feed: feed}
}

// Read has more made where nothing is left of what was.
func (in *Reader) Read(p []byte) (int, error) {
	for in.made.Len() == 0 {
		if in.err != nil {
			return 0, in.err
		}
		n, end := in.next.Read(in.piece[:])
		if in.err = in.feed(&in.made, in.piece[:n], end == io.EOF); in.err == nil {
			in.err = end
		}
	}
	return in.made.Read(p)
}
