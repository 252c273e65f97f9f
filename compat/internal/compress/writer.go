package compress

import (
	"io/fs"
	"os"
	"strconv"
	"sync"

	"understudy/compat"
)

// The states of a writer.
const (
	waiting  = iota // not enough came to decide by
	passing         // the answer stays as it is
	encoding        // the encoder gets it
	complete        // all of it was sent at once
)

// A writer compresses one answer, or not.
type writer struct {
	f    *Filter
	r    *compat.Request
	next compat.BodyWriter

	state   int
	held    [128]byte // while waiting
	holding int
	enc     Encoder
	out     *buffer // what the encoder made and nobody got yet
	in      int64
	made    int64
	sent    bool // a part of the answer went out
}

// A buffer gathers what encoders make.
type buffer struct{ b []byte }

// Write appends p.
func (b *buffer) Write(p []byte) (int, error) {
	b.b = append(b.b, p...)
	return len(p), nil
}

// maxKept is the size of buffers that are not used again.
const maxKept = 256 << 10

var buffers = sync.Pool{New: func() any { return new(buffer) }}

func (b *buffer) giveBack() {
	if cap(b.b) <= maxKept {
		b.b = b.b[:0]
		buffers.Put(b)
	}
}

// Wrap puts f in front of next.
func (f *Filter) Wrap(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
	return &writer{f: f, r: r, next: next}
}

// decide ends the waiting, and gives what was held to whom it belongs.
func (w *writer) decide() error {
	if w.state != waiting {
		return nil
	}
	w.state = passing
	if w.f.decide(w.r) {
		w.state = encoding
	}
	if w.holding == 0 {
		return nil
	}
	_, err := w.Write(w.held[:w.holding])
	return err
}

// Write compresses p.
func (w *writer) Write(p []byte) (int, error) {
	if w.state == waiting {
		if len(p) == 0 {
			return 0, nil
		}
		if w.holding+len(p) <= w.f.Small {
			w.holding += copy(w.held[w.holding:], p)
			return len(p), nil
		}
		if err := w.decide(); err != nil {
			return 0, err
		}
	}
	switch w.state {
	case passing:
		return w.next.Write(p)
	case encoding:
		return len(p), w.encode(p)
	}
	return len(p), nil
}

// start takes an encoder, with the first that is to be encoded.
func (w *writer) start() {
	if w.enc == nil {
		w.out = buffers.Get().(*buffer)
		w.enc = w.f.Codec.take(w.out)
	}
}

func (w *writer) encode(p []byte) error {
	if w.r.HeaderOnly && w.sent {
		return nil // The rest makes no difference any more.
	}
	w.start()
	w.in += int64(len(p))
	if _, err := w.enc.Write(p); err != nil {
		return err
	}
	if w.in > w.f.Block && len(w.out.b) >= w.f.Buffer {
		return w.pass()
	}
	return nil
}

// pass gives on what the encoder made.
func (w *writer) pass() error {
	if len(w.out.b) == 0 {
		return nil
	}
	w.made += int64(len(w.out.b))
	w.sent = true
	_, err := w.next.Write(w.out.b)
	w.out.b = w.out.b[:0]
	return err
}

// File compresses a part of a file, or sends what was made of it before.
func (w *writer) File(f *os.File, offset, n int64) error {
	if w.state == waiting && w.holding == 0 && n > int64(w.f.Small) {
		whole := offset == 0 && w.r.Out.Get("Content-Length") == strconv.FormatInt(n, 10)
		if err := w.decide(); err != nil {
			return err
		}
		if whole && w.state == encoding && n <= maxSource {
			if info, err := f.Stat(); err == nil && info.Size() == n && info.Mode().IsRegular() {
				return w.variant(source{name: f.Name(), info: info, file: f})
			}
		}
	}
	if w.state == passing {
		return w.next.File(f, offset, n)
	}
	return compat.WriteFile(w, f, offset, n)
}

// Content compresses a whole file, or sends what was made of it before.
func (w *writer) Content(name string, info fs.FileInfo, body []byte) error {
	if w.state != waiting || w.holding > 0 || len(body) <= w.f.Small {
		_, err := w.Write(body)
		return err
	}
	if err := w.decide(); err != nil {
		return err
	}
	if w.state == passing {
		return compat.WriteContent(w.next, name, info, body)
	}
	if len(body) > maxSource {
		_, err := w.Write(body)
		return err
	}
	return w.variant(source{name: name, info: info, body: body})
}

// Flush sends what came so far.
func (w *writer) Flush() error {
	if err := w.decide(); err != nil {
		return err
	}
	if w.state == encoding {
		w.start()
		if err := w.enc.Flush(); err != nil {
			return err
		}
		if err := w.pass(); err != nil {
			return err
		}
	}
	return w.next.Flush()
}

// Close ends the answer. One that was compressed in one piece has its length
// announced.
func (w *writer) Close() error {
	if w.state == waiting && w.f.Small >= 0 && !w.r.Notes.Has("unknown-length") && !w.r.Notes.Has("piecewise") {
		w.r.Logf(w.f.Module, compat.LevelTrace1, nil, "Not compressing very small response of %d bytes", w.holding)
		w.state = passing
		if w.holding > 0 {
			if _, err := w.next.Write(w.held[:w.holding]); err != nil {
				return err
			}
		}
	}
	if err := w.decide(); err != nil {
		return err
	}
	if w.state == encoding {
		if err := w.finish(); err != nil {
			return err
		}
	}
	return w.next.Close()
}

func (w *writer) finish() error {
	defer w.drop()
	w.start()
	if err := w.enc.Close(); err != nil {
		return err
	}
	if w.sent {
		if err := w.pass(); err != nil {
			return err
		}
		w.report()
		return nil
	}
	return w.whole(w.out.b)
}

// whole sends the compressed answer in one piece.
func (w *writer) whole(body []byte) error {
	w.made = int64(len(body))
	w.report()
	w.r.Notes.Unset("unknown-length") // Of what came in, in pieces perhaps.
	if w.in <= w.f.Block {
		w.r.Out.Set("Content-Length", strconv.Itoa(len(body)))
	}
	_, err := w.next.Write(body)
	return err
}

// drop gives back what was taken.
func (w *writer) drop() {
	w.state = complete
	if w.enc != nil {
		w.f.Codec.giveBack(w.enc)
		w.out.giveBack()
		w.enc, w.out = nil, nil
	}
}

// report leaves notes about what the answer came to.
func (w *writer) report() {
	made := w.made - w.f.Overhead
	if w.f.Report != nil {
		w.f.Report(w.r, w.in, made)
	}
	n := w.f.Notes
	note := func(name string, value int64, known bool) {
		if name == "" {
			return
		}
		text := "-"
		if known {
			text = strconv.FormatInt(value, 10)
		}
		w.r.Notes.Set(name, text)
	}
	note(n.Input, w.in, w.in > 0 || w.f.Small < 0)
	note(n.Output, made, made > 0 || w.f.Small < 0)
	if n.Ratio != "" {
		note(n.Ratio, made*100/max(w.in, 1), w.in > 0)
	}
}
