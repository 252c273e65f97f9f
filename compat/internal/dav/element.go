package dav

import (
	"fmt"
	"strconv"
	"strings"
)

var (
	textQuotes      = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	attributeQuotes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
)

// Quote writes s as text of XML, or as an attribute (apr_xml_quote_string).
func Quote(s string, attribute bool) string {
	if attribute {
		return attributeQuotes.Replace(s)
	}
	return textQuotes.Replace(s)
}

// Is reports whether e is an element of "DAV:" called name.
func (e *Element) Is(name string) bool { return e.Namespace == InDAV && e.Name == name }

// Child is the first child of "DAV:" called name, or nil.
func (e *Element) Child(name string) *Element {
	for _, c := range e.Children {
		if c.Is(name) {
			return c
		}
	}
	return nil
}

// Attribute is that of "DAV:" called name.
func (e *Element) Attribute(name string) (string, bool) {
	for _, a := range e.Attributes {
		if a.Namespace == InDAV && a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}

// Qualified is the name of e with its namespace.
func (d *Document) Qualified(e *Element) Name {
	if e.Namespace == NoNamespace {
		return Name{"", e.Name}
	}
	return Name{d.Namespaces[e.Namespace], e.Name}
}

// Single is the text of an element that holds nothing else; two pieces of text
// are told from one. ok is false where there is none.
func (e *Element) Single() (text string, pieces int) {
	pieces = e.texts
	text = e.Text
	if len(e.Children) > 0 && e.Children[0].Following != "" {
		text += e.Children[0].Following
		pieces++
	}
	return text, pieces
}

// Empty is an element of e's name without content (apr_xml_empty_elem).
func (e *Element) Empty() string { return "<" + e.tag(nil) + "/>\r\n" }

func (e *Element) tag(numbers []int) string {
	if e.Namespace == NoNamespace {
		return e.Name
	}
	return "ns" + strconv.Itoa(mapped(e.Namespace, numbers)) + ":" + e.Name
}

func mapped(namespace int, numbers []int) int {
	if numbers == nil {
		return namespace
	}
	return numbers[namespace]
}

// Whole is e with the namespaces it may use (APR_XML_X2T_FULL_NS_LANG).
func (d *Document) Whole(e *Element) string {
	var b strings.Builder
	e.write(&b, nil, d.Namespaces)
	return b.String()
}

// Inner is the content of e, its namespaces by other numbers
// (APR_XML_X2T_LANG_INNER).
func (e *Element) Inner(numbers []int) string {
	var b strings.Builder
	e.content(&b, numbers)
	return b.String()
}

func (e *Element) content(b *strings.Builder, numbers []int) {
	b.WriteString(Quote(e.Text, false))
	for _, c := range e.Children {
		c.write(b, numbers, nil)
		b.WriteString(Quote(c.Following, false))
	}
}

func (e *Element) write(b *strings.Builder, numbers []int, namespaces []string) {
	tag := e.tag(numbers)
	b.WriteString("<" + tag)
	for _, a := range e.Attributes {
		if a.Namespace == NoNamespace {
			fmt.Fprintf(b, ` %s="%s"`, a.Name, a.Value)
		} else {
			fmt.Fprintf(b, ` ns%d:%s="%s"`, mapped(a.Namespace, numbers), a.Name, a.Value)
		}
	}
	if e.Lang != nil && (namespaces != nil || e.Parent == nil || e.Lang != e.Parent.Lang) {
		fmt.Fprintf(b, ` xml:lang="%s"`, *e.Lang)
	}
	b.WriteString(Declarations(namespaces))
	if len(e.Children) == 0 && !e.HasText {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	e.content(b, numbers)
	b.WriteString("</" + tag + ">")
}

// Declarations are those of namespaces "nsN", the last first.
func Declarations(namespaces []string) string {
	var b strings.Builder
	for i := len(namespaces) - 1; i >= 0; i-- {
		fmt.Fprintf(&b, ` xmlns:ns%d="%s"`, i, namespaces[i])
	}
	return b.String()
}
