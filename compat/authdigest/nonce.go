package authdigest

import (
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"time"

	"understudy/compat"
	"understudy/compat/internal/auth"
)

// A nonce is eight bytes of time in base64, and a hash of that, the realm and
// the client's opaque with a secret.
const (
	timeLength  = 12
	nonceLength = timeLength + 2*sha1.Size
)

var secret = func() (s [20]byte) {
	rand.Read(s[:])
	return s
}()

// shaped reports whether s looks like a nonce of ours.
func shaped(s string) bool { return len(s) == nonceLength && s[timeLength-1] == '=' }

// newNonce is the nonce of a moment for one realm and client (gen_nonce).
func newNonce(realm, opaque string, now time.Time) string {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(now.UnixMicro()))
	at := base64.StdEncoding.EncodeToString(b[:])
	return at + signature(realm, opaque, at)
}

// signature is the part of a nonce that only we can make (gen_nonce_hash).
func signature(realm, opaque, at string) string {
	h := sha1.New()
	h.Write(secret[:])
	h.Write([]byte(realm))
	h.Write([]byte(at))
	h.Write([]byte(opaque))
	return hex.EncodeToString(h.Sum(nil))
}

// checkNonce reports whether the nonce of c is ours and not too old, and notes
// its time (check_nonce). A client may try again with a new one.
func (c *claim) checkNonce(r *compat.Request, conf *config) bool {
	at, hash := c.nonce[:timeLength], c.nonce[timeLength:]
	right := signature(auth.QuotedName(r), text(c.opaque), at)
	b, err := base64.StdEncoding.DecodeString(at)
	if err != nil || len(b) != 8 || subtle.ConstantTimeCompare([]byte(hash), []byte(right)) != 1 {
		r.Logf(short, compat.LevelError, nil, "AH01776: invalid nonce %s received - hash is not %s", c.nonce, right)
		return false
	}
	c.nonceTime = int64(binary.LittleEndian.Uint64(b))
	if conf.life() <= 0 {
		return true
	}
	age := time.Duration(r.Start.UnixMicro()-c.nonceTime) * time.Microsecond
	if age < 0 {
		r.Logf(short, compat.LevelError, nil, "AH01777: invalid nonce %s received - user attempted time travel", c.nonce)
		return false
	}
	if age > conf.life() {
		r.Logf(short, compat.LevelInfo, nil, "AH01778: user %s: nonce expired (%.2f seconds old - max lifetime %.2f) - sending new nonce",
			r.User, float64(age/time.Second), conf.life().Seconds())
		return false
	}
	return true
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
