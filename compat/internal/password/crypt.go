package password

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/crypto/md4"
	"golang.org/x/crypto/scrypt"
)

// Hashes that ask for more than this are not computed: so much memory, so much of
// it gone through, so many rounds, and 2 to the so-many-th of bcrypt's. Each is
// some seconds, and more than htpasswd and mkpasswd make of themselves.
const (
	maxMemory = 1 << 30
	maxWork   = 4 * maxMemory
	maxRounds = 10_000_000
	maxCost   = 18
)

// large has hashes that need more than largeMemory computed one at a time.
var large sync.Mutex

const largeMemory = 64 << 20

// fits reports whether a hash with n blocks of r times 128 bytes, gone through so
// many times, is computed.
func fits(n, r, times int) bool {
	memory := uint64(n) * uint64(r) * 128 // Both are below 2^32.
	return memory <= maxMemory && memory*uint64(times) <= maxWork
}

// alone waits until a hash of this size may be computed; then undo it.
func alone(n, r int) (undo func()) {
	if n*r*128 <= largeMemory {
		return func() {}
	}
	large.Lock()
	return large.Unlock
}

// The functions below compute what crypt(3) makes of a password with the setting
// that a hash begins with; not ok if none, or none that is computed here.

func cryptYescrypt(hash, password string) (string, bool) {
	setting := settingOf(hash)
	y, ok := parseYescrypt(strings.TrimPrefix(setting, "$y$"))
	if !ok {
		return "", false
	}
	defer alone(y.n, y.r)()
	return setting + "$" + encode64(y.hash(password)), true
}

// cryptScrypt is for $7$: a digit for the logarithm of N, five for r and five for
// p, and the salt as it stands.
func cryptScrypt(hash, password string) (string, bool) {
	setting := settingOf(hash)
	f := fields{rest: strings.TrimPrefix(setting, "$7$")}
	log, r, p := f.digit(), f.fixed(5), f.fixed(5)
	if f.bad || log < 1 || log > 30 || p > 1<<10 || !fits(1<<log, int(r), int(p)) {
		return "", false
	}
	defer alone(1<<log, int(r))()
	out, err := scrypt.Key([]byte(password), []byte(f.rest), 1<<log, int(r), int(p), 32)
	if err != nil {
		return "", false
	}
	return setting + "$" + encode64(out), true
}

// cryptSHA1 is for NetBSD's $sha1$ROUNDS$SALT$: HMAC-SHA-1 of itself.
func cryptSHA1(hash, password string) (string, bool) {
	setting := settingOf(hash)
	count, salt, found := strings.Cut(strings.TrimPrefix(setting, "$sha1$"), "$")
	rounds, err := strconv.ParseUint(count, 10, 32)
	if err != nil || !found || rounds < 4 || rounds > maxRounds || len(salt) > 64 {
		return "", false
	}
	sum := []byte(salt + "$sha1$" + count)
	m := hmac.New(sha1.New, []byte(password))
	for range rounds {
		m.Reset()
		m.Write(sum)
		sum = m.Sum(sum[:0])
	}
	sum = append(sum, sum[0]) // Three bytes at a time, the first the highest.
	for i := 0; i < len(sum); i += 3 {
		sum[i], sum[i+2] = sum[i+2], sum[i]
	}
	return setting + "$" + encode64(sum), true
}

// cryptNT is for $3$$: MD4 of the password's bytes, a zero behind each.
func cryptNT(_, password string) (string, bool) {
	m := md4.New()
	for i := range len(password) {
		m.Write([]byte{password[i], 0})
	}
	return "$3$$" + hex.EncodeToString(m.Sum(nil)), true
}

// roundsFit reports whether a hash of sha-crypt says no rounds, or so many as
// crypt(3) takes.
func roundsFit(hash string) bool {
	rounds, said := strings.CutPrefix(hash[len("$5$"):], "rounds=")
	if !said {
		return strings.Count(hash, "$") == 3
	}
	count, rest, _ := strings.Cut(rounds, "$")
	n, err := strconv.ParseUint(count, 10, 32)
	return err == nil && count[0] != '0' && 1000 <= n && n <= maxRounds && strings.Count(rest, "$") == 1
}

// bcryptFits reports whether crypt(3) takes a hash's kind and cost. Of $2x$, which
// keeps a mistake in old implementations, so are the passwords that it does not
// show with.
func bcryptFits(hash, password string) bool {
	if len(hash) != 60 || hash[3] != '$' || strings.IndexByte("abxy", hash[2]) < 0 {
		return false
	}
	cost, err := strconv.ParseUint(hash[4:6], 10, 8)
	return err == nil && 4 <= cost && cost <= maxCost && (hash[2] != 'x' || strings.IndexFunc(password, func(c rune) bool { return c > 0x7f }) < 0)
}

// settingOf is what stands before the last dollar sign.
func settingOf(hash string) string { return hash[:strings.LastIndexByte(hash, '$')] }
