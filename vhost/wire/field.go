package wire

import (
	"strings"

	"understudy/compat"
)

// fields takes in the lines of a header or trailer (ap_get_mime_headers_core).
type fields struct {
	limits *limits
	to     *compat.Header
	notes  *compat.Vars
	n      int
	size   int  // of the last line, with its continuations
	copied bool // the lines do not stay where they are
}

func tooLongField(notes *compat.Vars) int {
	notes.Set("error-notes", "Size of a request header field exceeds server limit.")
	return 400
}

func tooManyFields(notes *compat.Vars) int {
	notes.Set("error-notes", "The number of request header fields exceeds this server's limit.")
	return 400
}

// add takes in a line without its end; an empty one is the end of all.
func (f *fields) add(line []byte) int {
	s := text(line)
	if s == "" {
		return 0
	}
	if f.copied {
		s = strings.Clone(s)
	}
	if s[0] == ' ' || s[0] == '\t' {
		return f.fold(s)
	}
	if f.n++; f.limits.fields > 0 && f.n > f.limits.fields {
		return tooManyFields(f.notes)
	}
	s = strings.TrimRight(s, " \t")
	f.size = len(s)
	name, value, ok := strings.Cut(s, ":")
	if !ok || !f.validName(name) {
		return 400
	}
	value = strings.TrimLeft(value, " \t")
	if !f.validValue(value) {
		return 400
	}
	f.to.Add(name, value)
	return 0
}

// fold joins a continuation to the last field with one space.
func (f *fields) fold(line string) int {
	line = strings.Trim(line, " \t")
	if f.n == 0 || line == "" || !f.validValue(line) {
		return 400
	}
	// Apache counts the space and the end of its string too.
	if f.size += 1 + len(line); f.size+1 >= f.limits.fieldSize {
		return tooLongField(f.notes)
	}
	all := f.to.Fields()
	last := &all[len(all)-1]
	if last.Value == "" {
		last.Value = line
		return 0
	}
	last.Value += " " + line
	return 0
}

func (f *fields) validName(name string) bool {
	if f.limits.strict {
		return isToken(name)
	}
	return name != "" && !strings.ContainsAny(name, whitespace)
}

func (f *fields) validValue(v string) bool {
	if !f.limits.strict {
		return !strings.ContainsAny(v, "\n\v\f\r")
	}
	return v == "" || contentChars.all(v)
}

// end joins what is there more than once with ", " (apr_table_compress), and
// looks at the size of the result.
func (f *fields) end() int {
	merge(f.to)
	for _, field := range f.to.Fields() {
		if len(field.Value) > f.limits.fieldSize {
			return tooLongField(f.notes)
		}
	}
	return 0
}

// merge compares each pair of names where they are few, as they are.
func merge(h *compat.Header) {
	all := h.Fields()
	if len(all) > 32 {
		mergeMany(h)
		return
	}
	for i := 1; i < len(all); i++ {
		for j := range i {
			if len(all[i].Name) == len(all[j].Name) && strings.EqualFold(all[i].Name, all[j].Name) {
				all[j].Value += ", " + all[i].Value
				h.Remove(i)
				all = h.Fields()
				i--
				break
			}
		}
	}
}

// mergeMany takes time in proportion to the number of fields.
func mergeMany(h *compat.Header) {
	values := map[string][]string{}
	for _, f := range h.Fields() {
		key := strings.ToLower(f.Name)
		values[key] = append(values[key], f.Value)
	}
	all := h.Fields()
	kept := 0
	for _, f := range all {
		key := strings.ToLower(f.Name)
		if v := values[key]; v != nil {
			all[kept] = compat.Field{Name: f.Name, Value: strings.Join(v, ", ")}
			kept++
			values[key] = nil
		}
	}
	for h.Len() > kept {
		h.Remove(h.Len() - 1)
	}
}
