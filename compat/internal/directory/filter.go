package directory

import (
	"fmt"
	"strings"
)

// maxFilterDepth bounds how deep a filter may be nested.
const maxFilterDepth = 100

// filter rewrites a search filter as OpenLDAP's library reads them to the form
// of RFC 4515, with every byte of a value that is no plain letter or digit
// escaped: blanks may stand between parentheses, the outermost parentheses may
// be missing, and a backslash may stand before "*", "(", ")" and itself
// (ldap_pvt_put_filter, ldap_pvt_filter_value_unescape).
func filter(text string) (string, bool) {
	p := filterParser{rest: strings.Trim(text, " ")}
	if p.rest == "" {
		return "", false
	}
	if p.rest[0] != '(' {
		p.rest = "(" + p.rest + ")"
	}
	if !p.item(0) || p.rest != "" {
		return "", false
	}
	return p.out.String(), true
}

type filterParser struct {
	rest string
	out  strings.Builder
}

func (p *filterParser) blanks() { p.rest = strings.TrimLeft(p.rest, " ") }

// item reads one filter in parentheses.
func (p *filterParser) item(depth int) bool {
	if depth > maxFilterDepth || p.rest == "" || p.rest[0] != '(' {
		return false
	}
	p.rest = p.rest[1:]
	p.blanks()
	if p.rest == "" {
		return false
	}
	p.out.WriteByte('(')
	switch p.rest[0] {
	case '&', '|', '!':
		if !p.list(depth) {
			return false
		}
	case '(':
		return false
	default:
		if !p.simple() {
			return false
		}
	}
	if p.rest == "" {
		return false
	}
	p.rest = p.rest[1:]
	p.out.WriteByte(')')
	return true
}

// list reads the filters behind a connective, up to the parenthesis.
func (p *filterParser) list(depth int) bool {
	not := p.rest[0] == '!'
	p.out.WriteByte(p.rest[0])
	p.rest = p.rest[1:]
	n := 0
	for p.blanks(); p.rest != "" && p.rest[0] == '('; p.blanks() {
		if n++; not && n > 1 || !p.item(depth+1) {
			return false
		}
	}
	return p.rest != "" && p.rest[0] == ')' && (!not || n == 1)
}

// simple reads "attribute=value" and its like, up to the parenthesis.
func (p *filterParser) simple() bool {
	name, _, found := strings.Cut(p.rest, "=")
	if !found || name == "" || strings.ContainsAny(name, "()\\*\x00") {
		return false
	}
	for i := 0; i < len(name); i++ {
		if name[i] >= 0x80 {
			return false
		}
	}
	p.out.WriteString(name + "=")
	p.rest = p.rest[len(name)+1:]
	return p.value()
}

func (p *filterParser) value() bool {
	i := 0
	for ; i < len(p.rest) && p.rest[i] != ')'; i++ {
		switch c := p.rest[i]; {
		case c == '(':
			return false
		case c == '*' || isPlain(c):
			p.out.WriteByte(c)
		case c != '\\':
			fmt.Fprintf(&p.out, `\%02x`, c)
		case i+1 < len(p.rest) && strings.IndexByte(`()*\`, p.rest[i+1]) >= 0:
			i++
			fmt.Fprintf(&p.out, `\%02x`, p.rest[i])
		case i+2 < len(p.rest) && isHex(p.rest[i+1]) && isHex(p.rest[i+2]):
			p.out.WriteString(p.rest[i : i+3])
			i += 2
		default:
			return false
		}
	}
	p.rest = p.rest[i:]
	return true
}

func isPlain(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }
