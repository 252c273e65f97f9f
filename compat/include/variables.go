package include

import (
	"strings"
	"time"

	"understudy/apacheconf/expr"
	"understudy/compat"
	"understudy/compat/internal/script"
)

// variables are those of a page and of the pages in it, which share them.
type variables struct {
	r *compat.Request // of the outermost page: they are its environment
	// lazy are those not asked for yet; the environment has them empty.
	lazy map[string]bool
}

// A match is that of the last pattern of a condition.
type match struct {
	captures expr.Captures
	// Of the last pattern of an old expression. Apache does not fill them in for
	// the others, of whose matches there is only $0 then.
	pattern string
	groups  int
}

// newVariables sets what a page has (add_include_vars).
func newVariables(r *compat.Request) *variables {
	compat.AddCommonVars(r)
	compat.AddCGIVars(r)
	v := &variables{r, map[string]bool{}}
	e := &r.Env
	for _, name := range []string{"DATE_LOCAL", "DATE_GMT", "LAST_MODIFIED"} {
		e.Set(name, "")
		v.lazy[name] = true
	}
	e.Set("DOCUMENT_URI", r.Path)
	e.Set("DOCUMENT_ARGS", r.Query)
	if r.PathInfo != "" {
		e.Set("DOCUMENT_PATH_INFO", r.PathInfo)
	}
	e.Set("USER_NAME", "")
	v.lazy["USER_NAME"] = true
	name := r.Path
	if strings.Contains(r.Filename, "/") {
		name = r.Filename[strings.LastIndexByte(r.Filename, '/')+1:]
	}
	e.Set("DOCUMENT_NAME", name)
	return v
}

// addQuery sets the variables of r's query, also over those of the page around.
func (v *variables) addQuery(r *compat.Request) {
	if r.HasQuery {
		v.set("QUERY_STRING", r.Query)
		v.set("QUERY_STRING_UNESCAPED", script.EscapeShell(compat.Unescape(r.Query)))
	}
}

// set gives a variable a value.
func (v *variables) set(name, value string) {
	delete(v.lazy, name)
	v.r.Env.Set(name, value)
}

// get is the value of a variable; those of the clock are made with the format
// of the page that asks first (add_include_vars_lazy).
func (v *variables) get(name, timeFormat string) (string, bool) {
	if v.lazy[name] {
		v.set(name, v.make(name, timeFormat))
	}
	return v.r.Env.Lookup(name)
}

func (v *variables) make(name, timeFormat string) string {
	switch name {
	case "DATE_LOCAL":
		return formatTime(timeFormat, v.r.Start.Local())
	case "DATE_GMT":
		return formatTime(timeFormat, v.r.Start.UTC())
	case "LAST_MODIFIED":
		return formatTime(timeFormat, v.mtime())
	}
	if v.r.Info != nil {
		if owner := compat.Owner(v.r.Info, false); owner != "" {
			return owner
		}
	}
	return "<unknown>"
}

func (v *variables) mtime() time.Time {
	if v.r.Info == nil {
		return time.Unix(0, 0)
	}
	return v.r.Info.ModTime()
}

// formatTime is ap_ht_time: the zone of UTC is called GMT.
func formatTime(format string, t time.Time) string {
	if t.Location() == time.UTC {
		format = strings.ReplaceAll(format, "%Z", "GMT")
	}
	return compat.Strftime(format, t)
}

// share gives the request of the page the variables, before it is asked or
// another is made of it: pages in others use those of the outermost.
func (p *page) share() {
	if p.r == p.vars.r {
		return
	}
	p.r.Env.Reset()
	for _, v := range p.vars.r.Env.All() {
		p.r.Env.Set(v.Name, v.Value)
	}
}

// variable is the value of a variable, or a group of the last match
// (get_include_var).
func (p *page) variable(name string) (string, bool) {
	if len(name) != 1 || name[0] < '0' || name[0] > '9' {
		return p.vars.get(name, p.timeFormat)
	}
	n, m := int(name[0]-'0'), &p.match
	switch {
	case m.captures.Loc == nil:
		p.log(compat.LevelWarn, "AH01329: regex capture $%d refers to no regex in %s", n, p.r.Filename)
		return "", false
	case n > m.groups:
		p.log(compat.LevelWarn, "AH01330: regex capture $%d is out of range (last regex was: '%s') in %s", n,
			or(m.pattern, "(null)"), p.r.Filename)
		return "", false
	case 2*n+1 >= len(m.captures.Loc) || m.captures.Loc[2*n] < 0:
		return "", false
	}
	return m.captures.Group(n), true
}

// expand replaces $name and ${name} (ap_ssi_parse_string); what is not set is
// left as it is with leave, and else is nothing.
func (p *page) expand(s string, leave bool) string {
	if !strings.ContainsAny(s, `\$`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] == '\\' {
			if i+1 < len(s) && s[i+1] == '$' {
				i++
			}
			b.WriteByte(s[i])
			i++
			continue
		}
		if s[i] != '$' {
			b.WriteByte(s[i])
			i++
			continue
		}
		name, length, ok := nameOf(s[i+1:])
		if !ok {
			p.log(compat.LevelError, "AH01331: Missing '}' on variable \"%s\" in %s", s[i+2:], p.r.Filename)
			break
		}
		if name == "" {
			b.WriteByte('$')
			i++
			continue
		}
		value, set := p.variable(name)
		if !set && leave {
			value = s[i : i+1+length]
		}
		b.WriteString(value)
		i += 1 + length
	}
	return b.String()
}

// nameOf is the name of a variable after its $, and how long it is written; ok
// is false for a bracket that does not close.
func nameOf(s string) (name string, length int, ok bool) {
	if strings.HasPrefix(s, "{") {
		end := strings.IndexByte(s, '}')
		if end < 0 {
			return "", 0, false
		}
		return s[1:end], end + 1, true
	}
	n := 0
	for n < len(s) && (s[n] == '_' || s[n] >= '0' && s[n] <= '9' || s[n] >= 'a' && s[n] <= 'z' || s[n] >= 'A' && s[n] <= 'Z') {
		n++
	}
	return s[:n], n, true
}
