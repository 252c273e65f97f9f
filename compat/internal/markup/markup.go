// Package markup makes UTF-8 of answers in HTML or XML, whose encoding it finds
// out: what mod_xml2enc does by its own filter, and for mod_proxy_html. What is
// no text in the encoding becomes U+FFFD.
package markup

import (
	"bytes"
	"cmp"
	"os"
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
	"understudy/compat/internal/charset"
)

// FilterName is the filter's.
const FilterName = "xml2enc"

const short = "xml2enc"

// Dir holds what the directives of mod_xml2enc say.
var Dir = compat.NewSlot[Config]()

// A Config is what is said at one place.
type Config struct {
	Default string   // the encoding of what does not say its own
	SkipTo  []string // elements before the first of which all is left out
	Aliases map[string]string
}

// Merge lays over on top of base.
func (base Config) Merge(over Config) Config {
	m := Config{cmp.Or(over.Default, base.Default), base.SkipTo, base.Aliases}
	if over.SkipTo != nil {
		m.SkipTo = over.SkipTo
	}
	if over.Aliases != nil {
		m.Aliases = over.Aliases
	}
	return m
}

// kept is the encoding that was found in an answer.
var kept = compat.NewSlot[found]()

type found struct{ encoding string }

// Merge is not called.
func (found) Merge(over found) found { return over }

// Encoding is the encoding the answer to r came in, or "" where that was not
// looked for (xml2enc_charset).
func Encoding(r *compat.Request) string {
	if f := kept.Kept(r); f != nil {
		return f.encoding
	}
	return ""
}

// Filter is the filter of mod_xml2enc.
var Filter = compat.OutputFilter{Name: FilterName, Type: compat.FilterResource, Wrap: Wrap,
	Protocol: compat.FilterChanges | compat.FilterChangesLength}

// Wrap makes UTF-8 of the answer to r on its way to next.
func Wrap(r *compat.Request, next compat.BodyWriter) compat.BodyWriter {
	return &writer{BodyWriter: next, r: r}
}

const (
	// enough is how much is looked at to find the encoding.
	enough = 4096
	// most is how much of what came at once is.
	most = 64 << 10
)

// A writer gathers the begin of an answer, finds its encoding there, and turns
// the rest into UTF-8 (xml2enc_ffunc).
type writer struct {
	compat.BodyWriter
	r       *compat.Request
	checked bool
	passing bool // all goes through as it is
	begun   bool // the encoding is known
	head    []byte
	convert *charset.Converter // nil: it is UTF-8
}

func (w *writer) check() {
	if !w.checked {
		w.checked = true
		w.passing = !isMarkup(w.r.ContentType)
	}
}

// isMarkup reports whether a media type is text or XML (RFC 7303).
func isMarkup(kind string) bool {
	kind, _, _ = strings.Cut(compat.Lower(kind), ";")
	return strings.HasPrefix(kind, "text/") || kind == "application/xml" || len(kind) > 7 && strings.HasSuffix(kind, "+xml")
}

// Write converts p, once the encoding is known.
func (w *writer) Write(p []byte) (int, error) {
	w.check()
	if w.passing {
		return w.BodyWriter.Write(p)
	}
	if w.begun {
		return len(p), w.pass(p)
	}
	if w.head = append(w.head, p...); len(w.head) < enough {
		return len(p), nil
	}
	return len(p), w.begin()
}

// begin finds the encoding and passes on what was gathered.
func (w *writer) begin() error {
	w.begun = true
	head := w.head
	w.head = nil
	w.r.Out.Del("Content-Length")
	head = w.sniff(head)
	head = w.skip(head)
	return w.pass(head)
}

func (w *writer) pass(p []byte) (err error) {
	if len(p) == 0 {
		return nil
	}
	if w.convert == nil {
		_, err = w.BodyWriter.Write(p)
		return err
	}
	return w.convert.Convert(w.BodyWriter, p)
}

// File converts a part of a file.
func (w *writer) File(f *os.File, offset, n int64) error {
	if w.check(); w.passing {
		return w.BodyWriter.File(f, offset, n)
	}
	return compat.WriteFile(w, f, offset, n)
}

// Flush does not send what is too little to know the encoding by.
func (w *writer) Flush() error {
	if w.check(); !w.passing && !w.begun {
		return nil
	}
	return w.BodyWriter.Flush()
}

// Close passes on what is left.
func (w *writer) Close() error {
	if w.check(); !w.passing && !w.begun {
		if err := w.begin(); err != nil {
			return err
		}
	}
	if w.convert != nil {
		if err := w.convert.End(w.BodyWriter); err != nil {
			return err
		}
	}
	return w.BodyWriter.Close()
}

var (
	metaType    = pattern.MustCompile(`(<meta[^>]*http-equiv[ \t\r\n='"]*content-type[^>]*>)`, pattern.IgnoreCase)
	charsetName = pattern.MustCompile(`charset=([A-Za-z0-9_-]+)`, pattern.IgnoreCase)
)

// sniff finds out the encoding: by the header, a byte order mark, or a META
// element, which it takes out for it will not be true any more (sniff_encoding).
func (w *writer) sniff(head []byte) []byte {
	r := w.r
	encoding := ""
	if i := strings.Index(compat.Lower(r.ContentType), "charset="); i >= 0 {
		encoding = r.ContentType[i+len("charset="):]
		if end := strings.IndexAny(encoding, " ;"); end >= 0 {
			encoding = encoding[:end]
		}
		r.Logf(short, compat.LevelInfo, nil, "AH01431: Got charset %s from HTTP headers", encoding)
	}
	if encoding == "" {
		if encoding = byMark(head); encoding != "" {
			r.Logf(short, compat.LevelInfo, nil, "AH01432: Got charset from XML rules.")
		}
	}
	text := string(head[:min(len(head), most)])
	if loc, err := metaType.Find(text); err == nil && loc != nil {
		meta := text[loc[0]:loc[1]]
		head = append(bytes.Clone(head[:loc[0]]), head[loc[1]:]...)
		if m, err := charsetName.Find(meta); encoding == "" && err == nil && m != nil {
			encoding = pattern.Group(meta, m, 1)
			r.Logf(short, compat.LevelInfo, nil, "AH01433: Got charset %s from HTML META", encoding)
		}
	}
	w.open(encoding)
	return head
}

// byMark is the encoding that the first bytes show (xmlDetectCharEncoding).
func byMark(head []byte) string {
	for _, m := range []struct{ mark, encoding string }{
		{"\xef\xbb\xbf", "UTF-8"}, {"\xff\xfe", "UTF-16LE"}, {"\xfe\xff", "UTF-16BE"},
		{"<\x00?\x00", "UTF-16LE"}, {"\x00<\x00?", "UTF-16BE"}, {"<?xm", "UTF-8"},
	} {
		if bytes.HasPrefix(head, []byte(m.mark)) {
			return m.encoding
		}
	}
	return ""
}

// open begins converting from an encoding, "" for the default.
func (w *writer) open(encoding string) {
	c := Dir.Of(w.r)
	if c == nil {
		c = &Config{}
	}
	usual := cmp.Or(c.Default, "ISO-8859-1")
	if encoding == "" {
		encoding = usual
	}
	if other := c.Aliases[compat.Lower(encoding)]; other != "" {
		encoding = other
	}
	if !charset.Known(encoding) {
		w.r.Logf(short, compat.LevelError, nil, "AH01435: Charset %s not supported.  Consider aliasing it?", encoding)
		w.r.Logf(short, compat.LevelWarn, nil, "AH01436: No usable charset information; using configuration default")
		encoding = usual
	}
	kept.Keep(w.r).encoding = encoding
	w.r.ContentType = inUTF8(w.r.ContentType)
	w.r.Charset = ""
	if strings.EqualFold(encoding, "utf-8") {
		return
	}
	w.convert = charset.ToUTF8(encoding)
}

// inUTF8 is a content type that says so.
func inUTF8(kind string) string {
	loc, err := charsetName.Find(kind)
	if err != nil || loc == nil {
		return kind + ";charset=utf-8"
	}
	return kind[:loc[2]] + "utf-8" + kind[loc[3]:]
}

// skip leaves out what comes before the first of the elements that
// xml2StartParse names (fix_skipto).
func (w *writer) skip(head []byte) []byte {
	c := Dir.Of(w.r)
	if c == nil || c.SkipTo == nil {
		return head
	}
	for i := bytes.IndexByte(head, '<'); i >= 0 && i < most; {
		for _, name := range c.SkipTo {
			if rest := head[i+1:]; len(rest) >= len(name) && strings.EqualFold(string(rest[:len(name)]), name) {
				w.r.Logf(short, compat.LevelDebug, nil, "AH01428: Skipped to first <%s> element", name)
				return head[i:]
			}
		}
		next := bytes.IndexByte(head[i+1:], '<')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	w.r.Logf(short, compat.LevelWarn, nil, "AH01429: Failed to find start of recognised HTML!")
	return head
}
