// Package authnfile is mod_authn_file: users and passwords in a text file, as
// htpasswd and htdigest write it.
//
// Deviations: hashes of kinds that Debian's crypt(3) has besides (yescrypt,
// scrypt) match no password, and the log says so.
package authnfile

import (
	"understudy/compat"
	"understudy/compat/internal/auth"
	"understudy/compat/internal/password"
)

const module = "authn_file_module"

// Module is mod_authn_file.
var Module = compat.Module{
	Name:  module,
	File:  "mod_authn_file.c",
	Alone: true,
	Directives: []compat.Directive{
		slot.Directive("AuthUserFile", compat.Take1, compat.AuthConfig, func(c *compat.Cmd, conf *config) error {
			conf.file = c.Path(c.Arg(0))
			c.TryRead(conf.file)
			return nil
		}, "text file containing user IDs and passwords"),
	},
}

func init() {
	compat.RegisterAuthn(compat.AuthnProvider{Name: "file", Module: module, Password: check, RealmHash: realmHash})
}

var slot = compat.NewSlot[config]()

type config struct{ file string }

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	if over.file == "" {
		return base
	}
	return over
}

// check compares a password with the file's hash (check_password).
func check(r *compat.Request, user, pass string) compat.AuthnResult {
	f, ok := passwords(r)
	if !ok {
		return compat.AuthnError
	}
	hash, known := f.basic[user]
	if !known {
		return compat.AuthnNotFound
	}
	compat.CacheAuthn(r, "file", user, "", hash)
	return auth.Compare(r, "authn_file", slot.Of(r).file, password.Hash{Text: hash, User: user, State: f.state}, pass)
}

// realmHash is the hash of a line "user:realm:hash" (get_realm_hash).
func realmHash(r *compat.Request, user, realm string) (string, compat.AuthnResult) {
	f, ok := passwords(r)
	if !ok {
		return "", compat.AuthnError
	}
	hash, known := f.digest[[2]string{user, realm}]
	if !known {
		return "", compat.AuthnNotFound
	}
	compat.CacheAuthn(r, "file", user, realm, hash)
	return hash, compat.AuthnFound
}

// passwords is the content of the file that AuthUserFile names; what is wrong
// with it has been logged.
func passwords(r *compat.Request) (*users, bool) {
	c := slot.Of(r)
	if c == nil || c.file == "" {
		r.Logf("authn_file", compat.LevelError, nil, "AH01619: AuthUserFile not specified in the configuration")
		return nil, false
	}
	f, err := files.Read(c.file)
	if err != nil {
		r.Logf("authn_file", compat.LevelError, err, "AH01620: Could not open password file: %s", c.file)
		return nil, false
	}
	return f, true
}
