package wsgi

import (
	"net/netip"
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/apacheconf/expr"
	"understudy/compat"
)

// trustProxies is WSGITrustedProxies.
func trustProxies(c *compat.Cmd, conf *config) error {
	for _, w := range apacheconf.Words(c.Raw) {
		p, err := expr.ParseSubnet(w)
		if err != nil {
			more := ""
			if strings.Trim(w, "0123456789./:abcdefABCDEF") == "" {
				more = " The specified IP address is invalid."
			}
			return compat.Errorf("Unable to parse trusted proxy IP address/subnet of \"%s\".%s", w, more)
		}
		conf.proxies = append(conf.proxies, p)
	}
	return nil
}

// trustHeaders is WSGITrustedProxyHeaders.
func trustHeaders(c *compat.Cmd, conf *config) error {
	for _, w := range apacheconf.Words(c.Raw) {
		if name, ok := compat.HeaderVariable(w); ok {
			conf.proxyHeaders = append(conf.proxyHeaders, name)
		}
	}
	return nil
}

// A category is the headers by which proxies say one thing. Of those, only the
// one that is believed stays in the environ.
type category struct {
	names []string
	// take believes a value: it says what it means for the environ.
	take func(p *proxied, value string)
}

var categories = []category{
	{[]string{"HTTP_X_FORWARDED_FOR", "HTTP_X_CLIENT_IP", "HTTP_X_REAL_IP"},
		func(p *proxied, v string) { p.set("REMOTE_ADDR", v) }},
	{[]string{"HTTP_X_FORWARDED_HOST", "HTTP_X_HOST"},
		func(p *proxied, v string) { p.set("HTTP_HOST", v) }},
	{[]string{"HTTP_X_SCRIPT_NAME", "HTTP_X_FORWARDED_SCRIPT_NAME"},
		func(p *proxied, v string) { p.set("SCRIPT_NAME", v); p.set("mod_wsgi.mount_point", v) }},
	{[]string{"HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_SCHEME", "HTTP_X_SCHEME",
		"HTTP_X_FORWARDED_HTTPS", "HTTP_X_FORWARDED_SSL", "HTTP_X_HTTPS"}, nil},
}

// singles are believed by themselves.
var singles = map[string]string{"HTTP_X_FORWARDED_SERVER": "SERVER_NAME", "HTTP_X_FORWARDED_PORT": "SERVER_PORT"}

// A proxied is what trusted proxies say of a request.
type proxied struct {
	drop []string    // variables that do not go to the application
	sets [][2]string // those that do, with other values
}

func (p *proxied) set(name, value string) { p.sets = append(p.sets, [2]string{name, value}) }

// value is what the environ gets for a variable.
func (p *proxied) value(name, own string) string {
	for i := len(p.sets) - 1; i >= 0; i-- {
		if p.sets[i][0] == name {
			return p.sets[i][1]
		}
	}
	return own
}

// proxied reads the headers of proxies that WSGITrustedProxyHeaders names
// (wsgi_process_proxy_headers).
func (j *job) proxied() (p proxied) {
	c := j.c
	if len(c.proxyHeaders) == 0 {
		return p
	}
	trusted := len(c.proxies) == 0 || isAmong(compat.ClientAddr(j.r), c.proxies)
	for _, k := range categories {
		listed, believed := false, ""
		for _, name := range c.proxyHeaders {
			if !slices.Contains(k.names, name) {
				continue
			}
			listed = true
			if v, ok := j.field(name); ok && trusted {
				believed = name
				p.believe(k, name, v, c.proxies)
			}
		}
		if !listed {
			continue
		}
		for _, name := range k.names {
			if name != believed {
				p.drop = append(p.drop, name)
			}
		}
	}
	for _, name := range c.proxyHeaders {
		v, ok := j.field(name)
		switch {
		case !ok || singles[name] == "":
		case trusted:
			p.set(singles[name], v)
		default:
			p.drop = append(p.drop, name)
		}
	}
	return p
}

func (p *proxied) believe(k category, name, value string, proxies []netip.Prefix) {
	switch {
	case name == "HTTP_X_FORWARDED_FOR":
		p.forwardedFor(value, proxies)
	case k.take != nil:
		k.take(p, value)
	default:
		switch v := strings.ToLower(value); {
		case strings.HasSuffix(name, "PROTO") || strings.HasSuffix(name, "SCHEME"):
			if v == "https" || v == "http" {
				p.set("wsgi.url_scheme", v)
			}
		case v == "on" || v == "true" || v == "1":
			p.set("wsgi.url_scheme", "https")
		case v == "off" || v == "false" || v == "0":
			p.set("wsgi.url_scheme", "http")
		}
	}
}

// forwardedFor finds the client in X-Forwarded-For: with trusted proxies the
// last that is none of them, without the first (wsgi_process_forwarded_for).
func (p *proxied) forwardedFor(value string, proxies []netip.Prefix) {
	var items []string
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" { // mod_wsgi 4.9 takes an empty one for the client.
			items = append(items, item)
		}
	}
	if len(items) == 0 {
		return
	}
	if len(proxies) == 0 {
		p.set("REMOTE_ADDR", items[0])
		return
	}
	at := len(items) - 1
	for i := at; i >= 0 && isAmong(items[i], proxies); i-- {
		at = max(i-1, 0)
	}
	p.set("REMOTE_ADDR", items[at])
	p.set("HTTP_X_FORWARDED_FOR", strings.Join(items[at:], ", "))
}

func isAmong(address string, list []netip.Prefix) bool {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}

// field is the value of the header field that becomes a variable.
func (j *job) field(name string) (string, bool) {
	for _, f := range j.r.In.Fields() {
		if v, ok := compat.HeaderVariable(f.Name); ok && v == name {
			return f.Value, true
		}
	}
	return "", false
}
