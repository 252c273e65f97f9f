package setenvif

import (
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// An attribute is where a condition looks.
type attribute uint8

const (
	headerField attribute = iota // or a variable that is set already
	remoteAddr
	remoteHost
	requestURI
	requestMethod
	requestProtocol
	serverAddr
)

func attributeOf(name string) attribute {
	switch strings.ToLower(name) {
	case "remote_addr":
		return remoteAddr
	case "remote_host":
		return remoteHost
	case "request_uri":
		return requestURI
	case "request_method":
		return requestMethod
	case "request_protocol":
		return requestProtocol
	case "server_addr":
		return serverAddr
	}
	return headerField
}

// A matcher is a regular expression, or the plain text it comes to.
type matcher struct {
	text string
	fold bool
	re   *pattern.Pattern // nil: text is what to look for
}

// newMatcher spares plain text the regular expression (non_regex_pattern).
func newMatcher(regex string, flags pattern.Flags) (matcher, error) {
	if text, ok := plain(regex); ok {
		m := matcher{text: text, fold: flags&pattern.IgnoreCase != 0}
		if m.fold {
			m.text = strings.ToLower(m.text)
		}
		return m, nil
	}
	re, err := pattern.Compile(regex, flags|pattern.DotAll)
	return matcher{re: re}, err
}

// plain is regex without its escapes, if nothing in it has a special sense.
func plain(regex string) (string, bool) {
	const special = `^.$|()[]*+?{}`
	var b []byte
	for i := 0; i < len(regex); i++ {
		c := regex[i]
		switch {
		case strings.IndexByte(special, c) >= 0:
			return "", false
		case c == '\\':
			if i++; i == len(regex) || regex[i] != '\\' && strings.IndexByte(special, regex[i]) < 0 {
				return "", false
			}
			c = regex[i]
		}
		b = append(b, c)
	}
	return string(b), true
}

// find reports whether value matches, and with a regular expression where.
func (m *matcher) find(value string) (loc []int, ok bool) {
	switch {
	case m.re != nil:
		loc, err := m.re.Find(value)
		return loc, err == nil && loc != nil
	case m.fold:
		return nil, containsFold(value, m.text)
	}
	return nil, strings.Contains(value, m.text)
}

// containsFold reports whether s has the lower case text in it, in any case.
func containsFold(s, text string) bool {
	for i := 0; i+len(text) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(text)], text) {
			return true
		}
	}
	return false
}

// try sets what the conditions that hold say, in order (match_headers).
func try(r *compat.Request, c *config) compat.Status {
	for i := range c.conditions {
		cond := &c.conditions[i]
		if cond.expr != nil {
			cond.tryExpr(r)
			continue
		}
		value := cond.value(r)
		if loc, ok := cond.match.find(value); ok {
			cond.apply(r, value, loc)
		}
	}
	return compat.Declined
}

func (c *condition) tryExpr(r *compat.Request) {
	context := compat.ExprContext(r)
	if !c.expr.Eval(context) {
		return
	}
	if found := context.Captures(); found != nil {
		c.apply(r, found.Subject, found.Loc)
		return
	}
	c.apply(r, "", nil)
}

// value is what c compares: of a field that is not there, and of several whose
// names match the last, as in Apache.
func (c *condition) value(r *compat.Request) string {
	switch c.on {
	case remoteAddr:
		return compat.ClientAddr(r)
	case remoteHost:
		return compat.RemoteHost(r)
	case requestURI:
		return r.Path
	case requestMethod:
		return r.Method
	case requestProtocol:
		return r.Protocol
	case serverAddr:
		return r.Conn.Local.Addr().Unmap().String()
	}
	if c.names != nil {
		value := ""
		for _, f := range r.In.Fields() {
			if c.names.Match(f.Name) {
				value = f.Value
			}
		}
		return value
	}
	if value, ok := r.In.Lookup(c.name); ok {
		return value
	}
	return r.Env.Get(c.name)
}

// apply does what follows; loc is where the pattern matched in value, nil if
// there was none to match.
func (c *condition) apply(r *compat.Request, value string, loc []int) {
	for i := range c.effects {
		e := &c.effects[i]
		switch {
		case e.unset:
			r.Env.Unset(e.name)
		case e.expands && loc != nil:
			r.Env.Set(e.name, pattern.Expand(e.value, value, loc))
		default:
			r.Env.Set(e.name, e.value)
		}
	}
}
