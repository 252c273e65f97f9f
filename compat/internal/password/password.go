// Package password compares passwords with the hashes that htpasswd, htdbm and
// crypt(3) make.
//
// What a slow hash said of a password is remembered for a while, so that bcrypt
// is not computed for every request. Hashes of kinds that are not known match no
// password; passwords that were kept as they are do not either, as in Apache on
// Unix.
package password

import (
	"errors"
	"runtime"
	"strings"

	"github.com/tg123/go-htpasswd"
)

// kinds are the kinds of hashes, by how they begin.
var kinds = []struct {
	prefix string
	parse  htpasswd.PasswdParser
	slow   bool
}{
	{"$apr1$", htpasswd.AcceptMd5, true}, {"$1$", htpasswd.AcceptMd5, true}, {"{SHA}", htpasswd.AcceptSha, false},
	{"$2", htpasswd.AcceptBcrypt, true}, {"$5$", htpasswd.AcceptCryptSha, true}, {"$6$", htpasswd.AcceptCryptSha, true},
}

// ErrKind is for a hash that no password can match here.
var ErrKind = errors.New("its hash is of a kind that is not supported: set it anew with htpasswd -B")

// A Hash is what is kept of a user's password, and where. Whose it is and the
// state of its file count for what is remembered of it: another state forgets.
type Hash struct {
	Text  string
	User  string
	State uint64
}

// Matches reports whether password is what was hashed (apr_password_validate).
func (h Hash) Matches(password string) (bool, error) {
	for _, k := range kinds {
		if !strings.HasPrefix(h.Text, k.prefix) {
			continue
		}
		if !k.slow {
			return compute(k.parse, h.Text, password)
		}
		key := remembered.key(h, password)
		if ok, known := remembered.get(key); known {
			return ok, nil
		}
		computing <- struct{}{}
		ok, err := compute(k.parse, h.Text, password)
		<-computing
		if err == nil {
			remembered.put(key, ok)
		}
		return ok, err
	}
	if strings.HasPrefix(h.Text, "$") || strings.HasPrefix(h.Text, "_") {
		return false, ErrKind
	}
	return matchesDES(h.Text, password), nil
}

// computing bounds how many slow hashes are computed at once, so that there is
// time left to serve.
var computing = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))

func compute(parse htpasswd.PasswdParser, hash, password string) (bool, error) {
	encoded, err := parse(hash)
	if err != nil || encoded == nil {
		return false, ErrKind
	}
	return encoded.MatchesPassword(password), nil
}
