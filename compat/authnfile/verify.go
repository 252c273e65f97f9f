package authnfile

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/tg123/go-htpasswd"
)

// parsers are the kinds of hashes, by how they begin.
var parsers = []struct {
	prefix string
	parse  htpasswd.PasswdParser
	slow   bool
}{
	{"$apr1$", htpasswd.AcceptMd5, true}, {"$1$", htpasswd.AcceptMd5, true}, {"{SHA}", htpasswd.AcceptSha, false},
	{"$2", htpasswd.AcceptBcrypt, true}, {"$5$", htpasswd.AcceptCryptSha, true}, {"$6$", htpasswd.AcceptCryptSha, true},
}

var errKind = errors.New("its hash is of a kind that is not supported: set it anew with htpasswd -B")

// verify reports whether password is what was hashed (apr_password_validate).
// An error is for a hash that no password can match.
func verify(hash, password string) (bool, error) {
	for _, p := range parsers {
		if !strings.HasPrefix(hash, p.prefix) {
			continue
		}
		if p.slow && known.has(hash, password) {
			return true, nil
		}
		encoded, err := p.parse(hash)
		if err != nil || encoded == nil {
			return false, errKind
		}
		ok := encoded.MatchesPassword(password)
		if ok && p.slow {
			known.add(hash, password)
		}
		return ok, nil
	}
	if len(hash) == 13 {
		return false, errKind
	}
	return false, nil // Plain text, which Apache does not take either.
}

// Passwords that were found right are remembered for a while, so that a slow
// hash is not computed for every request. They cannot be read from what is
// remembered, which is keyed by a secret and the hash: a changed file forgets.
const (
	knownTime = 5 * time.Minute
	maxKnown  = 10_000
)

type memory struct {
	secret [32]byte
	mu     sync.Mutex // guards until
	until  map[[32]byte]time.Time
}

var known = newMemory()

func newMemory() *memory {
	m := &memory{until: map[[32]byte]time.Time{}}
	rand.Read(m.secret[:])
	return m
}

func (m *memory) key(hash, password string) (k [32]byte) {
	h := hmac.New(sha256.New, m.secret[:])
	h.Write([]byte(hash))
	h.Write([]byte{0})
	h.Write([]byte(password))
	h.Sum(k[:0])
	return k
}

func (m *memory) has(hash, password string) bool {
	k := m.key(hash, password)
	m.mu.Lock()
	defer m.mu.Unlock()
	until, ok := m.until[k]
	return ok && time.Now().Before(until)
}

func (m *memory) add(hash, password string) {
	k := m.key(hash, password)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.until) >= maxKnown {
		clear(m.until)
	}
	m.until[k] = time.Now().Add(knownTime)
}
