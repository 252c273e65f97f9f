package vhost

import (
	"net/netip"
	"strconv"
	"strings"

	"understudy/compat"
)

// chooseHost finds the virtual host by the name a request gives
// (ap_check_request_header, ap_update_vhost_from_headers).
func (e *engine) chooseHost(r *compat.Request) compat.Status {
	t := splitTarget(r.Method, r.Target)
	r.RawPath, r.Query, r.HasQuery = strings.Cut(t.rest, "?")
	r.Path = r.RawPath
	value, has := r.In.Lookup("Host")
	t.named = t.named && (r.Method == "CONNECT" || strings.EqualFold(t.scheme, compat.Scheme(r)))
	if t.named {
		if !has && r.ProtoNum == 1001 {
			return 400
		}
		value = t.host()
	} else {
		t.authority = ""
	}
	if value == "" && !t.named {
		return e.unnamed(r)
	}
	status := e.named(r, value)
	if port := t.port(); port != 0 {
		r.HostPort = port
	}
	return status
}

// unnamed takes the host for a request that names none.
func (e *engine) unnamed(r *compat.Request) compat.Status {
	if r.ProtoNum >= 1001 {
		r.Logf("core", compat.LevelDebug, nil, "AH00569: client sent HTTP/1.1 request without hostname "+
			"(see RFC2616 section 14.23): %s", r.Target)
		return 400
	}
	r.Host = e.snap.addresses.byPath(r.Conn.Local, r.RawPath)
	r.Scope = r.Host.Scope
	return compat.OK
}

// named takes the host that value names.
func (e *engine) named(r *compat.Request, value string) compat.Status {
	base := r.Host
	unsafe := base.Protocol.Unsafe
	name, port, ok := parseHost(value, unsafe == nil || !*unsafe)
	if !ok {
		r.Logf("core", compat.LevelDebug, nil, "AH00550: Client sent malformed Host header: %s", value)
		return 400
	}
	h, ok := e.snap.addresses.find(r.Conn.Local, name)
	r.Hostname, r.HostPort, r.Host, r.Scope = name, port, h, h.Scope
	if !ok && base.StrictHostCheck != nil && *base.StrictHostCheck {
		e.mismatch(r)
		return 400
	}
	if r.Trace != nil {
		r.Tracef("core", h.Pos.String(), "host %s answers for %q", h.Name, value)
	}
	return compat.OK
}

// mismatch tells that StrictHostCheck refuses a name.
func (e *engine) mismatch(r *compat.Request) {
	if r.Host == e.snap.Build.Main {
		r.Logf("core", compat.LevelWarn, nil, "AH10156: Requested hostname '%s' did not match any ServerName/ServerAlias "+
			"in the global server configuration ", r.Hostname)
		return
	}
	r.Logf("core", compat.LevelWarn, nil, "AH10157: Requested hostname '%s' did not match any ServerName/ServerAlias in the "+
		"matching virtual host (default vhost for current connection is %s)", r.Hostname, r.Host.Pos)
}

// parseHost reads the value of a Host field: name and port (fix_hostname).
// It is lower case, without a dot at the end. Strict forbids what RFC 3986
// does not let a name hold; there may be none (that of "http:///").
func parseHost(value string, strict bool) (name string, port int, ok bool) {
	if strings.Trim(value, "0123456789") == "" {
		return value, 0, !strict || value == ""
	}
	host, port, ok := cutPort(value)
	if !ok {
		return "", 0, false
	}
	if strings.HasPrefix(host, "[") {
		ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
		return lower(host), port, err == nil && ip.Is6() && ip.Zone() == "" && host[len(host)-1] == ']'
	}
	if !validName(host, strict) {
		return "", 0, false
	}
	host = strings.TrimSuffix(host, ".")
	return lower(host), port, !strict || host != "" && validLabels(host)
}

// cutPort takes the digits behind the last colon off (apr_parse_addr_port).
func cutPort(s string) (host string, port int, ok bool) {
	host = strings.TrimRight(s, "0123456789")
	digits := s[len(host):]
	if digits == "" || !strings.HasSuffix(host, ":") {
		return s, 0, true
	}
	port, err := strconv.Atoi(digits)
	host = host[:len(host)-1]
	return host, port, err == nil && port >= 1 && port <= 65535 && host != ""
}

func validName(name string, strict bool) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		case c == '.':
			if i > 0 && name[i-1] == '.' {
				return false
			}
		case !strict && c != '/' && c != '\\':
		default:
			return false
		}
	}
	return true
}

// validLabels tells a name from what only looks like one: an address has four
// parts without leading zeros, and the last part of a name begins with a letter
// (strict_hostname_check).
func validLabels(name string) bool {
	if strings.Trim(name, ".0123456789") == "" {
		zeros := name[0] == '.'
		for part := range strings.SplitSeq(name, ".") {
			zeros = zeros || len(part) > 1 && part[0] == '0'
		}
		return strings.Count(name, ".") == 3 && !zeros
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	return len(last) == len(name) || last == "" || last[0]|0x20 >= 'a' && last[0]|0x20 <= 'z'
}

// lower is strings.ToLower that returns what is lower case already as it is.
func lower(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			return strings.ToLower(s)
		}
	}
	return s
}
