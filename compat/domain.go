package compat

import "strings"

// InDomain reports whether a host is the domain or in it: at the end of the
// name, and from a dot on (in_domain of mod_authz_host).
func InDomain(domain, host string) bool {
	domain, host = strings.ToLower(domain), strings.ToLower(host)
	if domain == "" || !strings.HasSuffix(host, domain) {
		return false
	}
	return len(host) == len(domain) || domain[0] == '.' || host[len(host)-len(domain)-1] == '.'
}
