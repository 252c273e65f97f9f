package dav

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
)

// A Document is a body in XML (apr_xml_doc). Namespaces are numbered in the
// order in which they were declared; the first is "DAV:".
type Document struct {
	Root       *Element
	Namespaces []string // as they stand in XML
}

// The numbers of namespaces that have none of their own.
const (
	InDAV       = 0
	NoNamespace = -1
)

// An Element is one of a Document.
type Element struct {
	Name       string
	Namespace  int
	Lang       *string // xml:lang, that of an element around too
	Attributes []Attribute
	Parent     *Element
	Children   []*Element
	Text       string // before the first child
	Following  string // between this and the next
	HasText    bool
	texts      int
	scope      []declaration
}

// An Attribute is one of an Element; Value is as it stands in XML.
type Attribute struct {
	Name      string
	Namespace int
	Value     string
}

type declaration struct {
	prefix    string
	namespace int
}

// Bounds on documents.
const (
	maxDepth      = 200
	maxNamespaces = 1000
)

var (
	errDeep      = errors.New("elements are nested too deep")
	errPrefix    = errors.New("an undefined namespace prefix was used")
	errNamespace = errors.New("a namespace prefix was defined with an empty URI")
	errMany      = errors.New("too many namespaces")
	errEntity    = errors.New("entities are not allowed")
	errOutside   = errors.New("junk after document element")
	errEmpty     = errors.New("no element found")
	errTwice     = errors.New("duplicate attribute")
	errMismatch  = errors.New("mismatched tag")
	errDecl      = errors.New("XML or text declaration not at start of entity")
)

// Parse reads a document. It knows no entities but XML's own, and bounds the
// depth of elements.
func Parse(body []byte) (*Document, error) {
	d := xml.NewDecoder(bytes.NewReader(inUTF8(body)))
	d.CharsetReader = charset
	p := parser{doc: &Document{Namespaces: []string{"DAV:"}}}
	for first := true; ; first = false {
		t, err := d.RawToken()
		if err == io.EOF {
			return p.end()
		}
		if err == nil {
			err = p.token(t, first)
		}
		if err != nil {
			return nil, err
		}
	}
}

// charset reads what is not UTF-8. What was UTF-16 is not any more.
func charset(name string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "utf-16", "us-ascii":
		return r, nil
	case "iso-8859-1":
		b, err := io.ReadAll(r)
		runes := make([]rune, len(b))
		for i, c := range b {
			runes[i] = rune(c)
		}
		return strings.NewReader(string(runes)), err
	}
	return nil, fmt.Errorf("unknown encoding %q", name)
}

// inUTF8 is a body without its byte order mark.
func inUTF8(b []byte) []byte {
	if rest, ok := bytes.CutPrefix(b, []byte("\xef\xbb\xbf")); ok {
		return rest
	}
	if len(b) < 2 || b[0]^b[1] != 0xff^0xfe || b[0] != 0xff && b[0] != 0xfe {
		return b
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 2; i+1 < len(b); i += 2 {
		high, low := b[i], b[i+1]
		if b[0] == 0xff {
			high, low = low, high
		}
		units = append(units, uint16(high)<<8|uint16(low))
	}
	return []byte(string(utf16.Decode(units)))
}

type parser struct {
	doc   *Document
	at    *Element // the innermost that is open
	tags  []xml.Name
	index map[string]int
	// gathered is the text since the last tag, in so many pieces.
	gathered strings.Builder
	pieces   int
	declared int
}

func (p *parser) end() (*Document, error) {
	if p.doc.Root == nil || p.at != nil {
		return nil, errEmpty
	}
	return p.doc, nil
}

func (p *parser) token(t xml.Token, first bool) error {
	switch t := t.(type) {
	case xml.StartElement:
		p.flush()
		return p.start(t)
	case xml.EndElement:
		p.flush()
		if len(p.tags) == 0 || p.tags[len(p.tags)-1] != t.Name {
			return errMismatch
		}
		p.tags = p.tags[:len(p.tags)-1]
		p.at = p.at.Parent
	case xml.CharData:
		return p.text(string(t))
	case xml.Directive:
		if p.doc.Root != nil || bytes.Contains(t, []byte("<!ENTITY")) {
			return errEntity
		}
	case xml.ProcInst:
		if t.Target == "xml" && !first {
			return errDecl
		}
	}
	return nil
}

func (p *parser) text(s string) error {
	if p.at == nil {
		if strings.Trim(s, " \t\r\n") != "" {
			return errOutside
		}
		return nil
	}
	if s != "" {
		p.gathered.WriteString(s)
		p.pieces++
	}
	return nil
}

// flush gives the text that was gathered to where it stands.
func (p *parser) flush() {
	if p.pieces == 0 {
		return
	}
	if n := len(p.at.Children); n > 0 {
		p.at.Children[n-1].Following = p.gathered.String()
	} else {
		p.at.Text, p.at.HasText, p.at.texts = p.gathered.String(), true, p.pieces
	}
	p.gathered.Reset()
	p.pieces = 0
}

// start begins an element (start_handler of apr_xml.c). Attributes are kept in
// the reverse order, and so namespaces are numbered.
func (p *parser) start(t xml.StartElement) error {
	if p.at == nil && p.doc.Root != nil {
		return errOutside
	}
	if len(p.tags) >= maxDepth {
		return errDeep
	}
	p.tags = append(p.tags, t.Name)
	e := &Element{Name: t.Name.Local, Parent: p.at}
	if p.at == nil {
		p.doc.Root = e
	} else {
		p.at.Children = append(p.at.Children, e)
		e.Lang = p.at.Lang
	}
	p.at = e
	if err := p.declare(e, t.Attr); err != nil {
		return err
	}
	var err error
	if e.Name, e.Namespace, err = p.resolve(t.Name, true); err != nil {
		return err
	}
	for i := range e.Attributes {
		a := &e.Attributes[i]
		prefix, local, ok := strings.Cut(a.Name, ":")
		if !ok {
			prefix, local = "", prefix
		}
		if a.Name, a.Namespace, err = p.resolve(xml.Name{Space: prefix, Local: local}, false); err != nil {
			return err
		}
	}
	return nil
}

// declare takes the namespaces and the language out of attributes.
func (p *parser) declare(e *Element, attributes []xml.Attr) error {
	seen := map[xml.Name]bool{}
	for _, a := range slices.Backward(attributes) {
		if seen[a.Name] {
			return errTwice
		}
		seen[a.Name] = true
		value := Quote(a.Value, true)
		switch {
		case a.Name.Space == "xmlns":
			if value == "" {
				return errNamespace
			}
			if err := p.scope(e, a.Name.Local, value); err != nil {
				return err
			}
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			if err := p.scope(e, "", value); err != nil {
				return err
			}
		case a.Name.Space == "xml" && a.Name.Local == "lang":
			e.Lang = &value
		default:
			name := a.Name.Local
			if a.Name.Space != "" {
				name = a.Name.Space + ":" + name
			}
			e.Attributes = append(e.Attributes, Attribute{Name: name, Value: value})
		}
	}
	return nil
}

func (p *parser) scope(e *Element, prefix, uri string) error {
	number, err := p.number(uri)
	if err != nil {
		return err
	}
	if p.declared++; p.declared > maxNamespaces {
		return errMany
	}
	e.scope = append(e.scope, declaration{prefix, number})
	return nil
}

func (p *parser) number(uri string) (int, error) {
	if uri == "" {
		return NoNamespace, nil
	}
	if p.index == nil {
		p.index = map[string]int{"DAV:": InDAV}
	}
	if n, ok := p.index[uri]; ok {
		return n, nil
	}
	n := len(p.doc.Namespaces)
	if n >= maxNamespaces {
		return 0, errMany
	}
	p.index[uri] = n
	p.doc.Namespaces = append(p.doc.Namespaces, uri)
	return n, nil
}

// resolve finds the namespace of a name. Names that begin with "xml" stay as
// they are.
func (p *parser) resolve(n xml.Name, element bool) (string, int, error) {
	if n.Space == "" {
		if !element {
			return n.Local, NoNamespace, nil
		}
		number, _ := p.find("")
		return n.Local, number, nil
	}
	if len(n.Space) >= 3 && strings.EqualFold(n.Space[:3], "xml") {
		return n.Space + ":" + n.Local, NoNamespace, nil
	}
	number, ok := p.find(n.Space)
	if !ok {
		return "", 0, errPrefix
	}
	return n.Local, number, nil
}

func (p *parser) find(prefix string) (int, bool) {
	for e := p.at; e != nil; e = e.Parent {
		for _, d := range slices.Backward(e.scope) {
			if d.prefix == prefix {
				return d.namespace, true
			}
		}
	}
	return NoNamespace, false
}
