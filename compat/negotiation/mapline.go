package negotiation

import (
	"bytes"
	"strings"
)

// What a line of a type map is.
const (
	headerEOF = iota
	headerSeen
	headerSeparator
)

// line is the next line with its newline; one that is too long ends early.
func (m *typeMapReader) line() string {
	rest := m.text[m.at:min(len(m.text), m.at+maxLine)]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i+1]
	}
	m.at += len(rest)
	return string(rest)
}

// header is the next line that is no comment, with those that continue it
// (get_header_line).
func (m *typeMapReader) header() (text string, kind int) {
	for {
		if text = m.line(); text == "" {
			return "", headerEOF
		}
		if text[0] != '#' {
			break
		}
	}
	if trimSpace(text) == "" {
		return "", headerSeparator
	}
	if len(text) >= 5 && strings.EqualFold(text[:5], "Body:") {
		return text, headerSeen // Nothing continues it.
	}
	for m.at < len(m.text) {
		switch c := m.text[m.at]; {
		case c == '#':
			m.skipLine()
		case !isSpace(c):
			return text, headerSeen
		default:
			m.skipBlanks()
			if m.at == len(m.text) || m.text[m.at] == '\n' {
				return text, headerSeen // An empty line.
			}
			text = m.continued(text)
		}
	}
	return text, headerSeen
}

func (m *typeMapReader) skipLine() {
	if i := bytes.IndexByte(m.text[m.at:], '\n'); i >= 0 {
		m.at += i + 1
	} else {
		m.at = len(m.text)
	}
}

func (m *typeMapReader) skipBlanks() {
	for m.at < len(m.text) && m.text[m.at] != '\n' && isSpace(m.text[m.at]) {
		m.at++
	}
}

// continued is text with the next line behind it, as far as there is room.
func (m *typeMapReader) continued(text string) string {
	room := max(0, maxLine-1-len(text))
	rest := m.text[m.at:min(len(m.text), m.at+room)]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		m.at += i + 1
		return text + string(rest[:i]) + "\n"
	}
	m.at += len(rest)
	if room == 0 {
		m.skipLine() // Apache would try for ever.
	}
	return text + string(rest) + "\n"
}
