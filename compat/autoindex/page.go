package autoindex

import (
	"bufio"
	"io"
	"os"
	"strings"

	"understudy/compat"
)

const (
	doctype      = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">` + "\n"
	doctypeXHTML = `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"` + "\n" +
		`"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">` + "\n"
)

// write writes texts. Who reads them is not waited for, nor asked: the last
// flush tells.
func (l *listing) write(texts ...string) {
	for _, t := range texts {
		l.w.WriteString(t)
	}
}

func (l *listing) has(o optionSet) bool { return l.options&o != 0 }

// styled is one text where there is a style sheet, and another where not.
func (l *listing) styled(with, without string) string {
	if l.conf.styleSheet != "" {
		return with
	}
	return without
}

// slash is what ends an empty element.
func (l *listing) slash() string {
	if l.has(xhtml) {
		return " /"
	}
	return ""
}

// title is what the page is called: the path without slashes at its end.
func (l *listing) title() string {
	t := compat.EscapeHTML(l.r.Path)
	for len(t) > 1 && strings.HasSuffix(t, "/") {
		t = t[:len(t)-1]
	}
	return t
}

func (l *listing) preamble() {
	if l.has(xhtml) {
		l.write(doctypeXHTML, "<html xmlns=\"http://www.w3.org/1999/xhtml\">\n")
	} else {
		l.write(doctype, "<html>\n")
	}
	l.write(" <head>\n  <title>Index of ", l.title(), "</title>\n")
	if l.conf.styleSheet != "" {
		l.write("  <link rel=\"stylesheet\" href=\"", l.conf.styleSheet, "\" type=\"text/css\"", l.slash(), ">\n")
	}
	l.write(l.conf.headInsert, " </head>\n <body>\n")
}

// head writes what is above the list (emit_head).
func (l *listing) head() {
	preamble, heading := true, true
	if file := l.header(); file != nil {
		preamble, heading = l.includeHeader(file)
	}
	if preamble {
		l.preamble()
	}
	if heading {
		l.write(l.styled("  <h1 id=\"indextitle\">", "<h1>"), "Index of ", l.title(), "</h1>\n")
	}
}

// header is the request for the file of HeaderName. It is to be text, whatever
// the client would like best.
func (l *listing) header() *compat.Request {
	if l.conf.header == "" {
		return nil
	}
	name := l.conf.header
	if l.r.HasQuery {
		name += "?" + l.r.Query
	}
	var asked compat.Header
	asked.CopyFrom(&l.r.In)
	l.r.In.Set("Accept", "text/html, text/plain")
	l.r.In.Del("Accept-Encoding")
	file := l.lookup(name)
	l.r.In = asked
	return file
}

// lookup finds a file to be included, nil if it cannot be.
func (l *listing) lookup(name string) *compat.Request {
	sub := l.r.Engine.Lookup(l.r, name, "GET")
	if sub.Status != 200 || sub.Info == nil || !sub.Info.Mode().IsRegular() || sub.ContentType == "" {
		return nil
	}
	return sub
}

// includeHeader writes the file of HeaderName, if it is text, and reports what
// is left to be written.
func (l *listing) includeHeader(file *compat.Request) (preamble, heading bool) {
	if isHTML(file.ContentType) {
		if !l.has(suppressPreamble) {
			l.preamble()
		}
		if l.run(file) {
			return false, false
		}
		return l.has(suppressPreamble), true
	}
	if f := openText(file); f != nil {
		defer f.Close()
		l.preamble()
		l.plain(f)
		return false, false
	}
	return true, true
}

// run lets a request write its answer into the page.
func (l *listing) run(file *compat.Request) bool {
	l.w.Flush()
	return l.r.Engine.Run(file) == compat.OK
}

// openText opens a file if it is text.
func openText(file *compat.Request) *os.File {
	if len(file.ContentType) < 5 || !strings.EqualFold(file.ContentType[:5], "text/") {
		return nil
	}
	f, err := file.Open()
	if err != nil {
		return nil
	}
	return f
}

// plain writes a text as it stands (do_emit_plain).
func (l *listing) plain(f io.Reader) {
	l.write("<pre>\n")
	in := bufio.NewReader(f)
	for {
		c, err := in.ReadByte()
		if err != nil {
			break
		}
		switch c {
		case '<':
			l.write("&lt;")
		case '>':
			l.write("&gt;")
		case '&':
			l.write("&amp;")
		default:
			l.w.WriteByte(c)
		}
	}
	l.write("</pre>\n")
}

// tail writes what is below the list (emit_tail).
func (l *listing) tail() {
	signature, end := true, true
	if l.conf.readme != "" {
		if file := l.lookup(l.conf.readme); file != nil {
			signature, end = l.includeReadme(file)
		}
	}
	if signature {
		l.write(compat.Signature(l.r, ""))
	}
	if end {
		l.write("</body></html>\n")
	}
}

func (l *listing) includeReadme(file *compat.Request) (signature, end bool) {
	if isHTML(file.ContentType) {
		if l.run(file) {
			return false, !l.has(suppressPreamble)
		}
		return true, true
	}
	if f := openText(file); f != nil {
		defer f.Close()
		l.plain(f)
		return false, true
	}
	return true, true
}
