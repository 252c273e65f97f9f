package proxyhtml

import (
	"errors"
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/apacheconf/expr"
	"understudy/apacheconf/pattern"
	"understudy/compat"
)

// A urlMap is one ProxyHTMLURLMap.
type urlMap struct {
	from, to             string
	re                   *pattern.Pattern // nil: from is text, or to be interpolated first
	regexp               bool
	options              pattern.Flags
	inLinks, inEvents    bool
	inText               bool
	atStart, atEnd       bool
	last, notLast        bool
	varsInFrom, varsInTo bool
	cond                 *expr.Expr
}

// addMap reads "from to [flags] [cond]" (set_urlmap, comp_urlmap). The flags h,
// e and c take the map from links, events and scripts.
func addMap(c *compat.Cmd, conf *config) error {
	from, rest := apacheconf.Word(c.Raw)
	to, rest := apacheconf.Word(rest)
	flags, rest := apacheconf.Word(rest)
	has := func(flag string) bool { return strings.Contains(flags, flag) }
	m := urlMap{from: from, to: to, regexp: has("R"), inLinks: !has("h"), inEvents: !has("e"), inText: !has("c"),
		atStart: has("^"), atEnd: has("$"), last: has("L"), notLast: has("l"), varsInFrom: has("v"), varsInTo: has("V")}
	if has("i") {
		m.options |= pattern.IgnoreCase
	}
	if has("x") {
		m.options |= pattern.Extended
	}
	if has("s") {
		m.options |= pattern.MultiLine
	}
	if m.regexp && !m.varsInFrom {
		re, err := pattern.Compile(from, m.options)
		if err != nil {
			return compat.Errorf("ProxyHTMLURLMap: cannot compile %s: %v", from, err)
		}
		m.re = re
	}
	if cond, _ := apacheconf.Word(rest); flags != "" && cond != "" {
		e, err := c.Condition(modern(cond))
		if err != nil {
			return err
		}
		m.cond = e
	}
	conf.maps = append(conf.maps, m)
	return nil
}

var oldCondition = pattern.MustCompile(`^(!)?(\w+)((=)(.+))?$`, 0)

// modern is the expression for a condition as they were before expressions:
// "var", "!var", "var=value", "!var=value".
func modern(cond string) string {
	loc, err := oldCondition.Find(cond)
	if err != nil || loc == nil {
		return cond
	}
	group := func(n int) string { return pattern.Group(cond, loc, n) }
	switch {
	case group(4) != "":
	case group(1) == "":
		return "-n reqenv('" + group(2) + "')"
	default:
		return "-z reqenv('" + group(2) + "')"
	}
	return "reqenv('" + group(2) + "')" + group(1) + "='" + group(5) + "'"
}

// mapsFor are the maps that are for r, with its variables (fixup_rules).
func (c *config) mapsFor(r *compat.Request) []urlMap {
	if !c.interpolate {
		return slices.DeleteFunc(slices.Clone(c.maps), func(m urlMap) bool { return m.regexp && m.re == nil })
	}
	var maps []urlMap
	for _, m := range c.maps {
		if m.cond != nil && !m.cond.Eval(compat.ExprContext(r)) {
			continue
		}
		if m.varsInFrom {
			if m.from = interpolate(r, m.from); m.from == "" {
				continue
			}
			if m.regexp {
				re, err := pattern.Compile(m.from, m.options)
				if err != nil {
					r.Logf(short, compat.LevelError, nil, "ProxyHTMLURLMap: cannot compile %s: %v", m.from, err)
					continue
				}
				m.re = re
			}
		}
		if m.varsInTo {
			m.to = interpolate(r, m.to)
		}
		maps = append(maps, m)
	}
	return maps
}

// interpolate puts variables in the place of ${name} and ${name|default}
// (interpolate_vars). What they hold is not looked at again.
func interpolate(r *compat.Request, s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "${")
		name, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			b.WriteString(s)
			return b.String()
		}
		name, usual, _ := strings.Cut(name, "|")
		value, has := r.Env.Lookup(name)
		if !has {
			value = usual
		}
		b.WriteString(before)
		b.WriteString(value)
		s = after
	}
}

// errLong is for what maps make too long.
var errLong = errors.New("text became too long")

// mapLink maps the URL of a link: once, unless a map that fits says more.
func mapLink(maps []urlMap, text string) (string, error) {
	matched := false
	for i := range maps {
		m := &maps[i]
		if !m.inLinks {
			continue
		}
		if m.regexp {
			loc, err := m.re.Find(text)
			if err == nil && loc != nil {
				matched = true
				text = text[:loc[0]] + pattern.Expand(m.to, text, loc) + text[loc[1]:]
			}
		} else if len(text) >= len(m.from) && strings.EqualFold(text[:len(m.from)], m.from) {
			return bounded(m.to + text[len(m.from):])
		}
		if matched && !m.notLast {
			break
		}
	}
	return bounded(text)
}

func bounded(text string) (string, error) {
	if len(text) > maxPiece {
		return "", errLong
	}
	return text, nil
}

// mapEvent maps all URLs in a scripting event.
func mapEvent(maps []urlMap, text string) (string, error) {
	for i := range maps {
		m := &maps[i]
		if !m.inEvents {
			continue
		}
		made, n, err := m.replaceAll(text)
		if err != nil {
			return "", err
		}
		if text = made; n > 0 && m.last {
			break
		}
	}
	return text, nil
}

// mapText maps all URLs in a script, a style or a comment (dump_content).
func mapText(maps []urlMap, text string) (string, error) {
	for i := range maps {
		if !maps[i].inText {
			continue
		}
		made, _, err := maps[i].replaceAll(text)
		if err != nil {
			return "", err
		}
		text = made
	}
	return text, nil
}

// replaceAll replaces what m is from, n times.
func (m *urlMap) replaceAll(text string) (made string, n int, err error) {
	if !m.regexp {
		return m.replaceText(text)
	}
	var b strings.Builder
	for {
		loc, err := m.re.Find(text)
		if err != nil || loc == nil || loc[1] == 0 && loc[0] == 0 && text == "" {
			break
		}
		n++
		b.WriteString(text[:loc[0]])
		b.WriteString(pattern.Expand(m.to, text, loc))
		end := loc[1]
		if loc[0] == loc[1] { // Of nothing; go on behind the next byte.
			if end == len(text) {
				text = ""
				break
			}
			b.WriteByte(text[end])
			end++
		}
		if text = text[end:]; b.Len() > maxPiece {
			return "", n, errLong
		}
	}
	b.WriteString(text)
	made, err = bounded(b.String())
	return made, n, err
}

func (m *urlMap) replaceText(text string) (made string, n int, err error) {
	switch {
	case m.from == "":
		return text, 0, nil
	case m.atStart && !strings.HasPrefix(text, m.from), m.atEnd && !strings.HasSuffix(text, m.from):
		return text, 0, nil
	case m.atStart && m.atEnd && len(text) != len(m.from):
		return text, 0, nil
	case m.atStart:
		made, n = m.to+text[len(m.from):], 1
	case m.atEnd:
		made, n = strings.TrimSuffix(text, m.from)+m.to, 1
	default:
		if n = strings.Count(text, m.from); len(text)+n*max(len(m.to)-len(m.from), 0) > maxPiece {
			return "", n, errLong
		}
		made = strings.ReplaceAll(text, m.from, m.to)
	}
	made, err = bounded(made)
	return made, n, err
}
