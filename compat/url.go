package compat

import (
	"strconv"
	"strings"
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
		return firstPort(r.HostPort, physical, r.Host.Port, defaultPort(r))
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
