package compat

import (
	"strings"

	"understudy/apacheconf/pattern"
)

// AnswersTo reports whether h is the host of a URL with this name and port: by
// an address of its <VirtualHost>, or by ServerName and ServerAlias where the
// port is that of ServerName (ap_matches_request_vhost).
func (h *Host) AnswersTo(name string, port int) bool {
	for _, a := range h.Addresses {
		host := strings.TrimSuffix(a.Text, ":*")
		if a.Port != 0 {
			host = host[:strings.LastIndexByte(host, ':')]
		}
		if (a.Port == 0 || a.Port == port) && strings.EqualFold(host, name) {
			return true
		}
	}
	if port != h.Port {
		return false
	}
	if strings.EqualFold(h.Name, name) {
		return true
	}
	for _, alias := range h.Aliases {
		wild := strings.ContainsAny(alias, "*?")
		if strings.EqualFold(alias, name) || wild && pattern.Fnmatch(strings.ToLower(alias), strings.ToLower(name), false) {
			return true
		}
	}
	return false
}
