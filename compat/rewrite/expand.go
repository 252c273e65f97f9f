package rewrite

import (
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// maxExpanded bounds what a text can become.
const maxExpanded = 1 << 20

// A question says where the question mark comes from that begins the query of
// a substitution: one that a client could smuggle in with %3f is not safe. It
// is the first one, or with [QSL] the last one.
type question struct {
	last    bool
	decided bool
	unsafe  bool
}

func (q *question) see(s string, unsafe bool) {
	if q != nil && (q.last || !q.decided) && strings.IndexByte(s, '?') >= 0 {
		q.decided, q.unsafe = true, unsafe
	}
}

// expand is t with everything replaced, once: nothing that comes from a client
// is looked at again. by may be nil, as may q.
func (p *pass) expand(t *text, by *rule, q *question) string {
	if t.parts == nil {
		return t.fixed
	}
	if t.fixed != "" && q == nil {
		return t.fixed
	}
	if len(t.parts) == 1 && t.parts[0].value != nil && q == nil {
		return t.parts[0].value(p)
	}
	var b strings.Builder
	for i := range t.parts {
		piece := &t.parts[i]
		if piece.isLiteral() {
			if piece.safe {
				q.see(piece.literal, false)
			}
			b.WriteString(piece.literal)
			continue
		}
		s := p.replace(piece, by)
		q.see(s, true)
		b.WriteString(s)
		if b.Len() > maxExpanded {
			p.tooLong = true
			return ""
		}
	}
	return b.String()
}

// replace is what stands for a part that is not literal.
func (p *pass) replace(piece *part, by *rule) string {
	switch {
	case piece.value != nil:
		return piece.value(p)
	case piece.lookup != nil:
		return p.look(piece.lookup, by)
	case piece.sign == '%':
		return p.backref(p.condition.group(piece.group), by)
	}
	return p.backref(p.matched.group(piece.group), by)
}

func (p *pass) backref(s string, by *rule) string {
	if by == nil || !by.flags.has(escapeBackrefs) || s == "" {
		return s
	}
	escaped := escapeBackref(s, by)
	p.trace(5, 2604, "escaping backreference '%s' to '%s'", s, escaped)
	return escaped
}

// look asks a map.
func (p *pass) look(l *lookup, by *rule) string {
	value, ok := p.lookUp(l.name, p.expand(l.key, by, nil))
	if !ok {
		return p.expand(l.fallback, by, nil)
	}
	return value
}

// A match is a subject and what a pattern matched of it.
type match struct {
	subject string
	loc     []int
}

func (m *match) group(n int) string { return pattern.Group(m.subject, m.loc, n) }

// escapeBackref escapes what a rule's flags ask for: everything but letters,
// digits and "_" with [B] (escape_backref).
func escapeBackref(s string, by *rule) string {
	b := make([]byte, 0, 3*len(s))
	for i := range len(s) {
		c := s[i]
		switch {
		case !by.escapesByte(c), isAlphanumeric(c), c == '_':
			b = append(b, c)
		case c == ' ' && !by.flags.has(escapeNoPlus):
			b = append(b, '+')
		default:
			const hex = "0123456789abcdef"
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

func (r *rule) escapesByte(c byte) bool {
	if strings.IndexByte(r.spares, c) >= 0 {
		return false
	}
	if strings.IndexByte(r.escapes, c) >= 0 {
		return true
	}
	if r.flags.has(escapeControls) {
		return !isVisible(c)
	}
	return r.escapes == ""
}

// isVisible reports whether c is neither a control character nor a space
// (VCHAR and obs-text of RFC 9110).
func isVisible(c byte) bool { return c > ' ' && c != 0x7f }

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// setEnv sets what [E=…] says.
func (p *pass) setEnv(list []*text) {
	for _, t := range list {
		name, value, _ := strings.Cut(p.expand(t, nil, nil), ":")
		if unset, ok := strings.CutPrefix(name, "!"); ok {
			p.r.Env.Unset(unset)
			p.note(5, 2709, "unsetting env variable '%s'", unset)
			continue
		}
		p.r.Env.Set(name, value)
		p.note(5, 2719, "setting env variable '%s' to '%s'", name, value)
	}
}

// force remembers type and handler that [T=…] and [H=…] ask for.
func (p *pass) force(by *rule) {
	if by.mime != nil {
		if mime := strings.ToLower(p.expand(by.mime, by, nil)); mime != "" {
			p.trace(2, 4334, "remember %s to have MIME-type '%s'", p.r.Filename, mime)
			p.r.Notes.Set(mimeNote, mime)
		}
	}
	if by.handler != nil {
		if handler := strings.ToLower(p.expand(by.handler, by, nil)); handler != "" {
			p.trace(2, 4348, "remember %s to have Content-handler '%s'", p.r.Filename, handler)
			p.r.Notes.Set(handlerNote, handler)
		}
	}
}

// Notes in which force leaves what it was told, for the last of the fixups.
const (
	mimeNote    = "rewrite-forced-mimetype"
	handlerNote = "rewrite-forced-handler"
)

// force sets the type and handler that rules asked for (hook_mimetype).
func force(r *compat.Request, _ *section) compat.Status {
	if mime := r.Notes.Get(mimeNote); mime != "" {
		logTo(r, 1, 5633, "", "force filename %s to have MIME-type '%s'", r.Filename, mime)
		r.ContentType, r.Charset = mime, ""
	}
	if handler := r.Notes.Get(handlerNote); handler != "" {
		logTo(r, 1, 5642, "", "force filename %s to have the Content-handler '%s'", r.Filename, handler)
		r.Handler = handler
	}
	return compat.OK
}
