package compat

import "strings"

// An AuthnResult is what a provider makes of a user and a password.
type AuthnResult uint8

// The results, as Apache's providers give them.
const (
	AuthnError    AuthnResult = iota // it has logged why
	AuthnDenied                      // the password is wrong
	AuthnGranted                     // it is right
	AuthnNotFound                    // the user is not known; another provider may know
	AuthnFound                       // the hash of the realm is there
)

// An AuthnProvider knows users: what AuthBasicProvider and its like name.
type AuthnProvider struct {
	Name   string
	Module string // identifier of the module that must be loaded
	// Password checks a password; nil: it cannot.
	Password func(r *Request, user, password string) AuthnResult
	// RealmHash is the MD5 digest of "user:realm:password"; nil: it has none.
	RealmHash func(r *Request, user, realm string) (hash string, result AuthnResult)
}

var authnProviders = map[string]AuthnProvider{}

// RegisterAuthn makes a provider known; package variables call it.
func RegisterAuthn(p AuthnProvider) { authnProviders[p.Name] = p }

const authnAliases = "authn aliases"

// AliasAuthn makes p known to one configuration, under its name.
func (b *Build) AliasAuthn(p AuthnProvider) {
	aliases, ok := b.Shared[authnAliases].(map[string]AuthnProvider)
	if !ok {
		aliases = map[string]AuthnProvider{}
		b.Shared[authnAliases] = aliases
	}
	aliases[p.Name] = p
}

// FindAuthn is the provider called name, if its module is loaded.
func FindAuthn(b *Build, name string) (AuthnProvider, bool) {
	if aliases, ok := b.Shared[authnAliases].(map[string]AuthnProvider); ok {
		if p, ok := aliases[name]; ok {
			return p, true
		}
	}
	p, ok := authnProviders[name]
	if !ok || b.Loaded(p.Module) == nil {
		return AuthnProvider{}, false
	}
	return p, true
}

// challenges say, by AuthType, what a client must show.
var challenges = map[string]func(*Request){}

// RegisterChallenge sets what is done to an answer of 401 where AuthType is
// name (ap_hook_note_auth_failure).
func RegisterChallenge(name string, note func(*Request)) { challenges[strings.ToLower(name)] = note }

// NoteAuthFailure adds to the answer what asks the client for a password
// (ap_note_auth_failure).
func NoteAuthFailure(r *Request, authType string) {
	if note := challenges[strings.ToLower(authType)]; note != nil {
		note(r)
		return
	}
	r.Logf("core", LevelError, nil, "AH00571: need AuthType to note auth failure: %s", r.Path)
}

// A RequireFunc decides about a request by the words of a Require line: whether
// it is granted, and if not, whether there is no user yet.
type RequireFunc func(r *Request, args string) (granted, noUser bool)

type requirement struct {
	module string
	decide RequireFunc
}

var requirements = map[string]requirement{}

// RegisterRequire makes a word for Require known; package variables call it.
func RegisterRequire(name, module string, f RequireFunc) { requirements[name] = requirement{module, f} }

// FindRequire is what was registered for name, if its module is loaded.
func FindRequire(b *Build, name string) (RequireFunc, bool) {
	q, ok := requirements[name]
	if !ok || b.Loaded(q.module) == nil {
		return nil, false
	}
	return q.decide, true
}
