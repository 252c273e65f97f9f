// Package password compares passwords with the hashes that htpasswd, htdbm and
// crypt(3) make.
//
// What a slow hash said of a password is remembered for a while, so that bcrypt
// is not computed for every request. Passwords that were kept as they are match
// nothing, as in Apache on Unix.
//
// Deviations: gost-yescrypt ($gy$), Sun's MD5 ($md5), and hashes that ask for more
// than a gigabyte or some seconds match no password; the error log says so.
package password

import (
	"crypto/subtle"
	"errors"
	"runtime"
	"slices"
	"strings"

	"github.com/tg123/go-htpasswd"
)

type kind struct {
	prefix string
	match  matcher
	slow   bool
}

// A matcher compares a password with a hash of its kind.
type matcher = func(hash, password string) (ok bool, err error)

// kinds are the kinds of hashes, by how they begin. The first that fits counts.
var kinds = [...]kind{
	{"{SHA}", by(htpasswd.AcceptSha), false},
	{"$apr1$", by(htpasswd.AcceptMd5), true}, {"$1$", by(htpasswd.AcceptMd5), true},
	{"$2", bcrypt, true},
	{"$5$", sha, true}, {"$6$", sha, true},
	{"$y$", crypt(cryptYescrypt), true}, {"$7$", crypt(cryptScrypt), true},
	{"$sha1$", crypt(cryptSHA1), true}, {"$3$", crypt(cryptNT), true},
	{"$", func(_, _ string) (bool, error) { return false, ErrKind }, false},
	{"_", crypt(cryptExtendedDES), true},
	{"", des, false},
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
	i := slices.IndexFunc(kinds[:], func(k kind) bool { return strings.HasPrefix(h.Text, k.prefix) })
	k := kinds[i]
	if !k.slow {
		return k.match(h.Text, password)
	}
	key := remembered.key(h, password)
	if ok, known := remembered.get(key); known {
		return ok, nil
	}
	computing <- struct{}{}
	ok, err := k.match(h.Text, password)
	<-computing
	if err == nil {
		remembered.put(key, ok)
	}
	return ok, err
}

// computing bounds how many slow hashes are computed at once, so that there is
// time left to serve.
var computing = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))

// by has a hash read and compared by htpasswd's package.
func by(parse htpasswd.PasswdParser) matcher {
	return func(hash, password string) (bool, error) {
		encoded, err := parse(hash)
		if err != nil || encoded == nil {
			return false, ErrKind
		}
		return encoded.MatchesPassword(password), nil
	}
}

// crypt compares a hash with what crypt(3) makes of the password.
func crypt(compute func(hash, password string) (string, bool)) matcher {
	return func(hash, password string) (bool, error) {
		out, ok := compute(hash, password)
		if !ok {
			return false, ErrKind
		}
		return subtle.ConstantTimeCompare([]byte(hash), []byte(out)) == 1, nil
	}
}

// des is for what has no prefix: what no crypt(3) makes matches nothing.
func des(hash, password string) (bool, error) {
	ok, _ := crypt(cryptDES)(hash, password)
	return ok, nil
}

func sha(hash, password string) (bool, error) {
	if !roundsFit(hash) {
		return false, ErrKind
	}
	return by(htpasswd.AcceptCryptSha)(hash, password)
}

func bcrypt(hash, password string) (bool, error) {
	if !bcryptFits(hash, password) {
		return false, ErrKind
	}
	return by(htpasswd.AcceptBcrypt)(hash, password)
}
