// Package authdigest is mod_auth_digest: users who prove with a hash that they
// know their password (RFC 7616 with MD5 and qop=auth, as httpd since 2.4.69).
//
// A nonce says when it was made and is signed with a secret of the process; what
// must be remembered of a client, where nonces are counted or good for one
// request, is in a bounded table whose key is the client's opaque.
//
// Deviations: the table takes at least some thousand clients, whatever
// AuthDigestShmemSize says, and lets go of the oldest one by one. The secret and
// the table outlive a reload; a server process that was started anew asks
// clients once more (stale=true).
package authdigest

import (
	"strconv"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/auth"
)

const short = "auth_digest"

// Module is mod_auth_digest.
var Module = compat.Module{
	Name: "auth_digest_module",
	File: "mod_auth_digest.c",
	Directives: []compat.Directive{
		slot.Directive("AuthDigestProvider", compat.Iterate, compat.AuthConfig, addProvider,
			"specify the auth providers for a directory or location"),
		slot.Directive("AuthDigestQop", compat.Iterate, compat.AuthConfig, checkQop,
			"A list of quality-of-protection options"),
		slot.Directive("AuthDigestNonceLifetime", compat.Take1, compat.AuthConfig, setLifetime,
			"Maximum lifetime of the server nonce (seconds)"),
		slot.Directive("AuthDigestNcCheck", compat.Flag, compat.AuthConfig, func(c *compat.Cmd, conf *config) error {
			conf.count = c.On()
			return nil
		}, "Whether or not to check the nonce-count sent by the client"),
		slot.Directive("AuthDigestAlgorithm", compat.Take1, compat.AuthConfig, checkAlgorithm,
			"The algorithm used for the hash calculation"),
		slot.Directive("AuthDigestDomain", compat.Iterate, compat.AuthConfig, func(c *compat.Cmd, conf *config) error {
			conf.domain = append(conf.domain, c.Arg(0))
			return nil
		}, "A list of URI's which belong to the same protection space as the current URI"),
		compat.Row("AuthDigestShmemSize", compat.Take1, compat.Server, setSize,
			"The amount of shared memory to allocate for keeping track of clients"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Authn, authenticate).Always(),
		slot.On(compat.Fixups, inform).Repeats().Always(),
	},
}

func init() {
	compat.RegisterChallenge("Digest", func(r *compat.Request) { challenge(r, configOf(r), stateOf(r), false) })
}

var slot = compat.NewSlot[config]()

// A config is what one section says. It takes the place of what was said
// outside, even where it says less.
type config struct {
	providers []compat.AuthnProvider
	lifetime  *time.Duration
	count     bool // nonces are counted
	domain    []string
}

// Merge puts over in the place of c, as Apache does for want of a merge
// function.
func (c config) Merge(over config) config { return over }

func configOf(r *compat.Request) *config {
	if c := slot.Of(r); c != nil {
		return c
	}
	return &config{}
}

const defaultLifetime = 300 * time.Second

// life is how long a nonce is good: 0 for one request, negative for ever.
func (c *config) life() time.Duration {
	if c.lifetime == nil {
		return defaultLifetime
	}
	return *c.lifetime
}

// remembers reports whether clients must be known again.
func (c *config) remembers() bool { return c.count || c.life() == 0 }

func addProvider(c *compat.Cmd, conf *config) error {
	p, err := auth.FindAuthn(c, c.Arg(0))
	if err != nil {
		return err
	}
	if p.RealmHash == nil {
		return compat.Errorf("The '%s' Authn provider doesn't support Digest Authentication", c.Arg(0))
	}
	conf.providers = append(conf.providers, p)
	return nil
}

func checkQop(c *compat.Cmd, _ *config) error {
	if !strings.EqualFold(c.Arg(0), "auth") {
		return compat.Errorf("AuthDigestQop is deprecated: only 'auth' is supported")
	}
	return nil
}

func checkAlgorithm(c *compat.Cmd, _ *config) error {
	if !strings.EqualFold(c.Arg(0), "MD5") {
		return compat.Errorf("Unsupported algorithm in AuthDigestAlgorithm: %s", c.Arg(0))
	}
	return nil
}

func setLifetime(c *compat.Cmd, conf *config) error {
	word, _, _ := strings.Cut(strings.TrimLeft(c.Arg(0), " \t"), " ")
	seconds, err := strconv.ParseInt(word, 10, 32)
	if err != nil && word != "" {
		return compat.Errorf("Invalid time in AuthDigestNonceLifetime: %s", c.Arg(0))
	}
	life := time.Duration(seconds) * time.Second
	conf.lifetime = &life
	return nil
}

// What Apache's entries take, from which follows how small the table may be.
const (
	tableBytes  = 48
	bucketBytes = 8
	entryBytes  = 32
)

// setSize sets how many clients are remembered (set_shmem_size).
func setSize(c *compat.Cmd) error {
	text := strings.TrimLeft(c.Arg(0), " \t")
	digits := strings.TrimLeft(text, "+-0123456789")
	size, _ := strconv.ParseInt(text[:len(text)-len(digits)], 10, 64)
	switch unit := strings.TrimLeft(digits, " \t"); {
	case unit == "" || unit[0] == 'b' || unit[0] == 'B':
	case unit[0] == 'k' || unit[0] == 'K':
		size *= 1 << 10
	case unit[0] == 'm' || unit[0] == 'M':
		size *= 1 << 20
	default:
		return compat.Errorf("Invalid size in AuthDigestShmemSize: %s", c.Arg(0))
	}
	if size < tableBytes+bucketBytes+entryBytes {
		return compat.Errorf("size in AuthDigestShmemSize too small: %d < %d", size, tableBytes+bucketBytes+entryBytes)
	}
	if c.Build.Serving {
		clients.bound(size / (2 * entryBytes))
	}
	return nil
}
