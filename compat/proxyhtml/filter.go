package proxyhtml

import (
	"bytes"
	"io"
	"iter"
	"os"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding"

	"understudy/compat"
	"understudy/compat/internal/charset"
	"understudy/compat/internal/markup"
)

const (
	// maxPiece is how long a tag, or a text between two, may be.
	maxPiece = 10 << 20
	// least is how long a document must be to be one.
	least = 4
)

func wrap(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
	c := dir.Of(r)
	if c == nil || c.links == nil {
		r.Logf(short, compat.LevelTrace1, nil, "No links configured: nothing for proxy-html filter to do")
		return next
	}
	return &writer{BodyWriter: next, r: r, conf: c}
}

// A writer maps the URLs of one document. The tokenizer reads from it and is
// stopped within Read while there is nothing, so that it needs no goroutine that
// runs beside the request's.
type writer struct {
	compat.BodyWriter
	r       *compat.Request
	conf    *config
	checked bool
	passing bool // all goes through as it is
	head    []byte
	resume  func() (struct{}, bool) // lets the tokenizer read input; nil: not begun
	input   []byte
	ended   bool
	out     bytes.Buffer
	failed  error
	encode  *encoding.Encoder // nil: the answer is in UTF-8
}

// refusal says why an answer is not mapped (check_filter_init).
func refusal(r *compat.Request) string {
	kind := compat.Lower(r.ContentType)
	switch {
	case r.Env.Has("PROXY_HTML_FORCE"):
		return ""
	case !r.Proxied:
		return "Non-proxy request; not inserting proxy-html filter"
	case kind == "":
		return "No content-type; bailing out of proxy-html filter"
	case !strings.HasPrefix(kind, "text/html") && !strings.HasPrefix(kind, "application/xhtml+xml"):
		return "Non-HTML content; not inserting proxy-html filter"
	}
	return ""
}

func (w *writer) check() {
	if w.checked {
		return
	}
	w.checked = true
	if why := refusal(w.r); why != "" {
		w.r.Logf(short, compat.LevelTrace1, nil, "%s", why)
		w.passing = true
		return
	}
	w.r.Out.Del("Content-Length")
}

// Write maps what p adds to the document.
func (w *writer) Write(p []byte) (int, error) {
	w.check()
	switch {
	case w.passing:
		return w.BodyWriter.Write(p)
	case w.failed != nil:
		return 0, w.failed
	case w.resume == nil:
		if w.head = append(w.head, p...); len(w.head) < least {
			return len(p), nil
		}
		w.begin()
		return len(p), w.feed(w.fixMeta(w.head))
	}
	return len(p), w.feed(p)
}

// begin says what the answer is, and starts the tokenizer.
func (w *writer) begin() {
	encoding := markup.Encoding(w.r)
	if encoding == "" {
		w.r.Logf(short, compat.LevelWarn, nil, "AH01422: No i18n support found.  Install mod_xml2enc if required")
	}
	out := "utf-8"
	if c := w.conf.charsetOut; encoding != "" && c != "" {
		if c == "*" {
			c = encoding
		}
		if w.encode = charset.References(c); w.encode == nil {
			w.r.Logf("xml2enc", compat.LevelError, charset.ErrUnknown, "AH01427: xml2enc: Charset %s not supported.", c)
		} else {
			out = c
		}
	}
	w.r.ContentType, w.r.Charset = "text/html;charset="+out, ""
	w.out.WriteString(w.conf.doctype.text)
	resume, stop := iter.Pull(w.run)
	w.resume = resume
	w.r.AtEnd(stop)
}

// run takes the document apart until it ends; it yields where it needs more.
func (w *writer) run(yield func(struct{}) bool) {
	z := html.NewTokenizer(readerFunc(func(p []byte) (int, error) {
		for len(w.input) == 0 {
			if w.ended || !yield(struct{}{}) {
				return 0, io.EOF
			}
		}
		n := copy(p, w.input)
		w.input = w.input[n:]
		return n, nil
	}))
	z.SetMaxBuf(maxPiece)
	d := document{z: z, conf: w.conf, maps: w.conf.mapsFor(w.r), out: &w.out}
	if err := d.run(); err != io.EOF {
		w.r.Logf(short, compat.LevelError, nil, "cannot rewrite the document: %v", err)
		w.failed = compat.StatusError(500)
	}
}

// readerFunc is a function that reads.
type readerFunc func([]byte) (int, error)

// Read calls f.
func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// feed gives the tokenizer p and passes on what came of it.
func (w *writer) feed(p []byte) error {
	w.input = p
	w.resume()
	w.input = nil // It was read, or will not be.
	if w.failed != nil {
		return w.failed
	}
	return w.pass()
}

func (w *writer) pass() error {
	if w.out.Len() == 0 {
		return nil
	}
	made := w.out.Bytes()
	if w.encode != nil {
		// What cannot be said becomes a reference, so that this cannot fail.
		made, _ = w.encode.Bytes(made)
	}
	w.out.Reset()
	_, err := w.BodyWriter.Write(made)
	return err
}

// File maps a part of a file.
func (w *writer) File(f *os.File, offset, n int64) error {
	if w.check(); w.passing {
		return w.BodyWriter.File(f, offset, n)
	}
	return compat.WriteFile(w, f, offset, n)
}

// Flush does not send the header before the document has begun.
func (w *writer) Flush() error {
	if w.check(); !w.passing && w.resume == nil {
		return nil
	}
	return w.BodyWriter.Flush()
}

// Close ends the document.
func (w *writer) Close() error {
	w.check()
	switch {
	case w.passing:
	case w.failed != nil:
		return w.failed
	case w.resume == nil:
		if _, err := w.BodyWriter.Write(w.head); err != nil {
			return err
		}
	default:
		w.ended = true
		if err := w.feed(nil); err != nil {
			return err
		}
	}
	return w.BodyWriter.Close()
}
