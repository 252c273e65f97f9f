package compat

import "strconv"

// Signature is the footer of pages that the server makes itself
// (ap_psignature); "" with ServerSignature Off.
func Signature(r *Request, prefix string) string {
	on := r.Scope.Core.Signature
	if on != "on" && on != "email" {
		return ""
	}
	name := EscapeHTML(ServerName(r))
	if on == "email" {
		name = `<a href="mailto:` + EscapeHTML(ServerAdmin(r)) + `">` + name + "</a>"
	}
	return prefix + "<address>" + r.Host.Build.Core.Banner + " Server at " + name + " Port " +
		strconv.Itoa(ServerPort(r)) + "</address>\n"
}

// ServerAdmin is whom pages name as the administrator of r's host.
func ServerAdmin(r *Request) string {
	if r.Host.Admin != "" {
		return r.Host.Admin
	}
	return "[no address given]"
}
