// Package authndbm is mod_authn_dbm: users and passwords in a DBM file, as htdbm
// writes it.
//
// Deviations: a file is read as a whole when it has changed.
package authndbm

import (
	"strings"

	"understudy/compat"
	"understudy/compat/internal/auth"
	"understudy/compat/internal/dbm"
	"understudy/compat/internal/password"
)

const module = "authn_dbm_module"

// Module is mod_authn_dbm.
var Module = compat.Module{
	Name: module,
	File: "mod_authn_dbm.c",
	Directives: []compat.Directive{
		slot.Directive("AuthDBMUserFile", compat.Take1, compat.AuthConfig, func(c *compat.Cmd, conf *config) error {
			conf.file = c.Path(c.Arg(0))
			return nil
		}, "dbm database file containing user IDs and passwords"),
		slot.Text("AuthDBMType", compat.AuthConfig, func(c *config) *string { return &c.kind },
			"what type of DBM file the user file is"),
	},
}

func init() {
	compat.RegisterAuthn(compat.AuthnProvider{Name: "dbm", Module: module, Password: check, RealmHash: realmHash})
}

var slot = compat.NewSlot[config]()

// A config is what one section says. It takes the place of what was said
// outside, even where it says less.
type config struct{ file, kind string }

// Merge puts over in the place of c, as Apache does for want of a merge
// function.
func (c config) Merge(over config) config { return over }

// lookup is the value of a key up to a colon, and the state of the file
// (fetch_dbm_value). What is wrong with the file has been logged.
func lookup(r *compat.Request, key string) (value string, state uint64, result compat.AuthnResult) {
	c := slot.Of(r)
	if c == nil {
		c = &config{}
	}
	kind := c.kind
	if kind == "" {
		kind = "default"
	}
	f, err := dbm.Open(kind, c.file)
	if err != nil {
		r.Logf("authn_dbm", compat.LevelError, err, "AH10285: could not open dbm (type %s) file: %s", kind, c.file)
		return "", 0, compat.AuthnError
	}
	value, ok := f.Get(key)
	if !ok {
		return "", 0, compat.AuthnNotFound
	}
	value, _, _ = strings.Cut(value, ":")
	return value, f.State, compat.AuthnFound
}

// check compares a password with the file's hash (check_dbm_pw).
func check(r *compat.Request, user, pass string) compat.AuthnResult {
	hash, state, result := lookup(r, user)
	if result != compat.AuthnFound {
		return result
	}
	compat.CacheAuthn(r, "dbm", user, "", hash)
	return auth.Compare(r, "authn_dbm", slot.Of(r).file, password.Hash{Text: hash, User: user, State: state}, pass)
}

// realmHash is the hash under "user:realm" (get_dbm_realm_hash).
func realmHash(r *compat.Request, user, realm string) (string, compat.AuthnResult) {
	hash, _, result := lookup(r, user+":"+realm)
	if result == compat.AuthnFound {
		compat.CacheAuthn(r, "dbm", user, realm, hash)
	}
	return hash, result
}
