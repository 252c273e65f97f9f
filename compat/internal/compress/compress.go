// Package compress is what the filters that compress answers have in common:
// mod_deflate, mod_brotli and our zstd.
//
// A [Filter] is one of them as it is configured at a host. It decides with the
// first bytes of an answer whether to compress (decide.go), and then passes on
// what the encoder makes of them (writer.go). What it made of a file that has
// not changed since is remembered (variants.go); a file beside it that holds
// the same, compressed by others, saves the work (sibling.go).
package compress

import (
	"io"

	"understudy/compat"
)

// A Filter compresses answers in one coding.
type Filter struct {
	Token     string // "gzip", in Accept-Encoding and Content-Encoding
	Suffix    string // "gzip", what is put behind an entity tag
	Extension string // ".gz", of files that are compressed already
	Module    string // short name for the log: "deflate"
	// Settings tell apart what different parameters make of the same file.
	Settings string
	// Refuses says why an answer is not for compressing, besides what concerns
	// all codings; "" if it is. It may be nil.
	Refuses func(*compat.Request) string
	// Forced reports whether the client's wishes do not count. It may be nil.
	Forced func(*compat.Request) bool
	// Small is the length up to which an answer that is known as a whole is left
	// as it is; -1: none is.
	Small int
	// Block is how much of an answer the encoder keeps to itself: up to that its
	// length is known when it goes out.
	Block int64
	// Buffer is how much is gathered before it is passed on after that.
	Buffer int
	ETag   ETag
	Notes  Notes
	Codec  *Codec
	// Overhead is what of a compressed answer does not count in notes.
	Overhead int64
	// Report is told what a compressed answer came to. It may be nil.
	Report func(r *compat.Request, in, out int64)
}

// An Encoder compresses what is written to it. Reset makes it begin anew.
type Encoder interface {
	io.WriteCloser
	Flush() error
	Reset(io.Writer)
}
