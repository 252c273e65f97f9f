package headers

import (
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// early does what is marked so, before anything else is known of the request.
func early(r *compat.Request, c *config) compat.Status {
	if apply(r, &r.In, c.in, true) && apply(r, &r.ErrOut, c.always, true) && apply(r, &r.Out, c.onSuccess, true) {
		return compat.Declined
	}
	r.Logf("headers", compat.LevelCrit, nil, "AH01504: Regular expression replacement failed (replacement too long?)")
	return 500
}

func fixup(r *compat.Request, c *config) compat.Status {
	apply(r, &r.In, c.in, false)
	return compat.Declined
}

// respond edits the response: first what is for every one (always).
func respond(r *compat.Request, c *config) compat.Status {
	apply(r, &r.ErrOut, c.always, false)
	apply(r, &r.Out, c.onSuccess, false)
	return compat.Declined
}

// respondError edits one that the server made itself.
func respondError(r *compat.Request, c *config) compat.Status {
	apply(r, &r.ErrOut, c.always, false)
	return compat.Declined
}

// apply makes the edits that are for now (do_headers_fixup). It reports whether
// all replacements could be made.
func apply(r *compat.Request, h *compat.Header, edits []edit, early bool) bool {
	for i := range edits {
		if e := &edits[i]; e.early == early && e.wanted(r) && !e.apply(r, h) {
			return false
		}
	}
	return true
}

func (e *edit) wanted(r *compat.Request) bool {
	switch {
	case e.onlyIf != nil:
		return e.onlyIf.Eval(compat.ExprContext(r))
	case e.env == "":
		return true
	}
	if name, not := strings.CutPrefix(e.env, "!"); not {
		return !r.Env.Has(name)
	}
	return r.Env.Has(e.env)
}

func (e *edit) apply(r *compat.Request, h *compat.Header) bool {
	if h != &r.In && strings.EqualFold(e.name, "Content-Type") && r.Out.Has("Content-Type") {
		return e.contentType(r)
	}
	switch e.action {
	case "add":
		h.Add(e.name, e.value.of(r))
	case "append":
		h.Merge(e.name, e.value.of(r))
	case "merge":
		if v := e.value.of(r); !hasElement(h.Get(e.name), v) {
			h.Merge(e.name, v)
		}
	case "set":
		h.Set(e.name, e.value.of(r))
	case "setifempty":
		if !h.Has(e.name) {
			h.Set(e.name, e.value.of(r))
		}
	case "unset":
		h.Del(e.name)
	case "echo":
		for _, f := range r.In.Fields() {
			if e.match.Match(f.Name) {
				h.Add(f.Name, f.Value)
			}
		}
	case "note":
		if v, ok := h.Lookup(e.name); ok {
			r.Notes.Set(e.value.of(r), v)
		} else {
			r.Notes.Unset(e.value.of(r))
		}
	default:
		return e.edit(r, h)
	}
	return true
}

// contentType edits the type of the content, which Apache keeps apart from the
// header until the end: of the actions only these reach it.
func (e *edit) contentType(r *compat.Request) bool {
	switch e.action {
	case "set":
		r.Out.Set("Content-Type", e.value.of(r))
	case "edit", "edit*":
		return e.edit(r, &r.Out)
	}
	return true
}

// maxEdited bounds a value that replacements make longer.
const maxEdited = 1 << 20

// edit replaces in every field of the name, which then stand behind all others
// (edit_header).
func (e *edit) edit(r *compat.Request, h *compat.Header) bool {
	if !h.Has(e.name) {
		return true
	}
	values := h.Values(e.name)
	for i, v := range values {
		var ok bool
		if values[i], ok = e.replace(r, v); !ok {
			return false
		}
	}
	h.Del(e.name)
	for _, v := range values {
		h.Add(e.name, v)
	}
	return true
}

// replace replaces the first match in v, or with edit* each (process_regexp).
func (e *edit) replace(r *compat.Request, v string) (string, bool) {
	var b strings.Builder
	for {
		loc, err := e.match.Find(v)
		if err != nil {
			return "", false
		}
		if loc == nil {
			break
		}
		b.WriteString(v[:loc[0]])
		b.WriteString(pattern.Expand(e.value.of(r), v, loc))
		if b.Len() > maxEdited {
			return "", false
		}
		v = v[loc[1]:]
		if !e.repeats || loc[1] == loc[0] {
			break
		}
	}
	b.WriteString(v)
	return b.String(), true
}

// hasElement reports whether a list has want among its elements.
func hasElement(list, want string) bool {
	for list != "" {
		list = strings.TrimLeft(list, " \t\n\v\f\r")
		end, quoted := 0, false
		for end < len(list) && (quoted || list[end] != ',') {
			if list[end] == '"' {
				quoted = !quoted
			}
			end++
		}
		if list[:end] == want {
			return true
		}
		list = list[min(end+1, len(list)):]
	}
	return false
}
