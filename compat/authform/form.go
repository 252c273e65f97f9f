package authform

import (
	"io"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/auth"
)

// A form is what somebody filled in, by field; nil: it is not there.
type form struct {
	values [names]*string
}

// Merge is for the sake of the slot: nothing is merged.
func (form) Merge(over form) form { return over }

// notes are who logged in with a request, for those that come of it, by realm.
type notes struct{ forms map[string]form }

// Merge is for the sake of the slot: nothing is merged.
func (notes) Merge(over notes) notes { return over }

var states = compat.NewSlot[notes]()

// noted is who logged in with the request that r came of (get_notes_auth).
func noted(r *compat.Request) form {
	first := compat.First(r)
	n := states.Kept(first)
	if n == nil {
		return form{}
	}
	f := n.forms[auth.QuotedName(first)]
	if u := f.values[username]; u != nil {
		r.User, r.HasUser = *u, true
	}
	return f
}

// note keeps who logged in (set_notes_auth).
func note(r *compat.Request, f form) {
	first := compat.First(r)
	n := states.Keep(first)
	if n.forms == nil {
		n.forms = map[string]form{}
	}
	f.values[location], f.values[body] = nil, nil
	n.forms[auth.QuotedName(first)] = f
}

// read is what r's body says, or who logged in already (get_form_auth). Only
// the first of fields alike counts.
func (c *config) read(r *compat.Request, wanted ...name) (form, compat.Status) {
	f := noted(r)
	if f.values[username] != nil && f.values[password] != nil {
		return f, compat.OK
	}
	pairs, status := c.parse(r)
	if status != compat.OK {
		return f, status
	}
	for i := len(pairs) - 1; i >= 0; i-- {
		for _, n := range wanted {
			if pairs[i].Name == c.name(n) {
				f.values[n] = &pairs[i].Value
				break
			}
		}
	}
	if u := f.values[username]; u != nil {
		r.User, r.HasUser = *u, true
	}
	for _, missing := range []struct {
		name         name
		number, what string
	}{{username, "AH02982", "username"}, {password, "AH02983", "password"}} {
		if v := f.values[missing.name]; v == nil {
			r.Logf(short, compat.LevelDebug, nil, "%s: form parsed, but %s field '%s' was missing or empty, unauthorized",
				missing.number, missing.what, c.name(missing.name))
			return f, 401
		}
	}
	note(r, f)
	return f, compat.OK
}

func (c *config) name(n name) string {
	if c.fields[n] != "" {
		return c.fields[n]
	}
	return defaults[n]
}

const formType = "application/x-www-form-urlencoded"

// maxName bounds the name of a field.
const maxName = 8192

// parse reads r's body as a form; one of another type has no fields
// (ap_parse_form_data).
func (c *config) parse(r *compat.Request) ([]compat.Field, compat.Status) {
	kind := r.In.Get("Content-Type")
	if len(kind) < len(formType) || !strings.EqualFold(kind[:len(formType)], formType) || r.Body == nil {
		return nil, r.DiscardBody()
	}
	size := int64(defaultSize)
	if c.size != nil {
		size = *c.size
	}
	p := parser{left: size}
	buf := make([]byte, 8192)
	for {
		n, err := r.Body.Read(buf)
		p.write(buf[:n])
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, compat.StatusOf(err)
		}
	}
	if p.tooLarge {
		return nil, 413
	}
	return p.end(), compat.OK
}

// A parser reads a form byte by byte, as it comes.
type parser struct {
	pairs    []compat.Field
	inValue  bool
	text     []byte
	escape   []byte // what was read of %xx
	left     int64  // how much names and values may still have
	tooLarge bool
}

func (p *parser) write(b []byte) {
	for _, c := range b {
		if p.tooLarge {
			return
		}
		p.add(c)
	}
}

func (p *parser) add(c byte) {
	switch {
	case p.escape == nil && c == '&':
		p.end()
		return
	case p.escape == nil && c == '%':
		p.escape = make([]byte, 0, 2)
		return
	case c == '+':
		c = ' '
	}
	if p.escape != nil {
		if p.escape = append(p.escape, c); len(p.escape) < 2 {
			return
		}
		c, p.escape = x2c(p.escape[0])<<4+x2c(p.escape[1]), nil
	}
	if !p.inValue && c == '=' {
		p.pairs = append(p.pairs, compat.Field{Name: until0(p.text)})
		p.inValue, p.text = true, nil
		return
	}
	p.text = append(p.text, c)
	if p.left--; p.left < 0 || !p.inValue && len(p.text) > maxName {
		p.tooLarge = true
	}
}

// x2c is what a digit of %xx counts, by the arithmetic of Apache where it is
// none.
func x2c(c byte) byte {
	if c >= 'A' {
		return c&0xdf - 'A' + 10
	}
	return c - '0'
}

// end ends a pair, and is all there are. A name without a value is none.
func (p *parser) end() []compat.Field {
	if p.inValue {
		p.pairs[len(p.pairs)-1].Value = until0(p.text)
	}
	p.inValue, p.text = false, nil
	return p.pairs
}

// until0 is a text as C has it.
func until0(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	return s
}
