package negotiation

import (
	"strconv"
	"strings"

	"understudy/compat"
)

// setHeaders adds Alternates, Vary and TCN (set_neg_headers). They are to
// survive errors.
func (n *negotiation) setHeaders(chosen bool) {
	out := &n.r.ErrOut
	if n.alternates && len(n.variants) > 0 {
		list := make([]string, len(n.variants))
		for i := range n.variants {
			list[i] = n.alternate(&n.variants[i])
		}
		out.Merge("Alternates", strings.Join(list, ", "))
	}
	if vary := n.vary(); len(vary) > 0 {
		out.Merge("Vary", strings.Join(vary, ", "))
	}
	if !n.transparent {
		return
	}
	if chosen {
		out.Set("TCN", "choice")
	} else {
		out.Set("TCN", "list")
	}
}

// alternate describes a variant as RFC 2295 does.
func (n *negotiation) alternate(v *variant) string {
	s := `{"` + compat.EscapeSegment(v.name) + `" ` + formatQuality(v.source)
	for _, f := range [...]compat.Field{{Name: "type", Value: v.media}, {Name: "charset", Value: v.charset},
		{Name: "language", Value: strings.Join(v.languages, ",")}, {Name: "encoding", Value: v.encoding}} {
		if f.Value != "" {
			s += " {" + f.Name + " " + f.Value + "}"
		}
	}
	// Of a script it would be the length of the source.
	if v.sub == nil || v.sub.Handler == "" {
		if length := v.length(n.dir); length >= 0 {
			s += " {length " + strconv.FormatInt(length, 10) + "}"
		}
	}
	return s + "}"
}

// formatQuality writes a quality without zeros at its end.
func formatQuality(q float32) string {
	s := strings.TrimRight(strconv.FormatFloat(float64(q), 'f', 3, 32), "0")
	return strings.TrimSuffix(s, ".")
}

// vary are the headers on which the answer depends: those of the dimensions in
// which variants differ.
func (n *negotiation) vary() (fields []string) {
	if n.transparent {
		fields = append(fields, "negotiate")
	}
	for _, d := range [...]struct {
		field string
		of    func(*variant) string
	}{
		{"accept", func(v *variant) string { return v.media }},
		{"accept-language", func(v *variant) string { return strings.Join(v.languages, ",") }},
		{"accept-charset", func(v *variant) string { return v.charset }},
		{"accept-encoding", func(v *variant) string { return v.encoding }},
	} {
		if n.differ(d.of) {
			fields = append(fields, d.field)
		}
	}
	return fields
}

func (n *negotiation) differ(of func(*variant) string) bool {
	for i := range n.variants {
		if of(&n.variants[i]) != of(&n.variants[0]) {
			return true
		}
	}
	return false
}

// listVariants is what the pages 300 and 406 show (make_variant_list).
func (n *negotiation) listVariants() string {
	var b strings.Builder
	b.WriteString("Available variants:\n<ul>\n")
	for i := range n.variants {
		v := &n.variants[i]
		b.WriteString(`<li><a href="` + compat.EscapeSegment(v.name) + `">` + compat.EscapeHTML(v.name) + "</a> " +
			v.description)
		if v.media != "" {
			b.WriteString(", type " + v.media)
		}
		if len(v.languages) > 0 {
			b.WriteString(", language " + strings.Join(v.languages, ","))
		}
		if v.charset != "" {
			b.WriteString(", charset " + v.charset)
		}
		if v.hasEncoding {
			b.WriteString(", encoding " + v.encoding)
		}
		b.WriteString("</li>\n")
	}
	b.WriteString("</ul>\n")
	return b.String()
}
