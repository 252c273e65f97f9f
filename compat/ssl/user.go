package ssl

import (
	"encoding/base64"
	"strings"

	"understudy/compat"
)

// checkUser makes a client's certificate a user and a password, and forbids
// clients to do that themselves (ssl_hook_UserCheck).
func checkUser(r *compat.Request) compat.Status {
	c := sections.Of(r)
	if status := checkStrict(r, c); status != compat.Declined {
		return status
	}
	if !r.IsInitial() {
		return compat.Declined
	}
	if line, ok := r.In.Lookup("Authorization"); ok && spoofs(line) {
		name, _, _ := strings.Cut(decodeBasic(line), ":")
		r.Logf("ssl", compat.LevelError, nil, "AH02035: Encountered FakeBasicAuth spoof: %s", name)
		return forbidden
	}
	s := sessionOf(r)
	if s == nil || s.client() == nil || !c.has(fakeBasicAuth) || r.HasUser {
		return compat.Declined
	}
	user := legacyName(s.client().RawSubject)
	if c.userName != "" {
		if user = lookup(r, c.userName); user == "" {
			r.Logf("ssl", compat.LevelWarn, nil, "AH02434: Failed to set FakeBasicAuth username to '%s', did not exist in certificate",
				c.userName)
			return compat.Declined
		}
	}
	if strings.Contains(user, ":") {
		r.Logf("ssl", compat.LevelError, nil, "AH10096: Cannot use FakeBasicAuth for username containing a colon: %s", user)
		return forbidden
	}
	line := "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":password"))
	r.In.Set("Authorization", line)
	r.Logf("ssl", compat.LevelInfo, nil, "AH02036: Faking HTTP Basic Auth header: \"Authorization: %s\"", line)
	return compat.Declined
}

// spoofs reports whether a client gives itself the name of a certificate.
func spoofs(line string) bool {
	name, password, _ := strings.Cut(decodeBasic(line), ":")
	return strings.HasPrefix(name, "/") && password == "password"
}

func decodeBasic(line string) string {
	kind, rest, _ := strings.Cut(line, " ")
	if !strings.EqualFold(kind, "Basic") {
		return ""
	}
	b, _ := base64.StdEncoding.DecodeString(strings.TrimLeft(rest, " \t"))
	return string(b)
}

// checkAuth is the second look that StrictRequire takes (ssl_hook_Auth).
func checkAuth(r *compat.Request, c *section) compat.Status { return checkStrict(r, c) }

func checkStrict(r *compat.Request, c *section) compat.Status {
	if c.has(strictRequire) && r.Notes.Has("ssl-access-forbidden") {
		return forbidden
	}
	return compat.Declined
}
