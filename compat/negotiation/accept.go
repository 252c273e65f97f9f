package negotiation

import (
	"strings"

	"understudy/compat"
)

// A preference is an item of a header that says what a client accepts, or a
// media type with its parameters.
type preference struct {
	name    string // lower case
	quality float32
	level   float32
	charset string
}

const (
	cgiType      = "application/x-httpd-cgi"
	mapType      = "application/x-type-map"
	parsedType   = "text/x-server-parsed-html"
	parsedType3  = "text/x-server-parsed-html3"
	defaultLevel = 2 // of HTML, unless somebody says otherwise
)

// accepts is a header as a list of preferences; nil where it is absent, and not
// nil where it is empty.
func accepts(r *compat.Request, field string) []preference {
	line, ok := r.In.Lookup(field)
	if !ok {
		return nil
	}
	list := []preference{}
	for line != "" {
		var p preference
		p, line = entry(line)
		list = append(list, p)
	}
	return list
}

// entry reads the first item of line, and the comma behind it (get_entry).
func entry(line string) (p preference, rest string) {
	p.quality = 1
	p.name, rest = token(line, false)
	p.name = compat.Lower(p.name)
	switch p.name {
	case "text/html", parsedType:
		p.level = defaultLevel
	case parsedType3:
		p.level = 3
	}
	for strings.HasPrefix(rest, ";") {
		var parameter string
		parameter, rest = token(rest[1:], true)
		p.set(parameter)
	}
	return p, strings.TrimPrefix(rest, ",")
}

// set takes a parameter "name = value" in, if it is one that counts.
func (p *preference) set(parameter string) {
	end := strings.IndexFunc(parameter, func(c rune) bool { return c == '=' || isSpace(byte(c)) })
	if end < 0 {
		return
	}
	name := compat.Lower(parameter[:end])
	value := strings.TrimLeft(parameter[end+1:], "= \t\n\v\f\r")
	if quoted, ok := strings.CutPrefix(value, `"`); ok {
		value = cut(quoted, "\"\n\r")
	} else {
		value = cut(value, " \t\n\v\f\r")
	}
	value = compat.Lower(value)
	switch name {
	case "q", "qs":
		p.quality = quality(value)
	case "level":
		p.level = float32(compat.Atoi(value))
	case "charset":
		p.charset = value
	}
}

// cut is s up to the first of some bytes.
func cut(s, ends string) string {
	if i := strings.IndexAny(s, ends); i >= 0 {
		return s[:i]
	}
	return s
}

// quality reads a quality value with at most three digits; what is none counts
// as 1 (atoq).
func quality(s string) float32 {
	if s == "" {
		return 1
	}
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	if !strings.HasPrefix(s, ".") {
		if !strings.HasPrefix(s, "0") {
			return 1
		}
		s = s[1:]
	}
	if !strings.HasPrefix(s, ".") {
		return 0
	}
	n := 0
	for i, scale := 1, 100; i < len(s) && scale > 0 && s[i] >= '0' && s[i] <= '9'; i, scale = i+1, scale/10 {
		n += int(s[i]-'0') * scale
	}
	return float32(n) / 1000
}

// token reads up to a semicolon, a comma or, unless spaces belong to it, a
// space; quoted parts hide these (ap_get_token).
func token(line string, spaces bool) (word, rest string) {
	line = trimSpace(line)
	i := 0
	for i < len(line) && line[i] != ';' && line[i] != ',' && (spaces || !isSpace(line[i])) {
		quoted := line[i] == '"'
		i++
		if !quoted {
			continue
		}
		if end := strings.IndexByte(line[i:], '"'); end >= 0 {
			i += end + 1
		} else {
			i = len(line)
		}
	}
	return line[:i], trimSpace(line[i:])
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func trimSpace(s string) string { return strings.TrimLeft(s, " \t\n\v\f\r") }
