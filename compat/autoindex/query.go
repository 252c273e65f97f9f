package autoindex

import (
	"strings"

	"understudy/compat"
)

// An arrangement is how a listing is sorted and shown.
type arrangement struct {
	options   optionSet
	key       byte   // 'N', 'M', 'S' or 'D'
	direction byte   // 'A' or 'D'
	pattern   string // of names; "": all
	carried   string // what the links of the columns take over from the query
}

// arrange decides what IndexOptions and the query ask for. What follows the
// first thing in the query that is not understood is ignored.
func arrange(conf *config, query string) arrangement {
	a := arrangement{options: conf.options, key: 'N', direction: 'A'}
	if conf.key != 0 {
		a.key, a.direction = conf.key, conf.direction
	}
	if a.options&ignoreClient != 0 {
		a.options |= suppressSorting
		return a
	}
	var format, version, wanted string
	for query != "" {
		if rest, ok := strings.CutPrefix(query, "P="); ok {
			var text string
			text, query = until(rest)
			a.setPattern(text, &wanted)
			continue
		}
		name, value, rest, ok := argument(query)
		switch {
		case !ok:
			rest = ""
		case name == 'C' && strings.IndexByte("NMSD", value) >= 0:
			a.key = value
		case name == 'O' && (value == 'A' || value == 'D'):
			a.direction = value
		case name == 'F' && value >= '0' && value <= '2':
			a.setFormat(value)
			format = ";F=" + string(value)
		case name == 'V' && (value == '0' || value == '1'):
			if a.options &^= versionSort; value == '1' {
				a.options |= versionSort
			}
			version = ";V=" + string(value)
		default:
			rest = ""
		}
		query = rest
	}
	a.carried = format + version + wanted
	return a
}

// argument splits off "X=y" and the separator behind it.
func argument(query string) (name, value byte, rest string, ok bool) {
	if len(query) < 3 || query[1] != '=' {
		return 0, 0, "", false
	}
	if len(query) == 3 {
		return query[0], query[2], "", true
	}
	return query[0], query[2], query[4:], query[3] == '&' || query[3] == ';'
}

// until splits off what comes before the next separator.
func until(query string) (text, rest string) {
	if i := strings.IndexAny(query, "&;"); i >= 0 {
		return query[:i], query[i+1:]
	}
	return query, ""
}

func (a *arrangement) setFormat(value byte) {
	switch value {
	case '0':
		a.options &^= fancy | table
	case '1':
		a.options = a.options&^table | fancy
	case '2':
		a.options |= fancy | table
	}
}

// setPattern takes a pattern that can be decoded.
func (a *arrangement) setPattern(text string, carried *string) {
	name, ok := unescape(text)
	if a.pattern = name; ok && name != "" {
		*carried = ";P=" + compat.EscapePath(name)
	}
}

// unescape resolves %xx; ok is false, and the text empty, where that is wrong
// or leads to a slash or a NUL (ap_unescape_url).
func unescape(s string) (text string, ok bool) {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+2 >= len(s) {
				return "", false
			}
			var ok bool
			if c, ok = compat.Unhex(s[i+1], s[i+2]); !ok || c == '/' || c == 0 {
				return "", false
			}
			i += 2
		}
		b = append(b, c)
	}
	return string(b), true
}
