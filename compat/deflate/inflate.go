package deflate

import (
	"errors"
	"io"
	"os"

	"understudy/compat"
	"understudy/compat/internal/compress"
	"understudy/compat/internal/push"
)

// errFailed is what an answer that cannot be inflated fails with.
const errFailed = compat.StatusError(500)

// wrapInflate is the filter INFLATE for answers.
func wrapInflate(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
	if !r.IsInitial() {
		return next
	}
	return &inflater{BodyWriter: next, r: r}
}

// An inflater inflates one answer, if that is compressed.
type inflater struct {
	compat.BodyWriter
	r     *compat.Request
	begun bool
	work  *push.Writer // nil: nothing to inflate
}

// begin looks at the answer (the first call of inflate_out_filter).
func (w *inflater) begin() {
	if w.begun {
		return
	}
	w.begun = true
	r := w.r
	if r.Status == 204 || r.Out.Has("Content-Range") || !stripAnswer(r) {
		return
	}
	r.Out.Del("Content-Length")
	r.Out.Del("Content-MD5")
	how := compress.AddSuffix
	if c := server.OfServer(r.Host); c != nil {
		how = c.said.ETag
	}
	compress.ChangeETag(r, how, "gunzip")
	if r.Status != 304 {
		w.work = push.NewWriter(w.inflate)
	}
}

// inflate passes on what in comes to.
func (w *inflater) inflate(in io.Reader) error {
	g := newGunzip(in, dir.Of(w.r))
	err := g.begin()
	if err == nil {
		_, err = io.CopyBuffer(onlyWriter{w.BodyWriter}, onlyReader{g}, make([]byte, defaultBuffer))
	}
	if err == nil {
		w.r.Logf("deflate", compat.LevelDebug, nil, "AH01398: Zlib: Inflated %d to %d : URL %s", g.in.n, g.total, w.r.Path)
		if n, _ := io.Copy(io.Discard, g.in.Reader); n > 0 {
			w.r.Logf("deflate", compat.LevelDebug, nil, "AH01408: Zlib: %d bytes of garbage at the end of compressed stream.", n)
		}
		return nil
	}
	return w.failed(g, err)
}

// onlyWriter and onlyReader keep io.Copy from other ways than the buffer.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)

// failed says what is wrong with an answer.
func (w *inflater) failed(g *gunzip, err error) error {
	log := func(level compat.Level, format string, args ...any) {
		w.r.Logf("deflate", level, nil, format, args...)
	}
	switch err {
	case errMagic, errMethod:
		log(compat.LevelError, "AH01405: inflate: bad header")
	case errFlags:
		log(compat.LevelError, "AH02620: inflate: bad flags %02x", g.flags)
	case errNone, errHeader, errEnd, errTrailer:
		log(compat.LevelError, "AH01401: Zlib: Validation bytes not present")
	case errChecksum:
		log(compat.LevelError, "AH01399: Zlib: Checksum of inflated stream invalid")
	case errLength:
		log(compat.LevelError, "AH01400: Zlib: Length of inflated stream invalid")
	case errData:
		log(compat.LevelWarn, "AH01409: Zlib error -3 inflating data (%v)", g.cause)
	case errRatio:
		log(compat.LevelWarn, "AH02650: Inflated content ratio is larger than the configured limit %d by %d time(s)",
			g.limits.ratioLimit(), g.limits.ratioBurst())
	default:
		return err // Of who comes after.
	}
	return errFailed
}

// Write inflates p.
func (w *inflater) Write(p []byte) (int, error) {
	if w.begin(); w.work == nil {
		return w.BodyWriter.Write(p)
	}
	return w.work.Write(p)
}

// File inflates a part of a file.
func (w *inflater) File(f *os.File, offset, n int64) error {
	if w.begin(); w.work == nil {
		return w.BodyWriter.File(f, offset, n)
	}
	return compat.WriteFile(w, f, offset, n)
}

// Flush sends what came so far.
func (w *inflater) Flush() error {
	w.begin()
	return w.BodyWriter.Flush()
}

// Close ends the answer.
func (w *inflater) Close() error {
	if w.begin(); w.work != nil {
		if err := w.work.Close(); err != nil {
			return err
		}
	}
	return w.BodyWriter.Close()
}

// wrapInput is the filter DEFLATE for request bodies.
func wrapInput(r *compat.Request, next io.Reader) io.Reader {
	if !r.IsInitial() || r.In.Has("Content-Range") {
		return next
	}
	if _, found := withoutGzip(r.In.Get("Content-Encoding")); !found {
		return next
	}
	return &input{r: r, next: next, limits: dir.Of(r)}
}

// An input inflates a request body (deflate_in_filter).
type input struct {
	r      *compat.Request
	next   io.Reader
	limits *limits
	g      *gunzip
	err    error
}

// Read inflates.
func (in *input) Read(p []byte) (int, error) {
	if in.err != nil {
		return 0, in.err
	}
	if in.g == nil {
		if in.err = in.begin(); in.err != nil {
			return 0, in.err
		}
	}
	n, err := in.g.Read(p[:min(len(p), defaultBuffer)])
	if max := maxInflated(in.r, in.limits); max > 0 && in.g.total > max {
		in.r.Logf("deflate", compat.LevelWarn, nil,
			"AH02648: Inflated content length of %d is larger than the configured limit of %d", in.g.total, max)
		in.err = compat.StatusError(413)
		return 0, in.err
	}
	switch {
	case err == io.EOF:
		in.err = in.end()
	case err != nil:
		in.err = in.failed(err)
	}
	return n, in.err
}

func (in *input) begin() error {
	r := in.r
	in.g = newGunzip(in.next, in.limits)
	stripField(&r.In)
	err := in.g.begin()
	if err == errNone {
		return io.EOF
	}
	r.In.Del("Content-Length")
	r.In.Del("Content-MD5")
	if err != nil {
		return in.failed(err)
	}
	return nil
}

// end looks whether anything follows the stream.
func (in *input) end() error {
	in.r.Logf("deflate", compat.LevelDebug, nil, "AH01393: Zlib: Inflated %d to %d : URL %s", in.g.in.n, in.g.total, in.r.Path)
	if _, err := in.g.in.ReadByte(); err == nil {
		in.r.Logf("deflate", compat.LevelError, nil, "AH02485: Encountered extra data after compressed data")
		return compat.StatusError(400)
	} else if err != io.EOF {
		return err
	}
	return io.EOF
}

// failed says what is wrong with a request body.
func (in *input) failed(err error) error {
	log := func(level compat.Level, format string, args ...any) {
		in.r.Logf("deflate", level, nil, format, args...)
	}
	switch {
	case errors.Is(err, errHeader):
		log(compat.LevelError, "AH02619: Encountered premature end-of-stream while reading inflate header")
	case err == errMagic || err == errMethod:
		log(compat.LevelWarn, "AH01387: Zlib: Invalid header")
	case err == errFlags:
		log(compat.LevelWarn, "AH01388: Zlib: Invalid flags %02x", in.g.flags)
	case err == errEnd || err == errTrailer:
		log(compat.LevelError, "AH02481: Encountered premature end-of-stream while inflating")
	case err == errData:
		log(compat.LevelWarn, "AH01392: Zlib error -3 inflating data (%v)", in.g.cause)
	case err == errChecksum:
		log(compat.LevelWarn, "AH01394: Zlib: CRC error inflating data")
	case err == errLength:
		log(compat.LevelWarn, "AH01395: Zlib: Length %d of inflated data does not match expected value %d", in.g.total, in.g.want)
	case err == errRatio:
		log(compat.LevelWarn, "AH02649: Inflated content ratio is larger than the configured limit %d by %d time(s)",
			in.g.limits.ratioLimit(), in.g.limits.ratioBurst())
	default:
		return err // Of the body as it came.
	}
	return compat.StatusError(400)
}
