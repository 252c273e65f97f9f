package negotiation

import "strings"

// rateType finds how welcome the type is: what says it most exactly counts
// (set_accept_quality).
func (n *negotiation) rateType(v *variant) {
	v.mime = 0
	exact := true
	for i := range n.types {
		p := &n.types[i]
		before := v.stars
		if !v.matches(p) || v.stars == before {
			continue
		}
		v.mime = p.quality
		if !n.literal && !n.saysQuality {
			// Who gives no qualities does not mean wildcards that seriously.
			switch v.stars {
			case 1:
				v.mime = .01
			case 2:
				v.mime = .02
			}
		}
		exact = v.stars == 3
	}
	v.definite = v.definite && exact
}

// matches compares a type with one accepted (mime_match).
func (v *variant) matches(p *preference) bool {
	family, any := strings.CutSuffix(p.name, "/*")
	switch {
	case p.name == "*" || p.name == "*/*":
		v.stars = max(v.stars, 1)
		return true
	case any && family != "" && strings.HasPrefix(v.media, family+"/"):
		v.stars = max(v.stars, 2)
		return true
	case p.name == v.media, p.name == "text/html" && (v.media == parsedType || v.media == parsedType3):
		if p.level >= v.level {
			v.levelMatched, v.stars = v.level, 3
			return true
		}
	}
	return false
}

// rateCharset finds how welcome the charset is; text without one is in that
// of old HTTP (set_charset_quality).
func (n *negotiation) rateCharset(v *variant) {
	charset := v.charset
	if n.charsets == nil {
		v.definite = v.definite && charset == ""
		return
	}
	if charset == "" {
		text := strings.HasPrefix(v.media, "text/")
		if !text || n.literal {
			return
		}
		charset = latin1
	}
	p, star := find(n.charsets, func(name string) bool { return name == charset })
	switch {
	case p != nil:
		v.chars = p.quality
	case star != nil:
		v.chars, v.definite = star.quality, false
	case charset == latin1:
		v.chars = 1
	default:
		v.chars = 0
	}
}

const latin1 = "iso-8859-1"

// rateEncoding finds how welcome the encoding is (set_encoding_quality). An
// "x-" in front means nothing.
func (n *negotiation) rateEncoding(v *variant) {
	encoding, unsaid := v.encoding, float32(0)
	identity := isIdentity(encoding)
	if n.codings == nil {
		if v.coding = 1; !identity {
			v.coding = .5
		}
		return
	}
	if identity {
		encoding, unsaid = "identity", .0001
	}
	encoding = strings.TrimPrefix(encoding, "x-")
	p, star := find(n.codings, func(name string) bool { return strings.TrimPrefix(name, "x-") == encoding })
	switch {
	case p != nil:
		v.coding = p.quality
	case star != nil:
		v.coding = star.quality
	default:
		v.coding = unsaid
	}
}

// find is the first preference that is the one, and the last "*" before it.
func find(list []preference, is func(name string) bool) (p, star *preference) {
	for i := range list {
		if is(list[i].name) {
			return &list[i], star
		}
		if list[i].name == "*" {
			star = &list[i]
		}
	}
	return nil, star
}
