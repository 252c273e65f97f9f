package proxyhtml

import (
	"bytes"
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

var (
	metaElement = pattern.MustCompile(`<meta[^>]*(http-equiv)[^>]*>`, pattern.IgnoreCase)
	metaName    = pattern.MustCompile(`^[^a-z>]*([a-z][a-z0-9-]*)`, pattern.IgnoreCase)
	metaContent = pattern.MustCompile(`content\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))`, pattern.IgnoreCase)
)

// maxMeta is how much of a document is looked at.
const maxMeta = 64 << 10

// fixMeta makes header fields of the META elements at the begin of a document,
// where ProxyHTMLMeta says so, and takes out the one for Content-Type (metafix).
func (w *writer) fixMeta(head []byte) []byte {
	if !w.conf.meta {
		return head
	}
	for offset := least; offset < min(len(head), maxMeta); {
		text := string(head[offset:min(len(head), maxMeta)])
		loc, err := metaElement.Find(text)
		if err != nil || loc == nil {
			break
		}
		name, value := metaField(text[loc[3]:loc[1]], text[loc[0]:loc[1]])
		if strings.HasPrefix(compat.Lower(name), "content-type") {
			return bytes.Join([][]byte{head[:offset+loc[0]], head[offset+loc[1]:]}, nil)
		}
		if allowed(name, value) {
			w.r.Out.Set(name, value)
		}
		offset += loc[1]
	}
	return head
}

// metaField is the field an element stands for: its name is looked for behind
// http-equiv.
func metaField(behind, element string) (name, value string) {
	if loc, err := metaName.Find(behind); err == nil && loc != nil {
		name = pattern.Group(behind, loc, 1)
	}
	loc, err := metaContent.Find(element)
	if err != nil || loc == nil {
		return name, ""
	}
	for n := 1; n <= 3 && value == ""; n++ {
		value = pattern.Group(element, loc, n)
	}
	return name, value
}

// allowed reports whether a document may set a field: it says what its content
// is by the header of its own answer only, and nothing of how that is sent.
func allowed(name, value string) bool {
	lower := compat.Lower(name)
	switch lower {
	case "", "transfer-encoding", "connection", "trailer", "upgrade":
		return false
	}
	return value != "" && !strings.HasPrefix(lower, "content-") &&
		strings.IndexFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) < 0
}
