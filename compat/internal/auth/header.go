package auth

import "understudy/compat"

// Credentials are what r's client says of itself, to this server or to it as a
// forward proxy.
func Credentials(r *compat.Request) (line string, ok bool) {
	if r.Forward {
		return r.In.Lookup("Proxy-Authorization")
	}
	return r.In.Lookup("Authorization")
}

// ChallengeField is the name of the field that asks r's client who it is.
func ChallengeField(r *compat.Request) string {
	if r.Forward {
		return "Proxy-Authenticate"
	}
	return "WWW-Authenticate"
}
