package proxyhtml

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"understudy/compat"
)

// A document is one as it is taken apart and put together again. It comes out
// in lower case, with its attributes in quotes and its references resolved, and
// without a document type of its own.
type document struct {
	z    *html.Tokenizer
	conf *config
	maps []urlMap
	out  *bytes.Buffer
	open []string // elements that are begun
	raw  bool     // what follows is no text but a script or a style
}

// maxOpen bounds the elements that are remembered.
const maxOpen = 4096

// run rewrites until the end, which is io.EOF.
func (d *document) run() error {
	for {
		kind := d.z.Next()
		var err error
		switch kind {
		case html.ErrorToken:
			err = d.z.Err()
			if rest := d.z.Raw(); err == io.EOF && len(rest) > 0 {
				d.out.Write(rest)
			}
		case html.TextToken:
			err = d.text()
		case html.StartTagToken, html.SelfClosingTagToken:
			err = d.start(kind == html.SelfClosingTagToken)
		case html.EndTagToken:
			d.end()
		case html.CommentToken:
			err = d.comment()
		}
		if err != nil {
			return err
		}
	}
}

// text writes a text between tags. White space that is only there to be read
// is left out, where it stands around the head and the body.
func (d *document) text() error {
	raw := d.raw
	d.raw = false
	if raw {
		return d.script(string(d.z.Raw()))
	}
	text := d.z.Text()
	if d.outside() && len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	escape(d.out, string(text))
	return nil
}

func (d *document) script(text string) (err error) {
	if d.conf.extended {
		if text, err = mapText(d.maps, text); err != nil {
			return err
		}
	}
	d.out.WriteString(text)
	return nil
}

// outside reports whether what is to come is neither in the body nor in an
// element of the head.
func (d *document) outside() bool {
	if len(d.open) == 0 {
		return true
	}
	last := d.open[len(d.open)-1]
	return last == "html" || last == "head"
}

// escape writes a text so that it is none but itself (pcharacters).
func escape(out *bytes.Buffer, text string) { escaper.WriteString(out, text) }

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// start writes a tag, its URLs mapped (pstartElement).
func (d *document) start(closed bool) error {
	raw := d.z.Raw() // Before the name, which is put in lower case there.
	bare := bareAttributes(raw)
	b, more := d.z.TagName()
	name := string(b)
	d.raw = !closed && rawElements[name]
	if d.conf.doctype.drops(name) {
		return nil
	}
	d.out.WriteByte('<')
	d.out.WriteString(name)
	for i := 0; more; i++ {
		var key, value []byte
		key, value, more = d.z.TagAttr()
		if len(key) == 0 {
			continue
		}
		if err := d.attribute(name, string(key), string(value), i < len(bare) && bare[i]); err != nil {
			return err
		}
	}
	if !emptyElements[name] {
		d.out.WriteByte('>')
		if closed {
			d.out.WriteString("</" + name + ">")
		} else if len(d.open) < maxOpen {
			d.open = append(d.open, name)
		}
		return nil
	}
	if d.conf.doctype.xhtml {
		d.out.WriteString(" /")
	}
	d.out.WriteByte('>')
	return nil
}

func (d *document) attribute(element, key, value string, bare bool) (err error) {
	d.out.WriteByte(' ')
	d.out.WriteString(key)
	if bare {
		return nil
	}
	switch {
	case slices.Contains(d.conf.links[element], key):
		value, err = mapLink(d.maps, value)
	case d.conf.extended && slices.Contains(d.conf.events, key):
		value, err = mapEvent(d.maps, value)
	}
	if err != nil {
		return err
	}
	if d.conf.lowercase {
		value = compat.Lower(value)
	}
	if d.conf.slashes {
		value = strings.ReplaceAll(value, `\`, "/")
	}
	d.out.WriteString(`="`)
	escape(d.out, value)
	d.out.WriteByte('"')
	return nil
}

// end writes an end tag. An element without content has none.
func (d *document) end() {
	b, _ := d.z.TagName()
	name := string(b)
	for i := len(d.open) - 1; i >= 0; i-- {
		if d.open[i] == name {
			d.open = d.open[:i]
			break
		}
	}
	if emptyElements[name] || d.conf.doctype.drops(name) {
		return
	}
	d.out.WriteString("</" + name + ">")
}

// comment writes a comment. What only looks like one to a tokenizer of HTML, a
// processing instruction of XML, is left out, as by libxml2; a CDATA section
// stays.
func (d *document) comment() error {
	raw := string(d.z.Raw())
	switch {
	case strings.HasPrefix(raw, "<![CDATA["):
		return d.script(raw)
	case !strings.HasPrefix(raw, "<!--") || d.conf.strip:
		return nil
	}
	return d.script("<!--" + string(d.z.Text()) + "-->")
}

// bareAttributes tells, for each attribute of a tag, whether it comes without a
// value, which the tokenizer does not say.
func bareAttributes(tag []byte) []bool {
	const space = " \t\n\f\r"
	s := string(tag)
	i := 1
	for i < len(s) && strings.IndexByte(space+"/>", s[i]) < 0 {
		i++
	}
	var bare []bool
	for {
		for i < len(s) && strings.IndexByte(space+"/", s[i]) >= 0 {
			i++
		}
		if i >= len(s) || s[i] == '>' {
			return bare
		}
		start := i
		for i < len(s) && (strings.IndexByte(space+"/>=", s[i]) < 0 || s[i] == '=' && i == start) {
			i++
		}
		for i < len(s) && strings.IndexByte(space, s[i]) >= 0 {
			i++
		}
		if i >= len(s) || s[i] != '=' {
			bare = append(bare, true)
			continue
		}
		bare = append(bare, false)
		if i = skipValue(s, i+1, space); i < 0 {
			return bare
		}
	}
}

// skipValue is where a value ends that begins at or behind i; -1: it does not.
func skipValue(s string, i int, space string) int {
	for i < len(s) && strings.IndexByte(space, s[i]) >= 0 {
		i++
	}
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		end := strings.IndexByte(s[i+1:], s[i])
		if end < 0 {
			return -1
		}
		return i + 1 + end + 1
	}
	for i < len(s) && strings.IndexByte(space+">", s[i]) < 0 {
		i++
	}
	return i
}
