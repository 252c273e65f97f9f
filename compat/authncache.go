package compat

// authnCache is where what providers know of users is kept, if somebody keeps it.
var authnCache func(r *Request, provider, user, realm, hash string)

// RegisterAuthnCache makes f what providers tell the hashes that they found;
// the package of mod_authn_socache calls it.
func RegisterAuthnCache(f func(r *Request, provider, user, realm, hash string)) { authnCache = f }

// CacheAuthn tells what hash a provider found for a user, of the password or,
// with a realm, of all three (ap_authn_cache_store).
func CacheAuthn(r *Request, provider, user, realm, hash string) {
	if authnCache != nil {
		authnCache(r, provider, user, realm, hash)
	}
}
