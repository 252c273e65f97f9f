package proxyhttp

import (
	"strconv"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// check looks at what frames the answer, and takes it out of the header: it is
// between the worker and us.
func (e *exchange) check(p *reply) compat.Status {
	if p.isOld {
		return compat.OK
	}
	h := &p.fields
	if p.te, p.hasTE = h.Lookup("Transfer-Encoding"); p.hasTE {
		p.te = strings.Join(h.Values("Transfer-Encoding"), ", ")
		if h.Has("Content-Length") {
			h.Del("Content-Length") // Others may have believed that one.
			p.closes = true
		}
		h.Del("Transfer-Encoding")
	}
	if !e.length(p) {
		return e.bad("Corrupt Content-Length returned by remote server")
	}
	p.upgrade = h.Get("Upgrade")
	if p.status == 101 && (p.upgrade == "" || e.upgrade == "" || !strings.EqualFold(p.upgrade, e.upgrade)) {
		return e.bad("Unexpected Upgrade: " + orNone(p.upgrade) + " (expecting " + orNone(e.upgrade) + ")")
	}
	if upstream.DropHopByHop(h) || p.minor < 1 || p.status == 101 {
		p.closes = true
	}
	for _, name := range [...]string{"Keep-Alive", "Proxy-Authenticate", "TE", "Trailer", "Upgrade"} {
		h.Del(name)
	}
	p.bodyless = e.r.HeaderOnly || p.status == 204 || p.status == 304 || p.status < 200
	return compat.OK
}

func orNone(s string) string {
	if s == "" {
		return "n/a"
	}
	return s
}

// length reads Content-Length; ok is false if it is none, or there are two.
func (e *exchange) length(p *reply) (ok bool) {
	found, zeros := 0, false
	for _, f := range p.fields.Fields() {
		if !strings.EqualFold(f.Name, "Content-Length") {
			continue
		}
		n, err := strconv.ParseUint(f.Value, 10, 63)
		if err != nil || f.Value[0] == '+' || p.length >= 0 && p.length != int64(n) {
			return false
		}
		p.length = int64(n)
		found, zeros = found+1, zeros || f.Value[0] == '0'
	}
	if found > 1 || zeros {
		p.fields.Set("Content-Length", strconv.FormatInt(p.length, 10))
	}
	return true
}

// passInterim sends an answer before the answer on, as proxy-interim-response
// says. That of 100 Continue follows from reading the client's body.
func (e *exchange) passInterim(p *reply) {
	r := e.r
	policy, has := r.Env.Lookup("proxy-interim-response")
	if has && !strings.EqualFold(policy, "RFC") {
		if !strings.EqualFold(policy, "Suppress") {
			r.Logf("proxy_http", compat.LevelWarn, nil, "AH01108: undefined proxy interim response policy")
		}
		return
	}
	if p.status == 100 || !r.IsInitial() {
		return
	}
	e.via(&p.fields)
	r.Wire.Interim(p.status, &p.fields)
}

func (e *exchange) via(h *compat.Header) {
	if via := e.c.Server.Via; via == upstream.ViaOn || via == upstream.ViaFull {
		h.Add("Via", e.c.ViaText())
	}
}

// fill makes the answer of r that of the worker (process_proxy_header).
func (e *exchange) fill(p *reply) {
	r, d := e.r, e.c.Dir
	keepCookies(&r.Out)
	for _, f := range p.fields.Fields() {
		v := f.Value
		switch {
		case isOneOf(f.Name, "Date", "Expires", "Last-Modified"):
			v = canonDate(v)
		case isOneOf(f.Name, "Location", "Content-Location", "URI", "Destination"):
			v = upstream.ReverseLocation(r, d, v)
		case isOneOf(f.Name, "Set-Cookie"):
			v = upstream.ReverseCookie(r, d, v)
		case isOneOf(f.Name, "Content-Type"):
			r.ContentType = v
		}
		r.Out.Add(f.Name, v)
	}
	if r.HeaderOnly && strings.EqualFold(p.te, "chunked") {
		r.Out.Set("Transfer-Encoding", "chunked") // As the answer to GET would have it.
	}
	e.via(&r.Out)
	r.Status, r.Reason = p.status, p.reason
}

func isOneOf(name string, names ...string) bool {
	for _, n := range names {
		if len(name) == len(n) && strings.EqualFold(name, n) {
			return true
		}
	}
	return false
}

// canonDate writes a date in the form that is preferred today.
func canonDate(s string) string {
	t, err := compat.ParseDate(s)
	if err != nil {
		return s
	}
	var b [32]byte
	if string(compat.AppendDate(b[:0], t)) == s {
		return s
	}
	return compat.FormatDate(t)
}
