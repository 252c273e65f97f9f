package compat

import "strings"

// A Field is one line of a header.
type Field struct{ Name, Value string }

// A Header is an ordered list of fields whose names compare without regard to
// case.
type Header struct {
	fields   []Field
	recorder Recorder // of who asks for which; nil: nobody wants to know
}

// Reset empties h and keeps its memory.
func (h *Header) Reset() { h.fields, h.recorder = h.fields[:0], nil }

// Fields are the fields in order; the caller must not keep or change them.
func (h *Header) Fields() []Field {
	h.changes()
	return h.fields
}

// changes is for who asks for more than single fields, or changes some.
func (h *Header) changes() {
	if h.recorder != nil {
		h.recorder.Once()
	}
}

// Len is the number of fields.
func (h *Header) Len() int { return len(h.fields) }

func (h *Header) index(name string) int {
	if h.recorder != nil {
		h.recorder.Field(name)
	}
	for i := range h.fields {
		if len(h.fields[i].Name) == len(name) && strings.EqualFold(h.fields[i].Name, name) {
			return i
		}
	}
	return -1
}

// Get is the value of the first field called name, or "".
func (h *Header) Get(name string) string {
	if i := h.index(name); i >= 0 {
		return h.fields[i].Value
	}
	return ""
}

// Lookup is the value of the first field called name, and whether there is one.
func (h *Header) Lookup(name string) (string, bool) {
	if i := h.index(name); i >= 0 {
		return h.fields[i].Value, true
	}
	return "", false
}

// Has reports whether there is a field called name.
func (h *Header) Has(name string) bool { return h.index(name) >= 0 }

// Values are the values of all fields called name.
func (h *Header) Values(name string) []string {
	var vs []string
	if h.recorder != nil {
		h.recorder.Field(name)
	}
	for _, f := range h.fields {
		if strings.EqualFold(f.Name, name) {
			vs = append(vs, f.Value)
		}
	}
	return vs
}

// Joined is the values of all fields called name, with commas between them.
func (h *Header) Joined(name string) string {
	i := h.index(name)
	if i < 0 {
		return ""
	}
	joined := h.fields[i].Value
	for _, f := range h.fields[i+1:] {
		if strings.EqualFold(f.Name, name) {
			joined += "," + f.Value
		}
	}
	return joined
}

// Set makes value the only one of name, at the place of the first
// (apr_table_set).
func (h *Header) Set(name, value string) {
	h.changes()
	i := h.index(name)
	if i < 0 {
		h.Add(name, value)
		return
	}
	h.fields[i].Value = value
	rest := h.fields[i+1:]
	kept := h.fields[:i+1]
	for _, f := range rest {
		if !strings.EqualFold(f.Name, name) {
			kept = append(kept, f)
		}
	}
	h.fields = kept
}

// Add appends a field (apr_table_add).
func (h *Header) Add(name, value string) {
	h.changes()
	h.fields = append(h.fields, Field{name, value})
}

// Merge appends value to the first field called name after ", ", or adds the
// field (apr_table_merge).
func (h *Header) Merge(name, value string) {
	h.changes()
	if i := h.index(name); i >= 0 {
		h.fields[i].Value += ", " + value
		return
	}
	h.Add(name, value)
}

// Del removes all fields called name.
func (h *Header) Del(name string) {
	if h.index(name) < 0 {
		return
	}
	h.changes()
	kept := h.fields[:0]
	for _, f := range h.fields {
		if !strings.EqualFold(f.Name, name) {
			kept = append(kept, f)
		}
	}
	h.fields = kept
}

// Remove removes field i.
func (h *Header) Remove(i int) {
	h.changes()
	h.fields = append(h.fields[:i], h.fields[i+1:]...)
}

// CopyFrom makes h a copy of o.
func (h *Header) CopyFrom(o *Header) {
	h.fields, h.recorder = append(h.fields[:0], o.fields...), o.recorder
}

// Vars is a small ordered table with names that compare exactly: the
// environment of a request, or its notes.
type Vars struct{ list []Field }

// Reset empties v and keeps its memory.
func (v *Vars) Reset() { v.list = v.list[:0] }

// All are the entries in order; the caller must not keep or change them.
func (v *Vars) All() []Field { return v.list }

// Len is the number of entries.
func (v *Vars) Len() int { return len(v.list) }

// Lookup is the value of name, and whether it is set.
func (v *Vars) Lookup(name string) (string, bool) {
	for i := range v.list {
		if v.list[i].Name == name {
			return v.list[i].Value, true
		}
	}
	return "", false
}

// Get is the value of name, or "".
func (v *Vars) Get(name string) string {
	s, _ := v.Lookup(name)
	return s
}

// Has reports whether name is set.
func (v *Vars) Has(name string) bool {
	_, ok := v.Lookup(name)
	return ok
}

// Set gives name a value.
func (v *Vars) Set(name, value string) {
	for i := range v.list {
		if v.list[i].Name == name {
			v.list[i].Value = value
			return
		}
	}
	v.list = append(v.list, Field{name, value})
}

// Unset removes name.
func (v *Vars) Unset(name string) {
	for i := range v.list {
		if v.list[i].Name == name {
			v.list = append(v.list[:i], v.list[i+1:]...)
			return
		}
	}
}
