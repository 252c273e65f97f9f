package auth

import (
	"os"
	"strings"

	"understudy/compat"
)

// FileOwner is the name of the user, or group, that r's file belongs to. Why
// there is none has been logged.
func FileOwner(r *compat.Request, group bool) (name string, ok bool) {
	codes, what := [3]string{"AH01633", "AH01634", "AH01636"}, "owner"
	if group {
		codes, what = [3]string{"AH01638", "AH01639", "AH01641"}, "group"
	}
	fail := func(code string, err error, reason string) (string, bool) {
		r.Logf("authz_owner", compat.LevelError, err, "%s: Authorization of user %s to access %s failed, reason: %s",
			code, r.User, r.Path, reason)
		return "", false
	}
	if r.Filename == "" {
		return fail(codes[0], nil, "no filename available")
	}
	info, err := os.Stat(r.Filename)
	if err != nil {
		return fail(codes[1], err, "could not stat file "+r.Filename)
	}
	if name = compat.Owner(info, group); name == "" {
		return fail(codes[2], nil, "could not get name of file "+what)
	}
	return strings.TrimSpace(name), true
}
