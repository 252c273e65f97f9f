package session

import (
	"strconv"
	"strings"

	"understudy/compat"
)

// A Cookie is the name and the attributes of a cookie, as a directive says them.
type Cookie struct{ Name, Attributes string }

// ParseCookie reads a name and what follows; wrong are bytes that a name must
// not have.
func ParseCookie(c *compat.Cmd, wrong, message string) (*Cookie, error) {
	line := strings.TrimLeft(c.Raw, " \t")
	name, rest := line, ""
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		name, rest = line[:i], strings.TrimLeft(line[i:], " \t")
	}
	if name == "" || strings.ContainsAny(name, wrong) {
		return nil, compat.Errorf("%s cannot be empty, or contain %s.", c.Name, message)
	}
	return &Cookie{name, rest}, nil
}

// Write adds a field that sets c to value, to h (ap_cookie_write).
func (c *Cookie) Write(field, value string, maxAge int64, to ...*compat.Header) {
	attributes := c.Attributes
	if attributes == "" {
		attributes = "HttpOnly;Secure;Version=1"
	}
	line := c.Name + "=" + value + ";"
	if maxAge != 0 {
		line += "Max-Age=" + strconv.FormatInt(maxAge, 10) + ";"
	}
	for _, h := range to {
		h.Add(field, line+attributes)
	}
}

// Remove adds a field that ends c (ap_cookie_remove).
func (c *Cookie) Remove(field string, to ...*compat.Header) {
	for _, h := range to {
		h.Add(field, c.Name+"=;Max-Age=0;"+c.Attributes)
	}
}

// ReadCookie is the value of the cookie called name, and whether it is there
// once, or several times alike. With remove nobody else sees it (ap_cookie_read).
func ReadCookie(r *compat.Request, name string, remove bool) (value string, ok bool) {
	twice := false
	var left []compat.Field
	for _, f := range r.In.Fields() {
		if !isCookie(f.Name) {
			continue
		}
		rest, others := f.Value, false
		f.Value, others = extract(rest, name, func(v string) {
			twice = twice || ok && v != value
			value, ok = v, true
		})
		if others {
			left = append(left, f)
		}
	}
	if twice {
		r.Logf("core", compat.LevelError, nil, "AH00011: ap_cookie: client submitted cookie '%s' more than once: %s", name, r.Path)
		return "", false
	}
	if remove {
		r.In.Del("Cookie")
		r.In.Del("Cookie2")
		for _, f := range left {
			r.In.Add(f.Name, f.Value)
		}
	}
	return value, ok
}

func isCookie(name string) bool {
	return strings.EqualFold(name, "Cookie") || strings.EqualFold(name, "Cookie2")
}

// extract finds the cookie called name in a field, with the attributes behind it
// that begin with "$"; the rest is without. others tells that there are others
// (extract_cookie_line).
func extract(line, name string, found func(string)) (rest string, others bool) {
	var b strings.Builder
	eat, separator := false, ""
	for _, group := range strings.FieldsFunc(line, func(c rune) bool { return c == ',' }) {
		for _, part := range strings.FieldsFunc(group, func(c rune) bool { return c == ';' }) {
			text := strings.TrimLeft(part, " \t\n\v\f\r")
			if v, is := strings.CutPrefix(text, name+"="); is {
				found(v)
				eat = true
			} else {
				if !strings.HasPrefix(text, "$") {
					others, eat = true, false
				}
				if !eat {
					b.WriteString(separator + part)
				}
			}
			separator = ";"
		}
		separator = ","
	}
	return b.String(), others
}
