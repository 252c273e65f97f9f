package proxybalancer

import (
	"io"
	"net/url"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// maxForm is how much of a form is read, as in Apache.
const maxForm = 1024

// manage is the handler balancer-manager (balancer_handler): it shows balancers
// and changes them, for who was shown their nonce by a page of this very server.
func manage(r *compat.Request) compat.Status {
	if r.Handler != "balancer-manager" {
		return compat.Declined
	}
	r.AllowedMethods = []string{"GET", "POST"}
	if r.Method != "GET" && r.Method != "HEAD" && r.Method != "POST" {
		return compat.Declined
	}
	f := form{}
	if r.Method == "POST" {
		if r.Body != nil {
			b, err := io.ReadAll(io.LimitReader(r.Body, maxForm))
			if err != nil {
				return compat.StatusOf(err)
			}
			f.add(string(b))
		}
	} else {
		f.add(r.Query, "w", "b", "nonce", "xml")
	}
	if !sameSite(r) {
		r.Logf("proxy_balancer", compat.LevelError, nil, "AH10187: ignoring params in balancer-manager cross-site access")
		f = form{}
	}
	s := upstream.ServerOf(r)
	p := &page{r: r, s: s, xml: f.has("xml")}
	if f.has("b") {
		p.balancer = upstream.FindBalancer(s.Balancers, upstream.BalancerPrefix+f["b"])
	}
	if p.balancer != nil {
		p.balancer.Hold()
		p.worker = p.balancer.Member(f["w"])
		ok := true
		if nonce := p.balancer.Nonce; nonce != nil && *nonce != "" && f["nonce"] == *nonce {
			c := change{r: r, b: p.balancer, w: p.worker, f: f}
			ok = c.apply()
		}
		p.balancer.LetGo()
		if !ok {
			return 400
		}
	}
	p.show()
	return compat.OK
}

// sameSite reports whether the request comes from a page of this server
// (safe_referer).
func sameSite(r *compat.Request) bool {
	u, err := url.Parse(r.In.Get("Referer"))
	return err == nil && u.Hostname() != "" && strings.EqualFold(u.Hostname(), compat.ServerName(r))
}

// A form is what a client sent.
type form map[string]string

func (f form) has(name string) bool { _, ok := f[name]; return ok }

// add takes apart "a=b&c=d" (push2table); with names, only those count. Values
// are escaped twice in forms.
func (f form) add(text string, names ...string) {
	for part := range strings.SplitSeq(text, "&") {
		key, value, _ := strings.Cut(part, "=")
		key = compat.Unescape(key)
		allowed := len(names) == 0
		for _, n := range names {
			allowed = allowed || n == key
		}
		if part != "" && allowed {
			f[key] = compat.Unescape(compat.Unescape(value))
		}
	}
}

// A change is what a form asks for of a balancer and one of its members.
type change struct {
	r *compat.Request
	b *upstream.Balancer
	w *upstream.Worker // nil: none
	f form
}

// apply changes what the form says (balancer_process_balancer_worker); false: it
// asks for what cannot be. The balancer is locked.
func (c *change) apply() bool {
	if c.w != nil {
		c.member()
	}
	f, b := c.f, c.b
	if name := f["b_lbm"]; name != "" && name != b.MethodName {
		if m := upstream.MethodOf(c.r.Host.Build, name); m != nil {
			b.Method, b.MethodName = m, name
			b.Reset()
		}
	}
	c.number("b_tmo", 0, 7200, func(n int) { b.Timeout = seconds(n) })
	c.number("b_max", 0, 99, func(n int) { b.MaxAttempts = &n })
	if f.has("b_sforce") {
		force := compat.Atoi(f["b_sforce"]) != 0
		b.NoFailover = &force
	}
	switch name := f["b_ss"]; {
	case name == "-":
		b.Sticky, b.StickyPath = "", ""
	case name != "" && len(name) < 63:
		b.Sticky, b.StickyPath = name, name
		if cookie, path, both := strings.Cut(name, "|"); both {
			b.Sticky, b.StickyPath = cookie, path
		}
	}
	if f["b_wyes"] == "1" && f.has("b_nwrkr") && !b.AddMember(f["b_nwrkr"]) {
		c.r.Logf("proxy_balancer", compat.LevelError, nil, "AH10164: %s: failed to add worker %s", b.Name, f["b_nwrkr"])
		return false
	}
	return true
}

// number obeys a number of the form that is in its bounds.
func (c *change) number(name string, least, most int, set func(int)) {
	if !c.f.has(name) {
		return
	}
	if n := compat.Atoi(c.f[name]); n >= least && n <= most {
		set(n)
	}
}

// statusFields are the states that can be changed.
var statusFields = []struct {
	name string
	bit  upstream.Status
}{
	{"w_status_I", upstream.IgnoreErrors}, {"w_status_N", upstream.Draining}, {"w_status_D", upstream.Disabled},
	{"w_status_H", upstream.HotStandby}, {"w_status_R", upstream.HotSpare}, {"w_status_S", upstream.Stopped},
	{"w_status_C", upstream.CheckFailed},
}

// maxRoute is how long a route may be.
const maxRoute = 64

func (c *change) member() {
	f, w := c.f, c.w
	usable := w.Usable()
	if f.has("w_lf") {
		if n := hundredths(f["w_lf"]); n >= 100 && n <= 10000 {
			w.Factor = n
			c.b.Reset()
		}
	}
	for _, t := range []struct {
		name string
		at   *string
	}{{"w_wr", &w.Route}, {"w_rr", &w.Redirect}} {
		if v := f[t.name]; f.has(t.name) {
			if *t.at = ""; len(v) < maxRoute {
				*t.at = v
			}
		}
	}
	for _, s := range statusFields {
		if !f.has(s.name) {
			continue
		}
		on := compat.Atoi(f[s.name]) != 0
		w.SetStatus(func(have upstream.Status) upstream.Status {
			if on {
				return have | s.bit
			}
			return have &^ s.bit
		})
	}
	c.number("w_ls", 0, 99, func(n int) { w.LBSet = n })
	c.check()
	if !usable && w.Usable() {
		c.b.Reset()
	}
}
