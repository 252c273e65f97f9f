// Package upstream is what the modules of mod_proxy's family share: what their
// directives say (config.go), workers and balancers (worker.go, balancer.go), the
// connections to them (pool.go, conn.go, dial.go), and a request on its way to
// one (call.go).
//
// A worker is a server that is asked, with all that was said of it. It keeps the
// connections that can be used again, and knows whether it failed of late. A
// balancer elects one of its workers for each request.
//
// The modules that speak a protocol register a [Scheme]; mod_proxy finds those
// that are loaded when the configuration is complete.
package upstream

import (
	"slices"
	"strings"

	"understudy/compat"
)

// A Scheme is a protocol to speak to workers, of one module.
type Scheme struct {
	Module string // identifier: "proxy_http_module"
	Order  int    // among all: Apache's order of hooks
	// Canon makes the file name of r, "proxy:URL", canonical. It answers
	// Declined if the URL is for others.
	Canon func(r *compat.Request, url string) compat.Status
	// Trans is asked whether a mapping to url is for r: anything but OK and
	// Declined leaves it to the mappings that follow. It may be nil.
	Trans func(r *compat.Request, url string) compat.Status
	// Handle answers c.R. It answers Declined if the URL is for others.
	Handle func(c *Call) compat.Status
}

// schemes is filled while packages are initialized, and only read afterwards.
var schemes []*Scheme

// Register makes a scheme known; for package variables.
func Register(s Scheme) *Scheme {
	schemes = append(schemes, &s)
	return &s
}

// A Method is how a balancer elects, of one module.
type Method struct {
	Name   string // of lbmethod=
	Module string
	// Best reports whether candidate is better than best, which may be nil. It
	// is called once for each that can be elected, with the balancer locked.
	Best func(e *Election, candidate, best *Worker) bool
	// Elected is told of the worker that was elected; nil: nothing to do.
	Elected func(e *Election, w *Worker)
}

var methods []*Method

// RegisterMethod makes a method known; for package variables.
func RegisterMethod(m Method) *Method {
	methods = append(methods, &m)
	return &m
}

// MethodOf is the method called name, if its module is loaded.
func MethodOf(b *compat.Build, name string) *Method {
	for _, m := range methods {
		if m.Name == name && b.Loaded(m.Module) != nil {
			return m
		}
	}
	return nil
}

// A Site is what a whole configuration has in common.
type Site struct {
	Schemes []*Scheme // of loaded modules, in the order in which they are asked
	Reverse *Worker   // for URLs that no worker is for
}

// NewSite finds the schemes whose modules are loaded.
func NewSite(b *compat.Build) *Site {
	s := &Site{Reverse: generic("proxy:reverse")}
	for _, scheme := range schemes {
		if b.Loaded(scheme.Module) != nil {
			s.Schemes = append(s.Schemes, scheme)
		}
	}
	slices.SortStableFunc(s.Schemes, func(a, b *Scheme) int { return a.Order - b.Order })
	return s
}

// Canon has the file name of r made canonical (ap_proxy_canon_url).
func (s *Site) Canon(r *compat.Request) compat.Status {
	url := strings.TrimPrefix(r.Filename, "proxy:")
	for _, scheme := range s.Schemes {
		if scheme.Canon == nil {
			continue
		}
		if status := scheme.Canon(r, url); status != compat.Declined {
			return status
		}
	}
	if strings.IndexByte(url, ':') <= 0 {
		return 400
	}
	return compat.OK
}

// CutScheme takes "scheme:" off a URL, in any case.
func CutScheme(url, scheme string) (rest string, ok bool) {
	n := len(scheme)
	if len(url) <= n || url[n] != ':' || !strings.EqualFold(url[:n], scheme) {
		return url, false
	}
	return url[n+1:], true
}

// CutURL is CutScheme for a URL that goes on with "//".
func CutURL(url, scheme string) (rest string, ok bool) {
	rest, ok = CutScheme(url, scheme)
	return rest, ok && strings.HasPrefix(rest, "//")
}

// DefaultPort is the port of a scheme (ap_proxy_port_of_scheme); 0: unknown.
func DefaultPort(scheme string) int {
	switch strings.ToLower(scheme) {
	case "http", "ws", "h2c":
		return 80
	case "https", "wss", "h2":
		return 443
	case "ftp":
		return 21
	case "fcgi":
		return 8000
	case "ajp":
		return 8009
	case "scgi":
		return 4000
	case "uwsgi":
		return 3031
	}
	return 0
}

// SchemeOf is the scheme of a module, loaded or not; nil: it has none.
func SchemeOf(module string) *Scheme {
	for _, s := range schemes {
		if s.Module == module {
			return s
		}
	}
	return nil
}
