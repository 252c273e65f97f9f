package authdigest

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/auth"
)

// authenticate checks the client's proof (authenticate_digest_user).
func authenticate(r *compat.Request, conf *config) compat.Status {
	if !strings.EqualFold(auth.Type(r), "Digest") {
		return compat.Declined
	}
	if auth.Name(r) == "" {
		r.Logf(short, compat.LevelError, nil, "AH01780: need AuthName: %s", r.Path)
		return 500
	}
	c := stateOf(r)
	c.asked = true
	switch c.standing {
	case otherScheme:
		r.Logf(short, compat.LevelError, nil, "AH01781: client used wrong authentication scheme `%s': %s", c.scheme, r.Path)
	case invalid:
		r.Logf(short, compat.LevelError, nil, "AH01782: missing user, realm, nonce, uri, digest, cnonce, or nonce_count "+
			"in authorization header: %s", r.Path)
	}
	if c.standing != valid {
		return refuse(r, conf, c, false)
	}
	r.User, r.HasUser, r.AuthType = c.user, true, "Digest"
	if status := checkURI(r, c); status != compat.OK {
		return status
	}
	if status := c.checkForm(r, conf); status != compat.OK {
		return status
	}
	if status := c.checkPassword(r, conf); status != compat.OK {
		return status
	}
	if !c.checkNonce(r, conf) {
		return refuse(r, conf, c, true)
	}
	return c.checkUse(r, conf)
}

func refuse(r *compat.Request, conf *config, c *claim, stale bool) compat.Status {
	challenge(r, conf, c, stale)
	return 401
}

// checkForm checks what needs no password.
func (c *claim) checkForm(r *compat.Request, conf *config) compat.Status {
	realm := auth.QuotedName(r)
	switch {
	case c.opaque != nil && c.client == 0:
		r.Logf(short, compat.LevelError, nil, "AH01787: received invalid opaque - got `%s'", *c.opaque)
	case c.realm != realm:
		r.Logf(short, compat.LevelError, nil, "AH01788: realm mismatch - got `%s' but expected `%s'", c.realm, realm)
	case c.algorithm != nil && !strings.EqualFold(*c.algorithm, "MD5"):
		r.Logf(short, compat.LevelError, nil, "AH01789: unknown algorithm `%s' received: %s", *c.algorithm, r.Path)
	default:
		return compat.OK
	}
	return refuse(r, conf, c, false)
}

// checkPassword compares the proof with the one that the user's password makes.
func (c *claim) checkPassword(r *compat.Request, conf *config) compat.Status {
	hash, result := conf.hash(r, c.user)
	switch result {
	case compat.AuthnFound:
	case compat.AuthnNotFound:
		r.Logf(short, compat.LevelError, nil, "AH01790: user `%s' in realm `%s' not found: %s", c.user, auth.QuotedName(r), r.Path)
		return refuse(r, conf, c, false)
	case compat.AuthnDenied:
		r.Logf(short, compat.LevelError, nil, "AH01791: user `%s' in realm `%s' denied by provider: %s", c.user, auth.QuotedName(r), r.Path)
		return refuse(r, conf, c, false)
	default:
		return 500
	}
	if c.qop == nil || !strings.EqualFold(*c.qop, "auth") {
		got := "(null)"
		if c.qop != nil {
			got = *c.qop
		}
		r.Logf(short, compat.LevelError, nil, "AH10560: invalid or missing qop value '%s', RFC 2069 is no longer supported: %s", got, r.Path)
		return refuse(r, conf, c, false)
	}
	c.ha1 = hash
	if subtle.ConstantTimeCompare([]byte(c.response), []byte(c.proof(compat.First(r).Method))) != 1 {
		c.ha1 = ""
		r.Logf(short, compat.LevelError, nil, "AH01794: user %s: password mismatch: %s", c.user, r.Path)
		return refuse(r, conf, c, false)
	}
	return compat.OK
}

// proof is the hash that who knows the password can make, of a method or, for
// the answer, of none (new_digest).
func (c *claim) proof(method string) string {
	return sum(c.ha1 + ":" + c.nonce + ":" + *c.count + ":" + *c.cnonce + ":" + *c.qop + ":" + sum(method+":"+c.uri))
}

func sum(s string) string {
	h := md5.Sum([]byte(s))
	return hex.EncodeToString(h[:])
}

// hash asks the providers in order, until one knows the user (get_hash).
func (conf *config) hash(r *compat.Request, user string) (string, compat.AuthnResult) {
	providers := conf.providers
	if providers == nil {
		p, ok := compat.FindAuthn(r.Host.Build, "file")
		if !ok || p.RealmHash == nil {
			r.Logf(short, compat.LevelError, nil, "AH01770: No Authn provider configured")
			return "", compat.AuthnError
		}
		providers = []compat.AuthnProvider{p}
	}
	result := compat.AuthnError
	for _, p := range providers {
		var hash string
		if hash, result = p.RealmHash(r, user, auth.QuotedName(r)); result != compat.AuthnNotFound {
			return hash, result
		}
	}
	return "", result
}

// checkUse checks that a nonce is not used twice, where that counts.
func (c *claim) checkUse(r *compat.Request, conf *config) compat.Status {
	if !conf.remembers() {
		return compat.OK
	}
	count, ok := countOf(*c.count)
	if !ok {
		r.Logf(short, compat.LevelError, nil, "AH01773: invalid nc %s received - not a number", *c.count)
		return refuse(r, conf, c, false)
	}
	switch wrong, before := clients.use(c.client, c.nonceTime, count, conf.life() == 0); wrong {
	case unknown:
		r.Logf(short, compat.LevelInfo, nil, "AH10618: client %d is no longer known - sending new nonce", c.client)
		return refuse(r, conf, c, true)
	case oldNonce:
		r.Logf(short, compat.LevelInfo, nil, "AH01779: user %s: one-time-nonce %s already used - sending new nonce", c.user, c.nonce)
		return refuse(r, conf, c, true)
	case oldCount:
		r.Logf(short, compat.LevelError, nil, "AH01774: Warning, possible replay attack: nonce-count check failed: "+
			"%d is not above %d for nonce %s", count, before, c.nonce)
		return refuse(r, conf, c, false)
	}
	return compat.OK
}

// countOf reads a nonce count as C's strtol with base 16 does, up to a blank.
// One that does not fit is the largest, so that none can follow it.
func countOf(s string) (uint64, bool) {
	word := s
	if i := strings.IndexFunc(s, func(r rune) bool { return r < 128 && isSpace(byte(r)) }); i >= 0 {
		word = s[:i]
	}
	if len(word) > 2 && (word[:2] == "0x" || word[:2] == "0X") {
		word = word[2:]
	}
	n, err := strconv.ParseUint(word, 16, 63)
	if err != nil && err.(*strconv.NumError).Err == strconv.ErrRange {
		return 1<<63 - 1, true
	}
	return n, err == nil
}
