package authdigest

import (
	"strconv"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/auth"
)

// challenge asks the client for a proof. stale tells it that what it sent was
// good but for the nonce (note_digest_auth_failure).
func challenge(r *compat.Request, conf *config, c *claim, stale bool) {
	c.asked = true
	opaque, renewed := c.nextOpaque(r, conf)
	var b strings.Builder
	realm := auth.QuotedName(r)
	b.WriteString(`Digest realm="` + realm + `", nonce="` + newNonce(realm, opaque, r.Start) + `", algorithm=MD5`)
	if opaque != "" {
		b.WriteString(`, opaque="` + opaque + `"`)
	}
	if conf.domain != nil && !r.Forward {
		b.WriteString(`, domain="` + strings.Join(conf.domain, " ") + `"`)
	}
	if stale || renewed {
		b.WriteString(", stale=true")
	}
	b.WriteString(`, qop="auth"`)
	r.ErrOut.Merge(auth.ChallengeField(r), b.String())
}

// nextOpaque is what the client is to be known by: what it said where that is in
// the table, else a new one. renewed tells that it said one which is not.
func (c *claim) nextOpaque(r *compat.Request, conf *config) (opaque string, renewed bool) {
	if c.opaque == nil {
		if !conf.remembers() {
			return "", false
		}
		return newClient(r), false
	}
	if clients.has(c.client) {
		r.Logf(short, compat.LevelDebug, nil, "AH01764: client %d found", c.client)
		return *c.opaque, false
	}
	r.Logf(short, compat.LevelDebug, nil, "AH01765: client %d not found", c.client)
	return newClient(r), true
}

func newClient(r *compat.Request) string {
	key := clients.add()
	r.Logf(short, compat.LevelDebug, nil, "AH01768: allocated new client %d", key)
	return strconv.FormatUint(uint64(key), 16)
}

// renewBefore is how long before its end a nonce is replaced.
const renewBefore = 30 * time.Second

// inform proves to the client that the server knows the password too, and gives
// it the next nonce where that is due (add_auth_info).
func inform(r *compat.Request, conf *config) compat.Status {
	c := states.Kept(r)
	if c == nil || !c.asked || c.ha1 == "" {
		return compat.OK
	}
	var b strings.Builder
	b.WriteString(`rspauth="` + c.proof("") + `"`)
	age := time.Duration(r.Start.UnixMicro()-c.nonceTime) * time.Microsecond
	if conf.life() == 0 || conf.life() > 0 && age > conf.life()-renewBefore {
		b.WriteString(`, nextnonce="` + newNonce(auth.QuotedName(r), text(c.opaque), r.Start) + `"`)
	}
	b.WriteString(`, cnonce="` + auth.EscapeQuotes(*c.cnonce) + `", nc=` + *c.count + ", qop=" + *c.qop)
	field := "Authentication-Info"
	if r.Forward {
		field = "Proxy-Authentication-Info"
	}
	r.Out.Merge(field, b.String())
	return compat.OK
}
