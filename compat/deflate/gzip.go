package deflate

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"

	"understudy/compat"
	"understudy/compat/internal/compress"
)

// header is that of every gzip stream we make: no time, no name, Unix.
var header = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3}

// trailer is how long what follows the data is: checksum and length.
const trailer = 8

func (c *config) compile() *compress.Filter {
	window, memory := cmp.Or(c.window, defaultWindow), cmp.Or(c.memory, defaultMemory)
	return &compress.Filter{
		Token:     "gzip",
		Suffix:    "gzip",
		Extension: ".gz",
		Module:    "deflate",
		Settings:  settings(c.level, window),
		Refuses:   refuses,
		Forced:    func(r *compat.Request) bool { return r.Env.Has("force-gzip") },
		// What the fields for it would cost at least.
		Small: len(header) + trailer + 50,
		// zlib keeps so many symbols of a few bytes each to itself.
		Block:    4 << (memory + 6),
		Buffer:   cmp.Or(c.buffer, defaultBuffer),
		Codec:    codec(c.level, window),
		Overhead: int64(len(header) + trailer),
		Report:   report,
	}
}

// refuses says by which variable an answer is not to be compressed.
func refuses(r *compat.Request) string {
	if r.Env.Has("no-gzip") {
		return "no-gzip"
	}
	if r.Env.Get("gzip-only-text/html") == "1" && !strings.HasPrefix(r.ContentType, "text/html") {
		return "gzip-only-text/html"
	}
	return ""
}

func report(r *compat.Request, in, out int64) {
	if r.LogEnabled("deflate", compat.LevelDebug) {
		r.Logf("deflate", compat.LevelDebug, nil, "AH01384: Zlib: Compressed %d to %d : URL %s", in, out, r.Path)
	}
}

// codec is what encodes at a level, with a window.
func codec(level, window int) *compress.Codec {
	return compress.Shared("gzip", settings(level, window), func() *compress.Codec {
		return &compress.Codec{
			Encode: func() compress.Encoder { return &encoder{data: deflater(level, window)} },
			Decode: func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		}
	})
}

func settings(level, window int) string { return fmt.Sprintf("%d/%d", level, window) }

func deflater(level, window int) *flate.Writer {
	if window < defaultWindow {
		w, _ := flate.NewWriterWindow(io.Discard, max(1<<window, flate.MinCustomWindowSize))
		return w
	}
	w, _ := flate.NewWriter(io.Discard, cmp.Or(level, flate.DefaultCompression))
	return w
}

// An encoder makes a gzip stream (RFC 1952).
type encoder struct {
	w      io.Writer
	data   *flate.Writer
	sum    uint32
	length uint32
	begun  bool
}

// Reset begins a stream to w.
func (e *encoder) Reset(w io.Writer) {
	e.w, e.sum, e.length, e.begun = w, 0, 0, false
	e.data.Reset(w)
}

func (e *encoder) begin() error {
	if e.begun {
		return nil
	}
	e.begun = true
	_, err := e.w.Write(header)
	return err
}

// Write compresses p.
func (e *encoder) Write(p []byte) (int, error) {
	if err := e.begin(); err != nil {
		return 0, err
	}
	e.sum = crc32.Update(e.sum, crc32.IEEETable, p)
	e.length += uint32(len(p))
	return e.data.Write(p)
}

// Flush writes what there is so that it can be decoded.
func (e *encoder) Flush() error {
	if err := e.begin(); err != nil {
		return err
	}
	return e.data.Flush()
}

// Close ends the stream.
func (e *encoder) Close() error {
	if err := e.begin(); err != nil {
		return err
	}
	if err := e.data.Close(); err != nil {
		return err
	}
	var end [trailer]byte
	binary.LittleEndian.PutUint32(end[:4], e.sum)
	binary.LittleEndian.PutUint32(end[4:], e.length)
	_, err := e.w.Write(end[:])
	return err
}
