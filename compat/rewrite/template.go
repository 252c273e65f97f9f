package rewrite

import "strings"

// A template is a text with backreferences ($1, %1), variables (%{NAME}) and map
// lookups (${map:key|default}) in it, split when it is read.
type template struct{ parts []part }

// A part is a piece of a template: text, or what expand makes of the request.
type part struct {
	text    string
	escaped bool // text that stood behind a backslash: a "?" in it does not count
	expand  func(x *context, k *rule) string
}

// parseTemplate splits a text (do_expand).
func parseTemplate(s string) *template {
	t := &template{}
	for s != "" {
		n := strings.IndexAny(s, `\$%`)
		if n < 0 {
			n = len(s)
		}
		if n > 0 {
			t.parts = append(t.parts, part{text: s[:n]})
			s = s[n:]
			continue
		}
		p, width := special(s)
		t.parts = append(t.parts, p)
		s = s[width:]
	}
	return t
}

// special is the part that s begins with, whose first byte is one of \ $ %.
func special(s string) (p part, width int) {
	switch {
	case s[0] == '\\' && len(s) > 1:
		return part{text: s[1:2], escaped: true}, 2
	case len(s) > 1 && s[1] == '{':
		return braced(s)
	case len(s) > 1 && s[1] >= '0' && s[1] <= '9':
		n, ofRule := int(s[1]-'0'), s[0] == '$'
		return part{expand: func(x *context, k *rule) string { return x.backref(n, ofRule, k) }}, 2
	}
	return part{text: s[:1], escaped: true}, 1
}

// braced is a variable or a map lookup.
func braced(s string) (p part, width int) {
	inner := s[2:]
	end := find(inner, 0)
	if end < 0 {
		return part{text: s[:2], escaped: true}, 2
	}
	inner, width = inner[:end], end+3
	if s[0] == '%' {
		v := variable(inner)
		return part{expand: func(x *context, _ *rule) string { return v(x) }}, width
	}
	colon := find(inner, ':')
	if colon < 0 {
		return part{text: s[:2], escaped: true}, 2
	}
	name, key, unknown := inner[:colon], inner[colon+1:], ""
	if bar := find(key, '|'); bar >= 0 {
		key, unknown = key[:bar], key[bar+1:]
	}
	keyText, unknownText := parseTemplate(key), parseTemplate(unknown)
	return part{expand: func(x *context, k *rule) string {
		v, ok := x.lookup(name, keyText.expand(x, k))
		if !ok {
			v = unknownText.expand(x, k)
		}
		return v
	}}, width
}

// find is where c stands in s outside of inner braces; 0 means the closing
// brace. Without one it is -1.
func find(s string, c byte) int {
	depth := 1
	for i := 0; i < len(s); i++ {
		switch {
		case c != 0 && s[i] == c && depth == 1:
			return i
		case s[i] == '}':
			if depth--; depth == 0 {
				if c != 0 {
					return -1
				}
				return i
			}
		case s[i] == '{':
			depth++
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
	}
	return -1
}

// maxExpanded bounds what a template becomes.
const maxExpanded = 1 << 20

// A qmark tells what the "?" that splits off a query string came from.
type qmark struct {
	last   bool // the last one counts, not the first
	unsafe bool // it came from an expansion
	done   bool
}

func (q *qmark) saw(s string, expanded bool) {
	if q == nil || q.done || strings.IndexByte(s, '?') < 0 {
		return
	}
	q.unsafe, q.done = expanded, !q.last
}

// expand is the text for the request. k is the rule whose escaping applies to
// backreferences, nil for none; q, if not nil, is told about question marks.
func (t *template) expand(x *context, k *rule) string { return t.expandWith(x, k, nil) }

func (t *template) expandWith(x *context, k *rule, q *qmark) string {
	if len(t.parts) == 1 && t.parts[0].expand == nil {
		if !t.parts[0].escaped {
			q.saw(t.parts[0].text, false)
		}
		return t.parts[0].text
	}
	var b strings.Builder
	for i := range t.parts {
		p := &t.parts[i]
		if p.expand == nil {
			if !p.escaped {
				q.saw(p.text, false)
			}
			b.WriteString(p.text)
			continue
		}
		s := p.expand(x, k)
		q.saw(s, true)
		if b.Len()+len(s) > maxExpanded {
			break
		}
		b.WriteString(s)
	}
	return b.String()
}
