package upstream

import (
	"strings"

	"understudy/compat"
)

// session finds the route a client was given: in the URL, or in a
// cookie (find_session_route). sticky is the name it was found by.
func (b *Balancer) session(r *compat.Request, url string) (route, sticky string) {
	if b.Sticky == "" {
		return "", ""
	}
	if r.HasQuery {
		url += "?" + r.Query
	}
	value, found := pathParam(url, b.StickyPath, on(b.Semicolon))
	sticky = b.StickyPath
	if !found {
		if value, found = cookieParam(r.In.Get("Cookie"), b.Sticky); !found {
			return "", ""
		}
		sticky = b.Sticky
	}
	separator := "."
	if b.Separator != nil {
		separator = *b.Separator
	}
	if separator == "" {
		return value, sticky
	}
	_, route, found = strings.Cut(value, separator)
	if !found {
		return "", ""
	}
	return route, sticky
}

// pathParam is the value of "name=" anywhere in a URL (get_path_param).
func pathParam(url, name string, semicolon bool) (string, bool) {
	ends := "?&"
	if semicolon {
		ends = ";?&"
	}
	for rest := url; name != ""; {
		i := strings.Index(rest, name)
		if i < 0 {
			break
		}
		if after := rest[i+len(name):]; strings.HasPrefix(after, "=") && len(after) > 1 {
			value := strings.TrimLeft(after[1:], ends)
			if j := strings.IndexAny(value, ends); j >= 0 {
				value = value[:j]
			}
			return value, value != ""
		}
		rest = rest[i+1:]
	}
	return "", false
}

// cookieParam is the value of a cookie (get_cookie_param).
func cookieParam(cookies, name string) (string, bool) {
	for part := range strings.FieldsFuncSeq(cookies, func(c rune) bool { return c == ';' || c == ',' }) {
		n, value, ok := strings.Cut(part, "=")
		n = strings.TrimRight(n, " \t")
		if i := strings.LastIndexAny(n, " \t"); i >= 0 {
			n = n[i+1:]
		}
		if ok && n == name && value != "" {
			return value, true
		}
	}
	return "", false
}

// sessionWorker is the member that has the route, if it can be asked. Its
// redirect= is asked instead where it cannot.
func (b *Balancer) sessionWorker(r *compat.Request, route string) *Worker {
	if route == "" {
		return nil
	}
	w := b.routeWorker(route, 1)
	if w != nil && w.Route != route {
		r.Env.Set("BALANCER_ROUTE_CHANGED", "1")
	}
	return w
}

func (b *Balancer) routeWorker(route string, depth int) *Worker {
	for _, standby := range []Status{0, HotStandby} {
		for _, w := range b.Members {
			if w.Route == "" || w.Route != route || w.Status()&HotStandby != standby {
				continue
			}
			if w.Usable() || w.TryAgain() && w.Usable() {
				return w
			}
			if w.Redirect == "" || depth >= len(b.Members) {
				continue
			}
			if other := b.routeWorker(w.Redirect, depth+1); other != nil {
				return other
			}
		}
	}
	return nil
}

func (b *Balancer) hasRoute(route string) bool {
	for _, w := range b.Members {
		if w.Route == route {
			return true
		}
	}
	return false
}
