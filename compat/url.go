package compat

import (
	"slices"
	"strconv"
	"strings"

	"understudy/apacheconf/pattern"
)

// ServerName is the name r's server goes by in URLs that lead back to it, as
// UseCanonicalName decides (ap_get_server_name).
func ServerName(r *Request) string {
	if r.Scope.Core.CanonicalName == "on" || r.Hostname == "" {
		return r.Host.Name
	}
	return r.Hostname
}

// ServerPort is the port that goes with it (ap_get_server_port).
func ServerPort(r *Request) int {
	c := r.Scope.Core
	physical := 0
	if c.CanonicalPhysicalPort != nil && *c.CanonicalPhysicalPort {
		physical = int(r.Conn.Local.Port())
	}
	if c.CanonicalName != "on" && r.Hostname != "" {
		return firstPort(r.HostPort, physical, defaultPort(r))
	}
	return firstPort(r.Host.Port, physical, defaultPort(r))
}

func firstPort(ports ...int) int {
	for _, p := range ports {
		if p != 0 {
			return p
		}
	}
	return 0
}

// Scheme is "https" on TLS connections or where ServerName says so, else
// "http" (ap_http_scheme).
func Scheme(r *Request) string {
	if r.Conn.TLS != nil {
		return "https"
	}
	if r.Host.Scheme != "" {
		return r.Host.Scheme
	}
	return "http"
}

func defaultPort(r *Request) int {
	if Scheme(r) == "https" {
		return 443
	}
	return 80
}

// ConstructURL is the full URL of a path on r's server (ap_construct_url).
func ConstructURL(r *Request, path string) string {
	scheme, port := Scheme(r), ServerPort(r)
	var b strings.Builder
	b.WriteString(scheme)
	b.WriteString("://")
	b.WriteString(ServerName(r))
	if port != defaultPort(r) {
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(port))
	}
	b.WriteString(path)
	return b.String()
}

// Answers reports whether a URL with that host and port is one of h
// (ap_matches_request_vhost).
func (h *Host) Answers(name string, port int) bool {
	for _, a := range h.Addresses {
		if (a.Port == 0 || a.Port == port) && strings.EqualFold(a.Host, name) {
			return true
		}
	}
	if h.Port != 0 && h.Port != port || h.Port == 0 && !h.listens(port) {
		return false
	}
	if strings.EqualFold(h.Name, name) {
		return true
	}
	return slices.ContainsFunc(h.Aliases, func(alias string) bool {
		return strings.EqualFold(alias, name) || strings.ContainsAny(alias, "*?") && pattern.Fnmatch(strings.ToLower(alias), strings.ToLower(name), false)
	})
}

// listens reports whether requests to h can come in by port.
func (h *Host) listens(port int) bool {
	if h.Virtual {
		return slices.ContainsFunc(h.Addresses, func(a HostAddress) bool { return a.Port == 0 || a.Port == port })
	}
	return false // The main server has no port but that of its ServerName.
}

// PortOfScheme is the port of a scheme that has one of its own, or ""
// (apr_uri_port_of_scheme).
func PortOfScheme(scheme string) string {
	switch strings.ToLower(scheme) {
	case "http":
		return "80"
	case "https":
		return "443"
	case "ftp":
		return "21"
	}
	return ""
}
