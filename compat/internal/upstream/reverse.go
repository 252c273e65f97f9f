package upstream

import (
	"strings"

	"understudy/compat"
)

// Interpolate replaces ${NAME} with variables of r (ap_proxy_interpolate).
func Interpolate(r *compat.Request, s string) string {
	var b strings.Builder
	for {
		start := strings.Index(s, "${")
		if start < 0 {
			break
		}
		end := strings.IndexByte(s[start+2:], '}')
		if end < 0 {
			break
		}
		b.WriteString(s[:start])
		b.WriteString(r.Env.Get(s[start+2 : start+2+end]))
		s = s[start+2+end+1:]
	}
	if b.Len() == 0 {
		return s
	}
	b.WriteString(s)
	return b.String()
}

// sides are the two sides of m for r.
func (m *Mapping) sides(r *compat.Request, d *Dir) (fake, real string) {
	if m.Interpolate && d.Interpolates() {
		return Interpolate(r, m.Fake), Interpolate(r, m.Real)
	}
	return m.Fake, m.Real
}

// ExpressNote is the note that has the worker mod_proxy_express found for r, whose
// URLs are mapped back to "/".
const ExpressNote = "proxy-express-worker"

// ReverseLocation makes a URL of a worker one of ours, where ProxyPassReverse
// says so (ap_proxy_location_reverse_map).
func ReverseLocation(r *compat.Request, d *Dir, url string) string {
	if r.Forward {
		return url
	}
	if to, ok := reverse("/", r.Notes.Get(ExpressNote), url); ok {
		return compat.ConstructURL(r, "/"+strings.TrimLeft(to, "/"))
	}
	for i := range d.Reverse {
		fake, real := d.Reverse[i].sides(r, d)
		to, ok := "", false
		if b := balancerOf(r, real); b != nil {
			to, ok = b.reverse(fake, real, url)
		} else {
			to, ok = reverse(fake, real, url)
		}
		if !ok {
			continue
		}
		if !compat.IsURL(to) {
			to = compat.ConstructURL(r, to)
		}
		return to
	}
	return url
}

func balancerOf(r *compat.Request, url string) *Balancer {
	if !IsBalancer(url) {
		return nil
	}
	return FindBalancer(ServerOf(r).Balancers, url)
}

// reverse maps url, which begins with real; a real that is a path is compared
// with the path of url.
func reverse(fake, real, url string) (string, bool) {
	part := url
	if strings.HasPrefix(real, "/") {
		if i := strings.Index(url, "://"); i >= 0 {
			if j := strings.IndexByte(url[i+3:], '/'); j >= 0 {
				part = url[i+3+j:]
			}
		}
	}
	if real == "" || len(part) < len(real) || !strings.EqualFold(part[:len(real)], real) {
		return "", false
	}
	return fake + part[len(real):], true
}

// reverse maps the URL of any member.
func (b *Balancer) reverse(fake, real, url string) (string, bool) {
	path := ""
	if i := strings.IndexByte(real[len(BalancerPrefix):], '/'); i >= 0 {
		path = real[len(BalancerPrefix)+i:]
	}
	if path == "/" {
		path = ""
	}
	for _, w := range b.Members {
		name := w.Name
		if path != "" {
			name = strings.TrimSuffix(name, "/")
		}
		n := len(name)
		if len(url) < n || !strings.EqualFold(url[:n], name) || !strings.HasPrefix(url[n:], path) {
			continue
		}
		rest := url[n+len(path):]
		if path == "" && fake == "/" && strings.HasPrefix(rest, "/") {
			return rest, true
		}
		return fake + rest, true
	}
	return "", false
}

// ReverseCookie makes path and domain of a cookie ours, where
// ProxyPassReverseCookiePath and ProxyPassReverseCookieDomain say so
// (ap_proxy_cookie_reverse_map).
func ReverseCookie(r *compat.Request, d *Dir, cookie string) string {
	if r.Forward || len(d.CookiePaths) == 0 && len(d.CookieDomains) == 0 {
		return cookie
	}
	parts := strings.Split(cookie, ";")
	changed := false
	for i, part := range parts {
		trimmed := strings.TrimLeft(part, " \t\n\v\f\r")
		blank := part[:len(part)-len(trimmed)]
		name, value, ok := strings.Cut(trimmed, "=")
		if !ok {
			continue
		}
		to, mapped := "", false
		switch {
		case strings.EqualFold(name, "path"):
			to, mapped = mapCookie(r, d, d.CookiePaths, value, strings.HasPrefix)
		case strings.EqualFold(name, "domain"):
			to, mapped = mapCookie(r, d, d.CookieDomains, value, hasPrefixFold)
		}
		if mapped {
			parts[i], changed = blank+name+"="+to, true
		}
	}
	if !changed {
		return cookie
	}
	return strings.Join(parts, ";")
}

// mapCookie is what replaces a value: all of it, as soon as its beginning
// matches.
func mapCookie(r *compat.Request, d *Dir, list []Mapping, value string, begins func(s, prefix string) bool) (string, bool) {
	for i := range list {
		fake, real := list[i].sides(r, d)
		if begins(value, fake) {
			return real, true
		}
	}
	return "", false
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
