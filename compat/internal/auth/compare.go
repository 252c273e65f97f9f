package auth

import (
	"understudy/compat"
	"understudy/compat/internal/password"
)

// Compare says whether pass is the password of the user of kept, and logs what
// is wrong with the hash: module is the short name of the provider's, and place
// where the hash is from.
func Compare(r *compat.Request, module, place string, kept password.Hash, pass string) compat.AuthnResult {
	ok, err := kept.Matches(pass)
	if err != nil {
		r.Logf(module, compat.LevelError, nil, "password of user %s in %s: %v", kept.User, place, err)
	}
	if ok {
		return compat.AuthnGranted
	}
	return compat.AuthnDenied
}
