package imagemap

import (
	"io"
	"strings"

	"understudy/compat"
)

// The styles of a menu; with any other only the frame is shown.
const (
	formatted     = "formatted"
	semiformatted = "semiformatted"
	unformatted   = "unformatted"
)

func (m *mapping) write(texts ...string) {
	for _, t := range texts {
		if _, err := io.WriteString(m.r.Writer, t); err != nil {
			m.r.Aborted = true
		}
	}
}

func (m *mapping) header() {
	m.r.ContentType, m.r.Charset = "text/html; charset=ISO-8859-1", ""
	path := compat.EscapeHTML(m.r.Path)
	m.write(`<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">`+"\n",
		"<html><head>\n<title>Menu for ", path, "</title>\n</head><body>\n")
	if m.style == formatted {
		m.write("<h1>Menu for ", path, "</h1>\n<hr />\n\n")
	}
}

// blank shows an empty line.
func (m *mapping) blank() {
	switch {
	case !m.shows:
	case m.style == semiformatted:
		m.write("<br />\n")
	case m.style == formatted, m.style == unformatted:
		m.write("\n")
	}
}

// comment shows a comment, which may be HTML.
func (m *mapping) comment(text string) {
	switch {
	case !m.shows:
	case m.style == formatted:
		m.write("\n")
	case text != "" && (m.style == semiformatted || m.style == unformatted):
		m.write(text, "\n")
	}
}

// link shows where a line leads.
func (m *mapping) link(lead, to, label string) {
	if strings.EqualFold(to, "error") || strings.EqualFold(to, "nocontent") {
		return
	}
	anchor := `<a href="` + compat.EscapePath(to) + `">` + compat.EscapeHTML(label) + "</a>"
	switch m.style {
	case formatted, semiformatted:
		m.write("<pre>", lead, anchor, "</pre>\n")
	case unformatted:
		m.write(anchor)
	}
}
