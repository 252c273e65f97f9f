package vhost

import (
	"strings"
	"time"

	"understudy/compat"
)

// setContentFields makes the fields that describe the body of what handlers
// and mod_mime said of it (ap_http_header_filter, ap_make_content_type).
func setContentFields(r *compat.Request) {
	if r.Status == 304 || r.Status == 204 {
		return
	}
	if ct := contentType(r); ct != "" {
		r.Out.Set("Content-Type", ct)
	}
	switch len(r.Encodings) {
	case 0:
	case 1:
		r.Out.Set("Content-Encoding", r.Encodings[0])
	default:
		r.Out.Set("Content-Encoding", strings.Join(r.Encodings, ", "))
	}
	if len(r.Languages) > 0 {
		r.Out.Set("Content-Language", languages(r))
	}
}

// languages are those mod_mime found, and then those a handler has named.
func languages(r *compat.Request) string {
	named := r.Out.Get("Content-Language")
	if named == "" && len(r.Languages) == 1 {
		return r.Languages[0]
	}
	all := append([]string(nil), r.Languages...)
	for l := range strings.SplitSeq(named, ",") {
		if l = strings.TrimSpace(l); l != "" && !containsFold(all, l) {
			all = append(all, l)
		}
	}
	return strings.Join(all, ",")
}

func containsFold(list []string, s string) bool {
	for _, t := range list {
		if strings.EqualFold(t, s) {
			return true
		}
	}
	return false
}

// contentType is the media type with its charset: one that mod_mime found, or
// AddDefaultCharset for text/html and text/plain.
func contentType(r *compat.Request) string {
	ct := r.ContentType
	if ct == "" || strings.IndexByte(ct, ';') >= 0 && hasCharset(ct) {
		return ct
	}
	if r.Charset != "" {
		return ct + "; charset=" + r.Charset
	}
	if add := r.Scope.Core.DefaultCharset; add != nil && *add != "" {
		if t := mediaType(ct); strings.EqualFold(t, "text/html") || strings.EqualFold(t, "text/plain") {
			return ct + "; charset=" + *add
		}
	}
	return ct
}

func hasCharset(ct string) bool {
	_, params, _ := strings.Cut(ct, ";")
	return strings.Contains(strings.ToLower(params), "charset=")
}

// finishFields does what Apache's header filter does to the fields of all
// modules together.
func finishFields(r *compat.Request) {
	if r.NoCache && !r.Out.Has("Expires") && !r.ErrOut.Has("Expires") {
		r.Out.Set("Expires", r.Start.UTC().Format(time.RFC1123[:len(time.RFC1123)-3]+"GMT"))
	}
	uniteVary(r)
}

// uniteVary makes one Vary of several, without what is there twice
// (fixup_vary).
func uniteVary(r *compat.Request) {
	first, also := r.ErrOut.Lookup("Vary")
	second, has := r.Out.Lookup("Vary")
	if !also && !has || !also && strings.IndexAny(second, ", \t") < 0 && countOf(&r.Out, "Vary") == 1 {
		return
	}
	var names []string
	for _, v := range append(r.ErrOut.Values("Vary"), r.Out.Values("Vary")...) {
		for name := range strings.FieldsFuncSeq(v, func(c rune) bool { return strings.ContainsRune(", \t\n\v\f\r", c) }) {
			if !containsFold(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return
	}
	at := &r.Out
	if first != "" {
		at = &r.ErrOut
		r.Out.Del("Vary")
	}
	at.Set("Vary", strings.Join(names, ","))
}

func countOf(h *compat.Header, name string) (n int) {
	for _, f := range h.Fields() {
		if len(f.Name) == len(name) && strings.EqualFold(f.Name, name) {
			n++
		}
	}
	return n
}

// fieldsRefused is a note on a request whose answer had fields that cannot be
// sent, so that it is not tried a third time.
const fieldsRefused = "fields-refused"

// checkFields refuses fields that would break the header (check_headers): the
// answer is 500 then, and if that has the same trouble, an empty one.
func (b *body) checkFields() bool {
	r := b.r
	strict := r.Host.Protocol.Unsafe == nil || !*r.Host.Protocol.Unsafe
	if b.goodFields(&r.Out, strict) && b.goodFields(&r.ErrOut, strict) {
		return true
	}
	r.Out.Reset()
	r.ErrOut.Reset()
	r.ContentType, r.Encodings, r.Languages = "", nil, nil
	if !r.Notes.Has(fieldsRefused) {
		r.Notes.Set(fieldsRefused, "1")
		b.replace(500)
		return false
	}
	r.Status, r.KeepAlive = 500, false
	b.replaced = true
	b.fail(r.Wire.Head(r, 0))
	b.fail(r.Wire.Finish(r))
	return false
}

func (b *body) goodFields(h *compat.Header, strict bool) bool {
	for i, f := range h.Fields() {
		switch {
		case f.Name == "":
			b.r.Logf("http", compat.LevelError, nil, "AH02428: Empty response header name, aborting request")
			return false
		case !isFieldName(f.Name, strict):
			b.r.Logf("http", compat.LevelError, nil, "AH02429: Response header name '%s' contains invalid characters, "+
				"aborting request", f.Name)
			return false
		case !isFieldValue(f.Value):
			value, ok := unfold(f.Value)
			if !ok {
				b.r.Logf("http", compat.LevelError, nil, "AH02430: Response header '%s' value of '%s' contains invalid "+
					"characters, aborting request", f.Name, f.Value)
				return false
			}
			h.Fields()[i].Value = value
		}
	}
	return true
}

func isFieldName(s string, strict bool) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c == 0x7f || strict && noToken[c] {
			return false
		}
	}
	return true
}

// noToken marks what no token has, besides control characters.
var noToken = func() (t [256]bool) {
	for c := range t {
		t[c] = c > 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, byte(c)) >= 0
	}
	return t
}()

func isFieldValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// unfold joins the lines of a folded value with single spaces.
func unfold(s string) (string, bool) {
	lines := strings.Split(s, "\r\n")
	for i, line := range lines {
		if i > 0 {
			if line == "" || line[0] != ' ' && line[0] != '\t' {
				return "", false
			}
			line = " " + strings.TrimLeft(line, " \t")
			lines[i] = line
		}
		if !isFieldValue(line) {
			return "", false
		}
	}
	return strings.Join(lines, ""), true
}
