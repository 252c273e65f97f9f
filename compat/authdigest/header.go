package authdigest

import (
	"strconv"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/auth"
)

// A claim is an Authorization field, taken apart (digest_header_rec).
type claim struct {
	scheme                            string
	user, realm, nonce, uri, response string
	algorithm, cnonce, opaque         *string
	qop, count                        *string
	standing                          standing
	client                            uint32 // opaque as a number; 0: it is none
	nonceTime                         int64  // microseconds, once the nonce was found good
	ha1                               string // hash of user, realm and password
	asked                             bool   // somebody asked for authentication
}

// A standing is what is known of a claim by its form.
type standing uint8

const (
	noField standing = iota
	otherScheme
	invalid
	valid
)

// Merge is for the sake of the slot: nothing is merged.
func (claim) Merge(over claim) claim { return over }

var states = compat.NewSlot[claim]()

// stateOf is the claim of the request that the client sent, of which r came.
// Sub-requests and redirects go by it too.
func stateOf(r *compat.Request) *claim {
	first := compat.First(r)
	if c := states.Kept(first); c != nil {
		return c
	}
	c := states.Keep(first)
	if line, ok := auth.Credentials(first); ok {
		c.parse(line)
	}
	return c
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// parse takes a field apart (get_digest_rec).
func (c *claim) parse(line string) {
	end := strings.IndexFunc(line, func(r rune) bool { return r < 128 && isSpace(byte(r)) })
	if end < 0 {
		end = len(line)
	}
	c.scheme = line[:end]
	if !strings.EqualFold(c.scheme, "Digest") {
		c.standing = otherScheme
		return
	}
	said := map[string]string{}
	for rest := line[end:]; rest != ""; {
		var key, value string
		key, value, rest = parameter(rest)
		said[compat.Lower(key)] = value
	}
	c.fill(said)
}

// parameter takes the first parameter of a list off it.
func parameter(s string) (key, value, rest string) {
	s = trimLeft(s)
	i := 0
	for i < len(s) && s[i] != '=' && s[i] != ',' && !isSpace(s[i]) {
		i++
	}
	key, s = s[:i], trimLeft(s[i:])
	if strings.HasPrefix(s, "=") {
		value, s = word(trimLeft(s[1:]))
	}
	if _, after, more := strings.Cut(s, ","); more {
		return key, value, after
	}
	return key, value, ""
}

func trimLeft(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	return s
}

// word takes a token or a quoted string off s.
func word(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		i := 0
		for i < len(s) && s[i] != ',' && !isSpace(s[i]) {
			i++
		}
		return s[:i], s[i:]
	}
	var b strings.Builder
	i := 1
	for ; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), s[min(i+1, len(s)):]
}

// fill keeps what was said. A claim is valid where nothing that is needed lacks
// and the nonce has the shape of ours.
func (c *claim) fill(said map[string]string) {
	optional := func(key string) *string {
		if v, ok := said[key]; ok {
			return &v
		}
		return nil
	}
	c.algorithm, c.cnonce, c.opaque = optional("algorithm"), optional("cnonce"), optional("opaque")
	c.qop, c.count = optional("qop"), optional("nc")
	c.standing = valid
	for key, field := range map[string]*string{"username": &c.user, "realm": &c.realm, "nonce": &c.nonce,
		"uri": &c.uri, "response": &c.response} {
		v, ok := said[key]
		if !ok {
			c.standing = invalid
		}
		*field = v
	}
	if c.qop != nil && (c.cnonce == nil || c.count == nil) || !shaped(c.nonce) {
		c.standing = invalid
	}
	if c.standing == valid && c.opaque != nil {
		c.client = clientNumber(*c.opaque)
	}
}

// clientNumber reads an opaque, a hexadecimal number; 0 if it is none.
func clientNumber(s string) uint32 {
	s = trimLeft(s)
	if len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
		s = s[2:]
	}
	n, err := strconv.ParseUint(s, 16, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}
