package ssl

import (
	"slices"

	"understudy/compat"
)

// compatible reports whether a connection made for one host may carry requests
// to another (ssl_server_compatible, SSLVHostSNIPolicy).
func compatible(b *compat.Build, one, other *compat.Host, policy string) bool {
	if one == other {
		return true
	}
	a, z := orEmpty(servers.OfServer(one)), orEmpty(servers.OfServer(other))
	switch policy {
	case "strict":
		return false
	case "insecure":
		return true
	case "authonly":
		return sameVerification(&a.verification, &z.verification)
	}
	return a.protocol == z.protocol && a.ciphers == z.ciphers && a.ciphers13 == z.ciphers13 && a.names == z.names &&
		sameVerification(&a.verification, &z.verification) && sameSet(a.certs, z.certs) && sameSet(a.keys, z.keys)
}

func orEmpty(c *server) *server {
	if c == nil {
		return &server{}
	}
	return c
}

func sameVerification(a, z *verification) bool {
	return a.mode == z.mode && a.ca == z.ca && (a.depth == nil) == (z.depth == nil) && (a.depth == nil || *a.depth == *z.depth)
}

func sameSet(a, z []string) bool {
	return len(a) == len(z) && !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(z, s) })
}
