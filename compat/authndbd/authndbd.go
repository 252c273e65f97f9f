// Package authndbd is mod_authn_dbd: users and passwords in a database.
package authndbd

import (
	"cmp"
	"errors"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/auth"
	"understudy/compat/internal/dbd"
	"understudy/compat/internal/password"
)

const (
	module = "authn_dbd_module"
	short  = "authn_dbd"
)

// Module is mod_authn_dbd.
var Module = compat.Module{
	Name: module,
	File: "mod_authn_dbd.c",
	Directives: []compat.Directive{
		slot.Directive("AuthDBDUserPWQuery", compat.Take1, compat.Access, func(c *compat.Cmd, conf *config) (err error) {
			conf.user, err = dbd.PrepareFor(c, "AuthDBD")
			return err
		}, "Query used to fetch password for user"),
		slot.Directive("AuthDBDUserRealmQuery", compat.Take1, compat.Access, func(c *compat.Cmd, conf *config) (err error) {
			conf.realm, err = dbd.PrepareFor(c, "AuthDBD")
			return err
		}, "Query used to fetch password for user+realm"),
	},
}

func init() {
	compat.RegisterAuthn(compat.AuthnProvider{Name: "dbd", Module: module, Password: check, RealmHash: realmHash})
}

var slot = compat.NewSlot[config]()

// A config is the labels of the statements.
type config struct{ user, realm string }

// Merge lays over on top of c.
func (c config) Merge(over config) config {
	return config{cmp.Or(over.user, c.user), cmp.Or(over.realm, c.realm)}
}

// check compares a password with the hash in the database (authn_dbd_password).
func check(r *compat.Request, user, pass string) compat.AuthnResult {
	c := slot.Of(r)
	if c == nil || c.user == "" {
		r.Logf(short, compat.LevelError, nil, "AH01654: No AuthDBDUserPWQuery has been specified")
		return compat.AuthnError
	}
	hash, result := lookup(r, c.user, query{"AuthDBDUserPWQuery", user, "AH01653", "AH01655", "AH01656"}, user)
	if result != compat.AuthnFound {
		return result
	}
	compat.CacheAuthn(r, "dbd", user, "", hash)
	return auth.Compare(r, short, "the database", password.Hash{Text: hash, User: user}, pass)
}

// realmHash is the hash of user, realm and password (authn_dbd_realm).
func realmHash(r *compat.Request, user, realm string) (string, compat.AuthnResult) {
	c := slot.Of(r)
	if c == nil || c.realm == "" {
		r.Logf(short, compat.LevelError, nil, "AH01659: No AuthDBDUserRealmQuery has been specified")
		return "", compat.AuthnError
	}
	hash, result := lookup(r, c.realm, query{"AuthDBDUserRealmQuery", user + ":" + realm, "AH01658", "AH01660", "AH01661"}, user, realm)
	if result == compat.AuthnFound {
		compat.CacheAuthn(r, "dbd", user, realm, hash)
	}
	return hash, result
}

// A query is what messages say of a lookup, and their numbers.
type query struct{ directive, whom, noConnection, noStatement, failed string }

// lookup is the first column of the first row that has one; the other columns
// become variables.
func lookup(r *compat.Request, label string, q query, args ...any) (string, compat.AuthnResult) {
	names, rows, err := dbd.Select(r, label, args...)
	switch {
	case errors.Is(err, dbd.ErrNoConnection):
		r.Logf(short, compat.LevelError, nil, "%s: Failed to acquire database connection to look up user '%s'", q.noConnection, q.whom)
		return "", compat.AuthnError
	case errors.Is(err, dbd.ErrNoStatement):
		r.Logf(short, compat.LevelError, nil, "%s: A prepared statement could not be found for %s with the key '%s'",
			q.noStatement, q.directive, label)
		return "", compat.AuthnError
	case err != nil:
		r.Logf(short, compat.LevelError, nil, "%s: Query execution error looking up '%s' in database [%v]", q.failed, q.whom, err)
		return "", compat.AuthnError
	}
	for _, row := range rows {
		for i := 1; i < len(row); i++ {
			value := ""
			if row[i] != nil {
				value = *row[i]
			}
			r.Env.Set(variable(names[i]), value)
		}
		if row[0] != nil {
			return *row[0], compat.AuthnFound
		}
	}
	return "", compat.AuthnNotFound
}

// variable is the name of the variable that a column becomes.
func variable(column string) string {
	return "AUTHENTICATE_" + strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z':
			return c - 'a' + 'A'
		case 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
			return c
		}
		return '_'
	}, column)
}
