package proxy

import (
	"math"
	"strconv"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// handle has r answered by another server (proxy_handler).
func handle(r *compat.Request) compat.Status {
	switch {
	case !r.Proxied && strings.HasPrefix(r.Handler, "proxy:"):
		if status := adoptHandler(r); status != compat.OK {
			return status
		}
	case r.Proxied && strings.HasPrefix(r.Filename, "proxy:"):
	default:
		return compat.Declined
	}
	if status := forwards(r); status != compat.OK {
		return status
	}
	if status := traceAllowed(r); status != compat.OK {
		return status
	}
	s := upstream.ServerOf(r)
	if needsDomain(r, s) {
		return 301
	}
	a := &attempt{r: r, s: s, url: strings.TrimPrefix(r.Filename, "proxy:")}
	return a.run()
}

// adoptHandler makes SetHandler "proxy:URL" and the file behind it the URL that
// r is for.
func adoptHandler(r *compat.Request) compat.Status {
	file := r.Filename
	r.Proxied = true
	r.Filename = r.Handler + file
	status := canon(r)
	if status != compat.OK {
		r.Filename, r.Proxied = file, false
	}
	return status
}

// forwards counts Max-Forwards down. At zero we answer what can be answered
// here.
func forwards(r *compat.Request) compat.Status {
	max := -1
	if m := upstream.ServerOf(r).MaxForwards; m != nil {
		max = *m
	}
	if value, ok := r.In.Lookup("Max-Forwards"); ok {
		n, whole, fits := compat.ParseOffset(value)
		switch {
		case !whole && value != "" || !fits || n < 0 || n == math.MaxInt64:
			r.Logf("proxy", compat.LevelWarn, nil, "AH10188: Max-Forwards value '%s' could not be parsed", value)
			return upstream.ProxyError(r, 400, nil, "Max-Forwards request header could not be parsed")
		case n == 0 && r.Method == "TRACE":
			r.Proxied = false
			return compat.SendTrace(r)
		case n == 0 && r.Method == "OPTIONS":
			r.Proxied = false
			r.Out.Set("Allow", "TRACE")
			r.Out.Set("Content-Length", "0")
			r.Writer.Close()
			return compat.Done
		case n == 0:
			return upstream.ProxyError(r, 400, nil, "Max-Forwards has reached zero - proxy loop?")
		}
		max = int(n - 1)
	}
	if max >= 0 {
		r.In.Set("Max-Forwards", strconv.Itoa(max))
	}
	return compat.OK
}

// traceAllowed refuses TRACE where TraceEnable does.
func traceAllowed(r *compat.Request) compat.Status {
	switch {
	case r.Method != "TRACE":
	case r.Host.Trace == "off":
		r.Notes.Set("error-notes", "TRACE forbidden by server configuration")
		r.Notes.Set("verbose-error-to", "*")
		r.Logf("proxy", compat.LevelError, nil, "AH01139: TRACE forbidden by server configuration")
		return 405
	case r.Host.Trace != "extended" && r.BodyLength != 0:
		r.Notes.Set("error-notes", "TRACE with request body is not allowed")
		r.Notes.Set("verbose-error-to", "*")
		r.Logf("proxy", compat.LevelError, nil, "AH01140: TRACE with request body is not allowed")
		return 413
	}
	return compat.OK
}

// needsDomain sends clients that ask us as their proxy for a host without
// domain to the one in ProxyDomain.
func needsDomain(r *compat.Request, s *upstream.Server) bool {
	if s.Domain == "" || r.Method != "GET" && r.Method != "HEAD" {
		return false
	}
	u, ok := upstream.ParseURL(r.Target)
	if !ok || u.Host == "" || strings.ContainsAny(u.Host, ".:") || strings.EqualFold(u.Host, "localhost") {
		return false
	}
	u.Host += s.Domain
	r.Out.Set("Location", u.String())
	return true
}

// An attempt is the search for a worker that answers.
type attempt struct {
	r    *compat.Request
	s    *upstream.Server
	url  string
	body upstream.Body
	call upstream.Call // of the try under way
	tries,
	limit int // of further attempts
	balancer *upstream.Balancer
}

// run asks one worker, or members of a balancer until one answers.
func (a *attempt) run() compat.Status {
	a.body = upstream.BodyOf(a.r)
	defer a.body.Close()
	for {
		c, status := a.worker()
		if status != compat.OK {
			return a.ended(c, status)
		}
		status = a.ask(c)
		if c.Balancer != nil {
			c.Done()
		}
		switch {
		case status == compat.Declined:
			a.r.Logf("proxy", compat.LevelWarn, nil, "AH01144: No protocol handler was valid for the URL %s (scheme '%s'). "+
				"If you are using a DSO version of mod_proxy, make sure the proxy submodules are included in the "+
				"configuration using LoadModule.", a.r.Path, schemeOf(a.url))
			return a.ended(c, 500)
		case status == 503 && c.Balancer != nil && !a.r.Notes.Has("proxy-error-override"):
			c.Worker.Fail()
			if !c.Worker.Usable() && a.tries < a.limit && !a.r.Wire.Started() && a.body.Repeatable() {
				a.tries++
				continue
			}
		case status == 500 && c.Balancer != nil && !a.r.Notes.Has("proxy-error-override"):
			c.Worker.Fail()
		}
		return a.ended(c, status)
	}
}

func schemeOf(url string) string {
	scheme, _, _ := strings.Cut(url, ":")
	return scheme
}

// worker finds who is asked (ap_proxy_pre_request).
func (a *attempt) worker() (*upstream.Call, compat.Status) {
	r := a.r
	c := &a.call
	*c = upstream.Call{R: r, Server: a.s, Dir: upstream.DirOf(r), URL: a.url, Body: &a.body}
	if a.balancer == nil && upstream.IsBalancer(a.url) && r.Host.Build.Loaded("proxy_balancer_module") != nil {
		if a.balancer = upstream.FindBalancer(a.s.Balancers, a.url); a.balancer != nil {
			a.limit = a.balancer.Attempts()
		}
	}
	if a.balancer != nil {
		return c, a.balancer.Elect(c)
	}
	c.Worker = upstream.FindWorker(a.s.Workers, a.url, upstream.Prefixes|upstream.Matches)
	switch {
	case c.Worker != nil:
	case r.Forward && a.s.Forward != nil:
		c.Worker = a.s.Forward
		r.Env.Set("proxy-nokeepalive", "1")
	case r.Forward:
		return c, 403 // Nobody said that clients may.
	default:
		c.Worker = a.s.Site.Reverse
		r.Env.Set("proxy-nokeepalive", "1")
	}
	return c, compat.OK
}

// ask hands c over to the module that speaks its scheme; to a remote proxy
// first, where one is for it.
func (a *attempt) ask(c *upstream.Call) compat.Status {
	if !a.direct() {
		for i := range a.s.Remotes {
			remote := &a.s.Remotes[i]
			if !remote.Covers(c.URL, schemeOf(a.url)) {
				continue
			}
			c.Remote = remote
			status := a.handle(c)
			if status != compat.Declined && (status != 502 || a.body.Has) {
				return status
			}
		}
		c.Remote = nil
	}
	return a.handle(c)
}

func (a *attempt) handle(c *upstream.Call) compat.Status {
	for _, scheme := range a.s.Site.Schemes {
		if scheme.Handle == nil {
			continue
		}
		if status := scheme.Handle(c); status != compat.Declined {
			return status
		}
	}
	return compat.Declined
}

// direct reports whether NoProxy says that no remote proxy is asked.
func (a *attempt) direct() bool {
	if len(a.s.Remotes) == 0 || len(a.s.Direct) == 0 {
		return false
	}
	host := a.r.Hostname
	if u, ok := upstream.ParseURL(a.url); ok && u.Host != "" {
		host = strings.Trim(u.Host, "[]")
	}
	for i := range a.s.Direct {
		if a.s.Direct[i].Covers(host) {
			return true
		}
	}
	return false
}

// ended sees to what the outcome says of a balancer's member.
func (a *attempt) ended(c *upstream.Call, status compat.Status) compat.Status {
	if c.Balancer != nil {
		code := int(status)
		if status <= 0 {
			code = a.r.Status
		}
		c.Balancer.Failed(c, code)
	}
	return status
}
