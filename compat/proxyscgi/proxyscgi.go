// Package proxyscgi is mod_proxy_scgi: it asks workers by SCGI, and sends a
// file or another URL instead of the answer where that says so.
//
// Deviations: an answer that breaks off is not known from one that ends, as in
// Apache; a header may have 128 KiB.
package proxyscgi

import (
	"cmp"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// Module is mod_proxy_scgi.
var Module = compat.Module{
	Name: "proxy_scgi_module",
	File: "mod_proxy_scgi.c",
	Directives: []compat.Directive{
		slot.Directive("ProxySCGISendfile", compat.Take1, both, word("X-Sendfile", func(c *config) *string { return &c.sendfile }),
			"The name of the X-Sendfile pseudo response header or On or Off"),
		slot.Directive("ProxySCGIInternalRedirect", compat.Take1, both, word("Location", func(c *config) *string { return &c.redirect }),
			"The name of the pseudo response header or On or Off"),
	},
}

const both = compat.Server | compat.Access

var _ = upstream.Register(upstream.Scheme{
	Module: "proxy_scgi_module",
	Order:  2,
	Canon:  canon,
	Handle: handle,
})

var slot = compat.NewSlot[config]()

// A config has the names of the fields that stand for something else; "off".
type config struct{ sendfile, redirect string }

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	return config{cmp.Or(over.sendfile, base.sendfile), cmp.Or(over.redirect, base.redirect)}
}

// word makes the setter for Off, On, or the name of a field.
func word(usual string, at func(*config) *string) func(*compat.Cmd, *config) error {
	return func(c *compat.Cmd, conf *config) error {
		switch name := c.Arg(0); {
		case strings.EqualFold(name, "off"):
			*at(conf) = "off"
		case strings.EqualFold(name, "on"):
			*at(conf) = usual
		default:
			*at(conf) = name
		}
		return nil
	}
}

var rules = upstream.CanonRules{Module: "proxy_scgi", BadURL: "AH00857", BadPath: "AH10413"}

func canon(r *compat.Request, url string) compat.Status {
	rest, ok := upstream.CutURL(url, "scgi")
	if !ok {
		return compat.Declined
	}
	if status := upstream.Canon(r, "scgi", rest, &rules); status != compat.OK {
		return status
	}
	if r.Env.Has("proxy-scgi-pathinfo") {
		start := len("proxy:scgi://")
		r.PathInfo = r.Filename[start+strings.IndexByte(r.Filename[start:], '/'):]
	}
	return compat.OK
}

// handle asks a worker (scgi_handler).
func handle(c *upstream.Call) compat.Status {
	r := c.R
	if _, ok := upstream.CutURL(c.URL, "scgi"); !ok {
		return compat.Declined
	}
	if r.BodyLength < 0 {
		return 411
	}
	c.Function = "SCGI"
	defer c.Release()
	if status := c.Begin(); status != compat.OK {
		return status
	}
	if _, err := c.Connect(true); err != nil {
		c.Errorf("proxy_scgi", nil, "AH00866: failed to make connection to backend: %s:%d", c.Host, c.Port)
		return 503
	}
	c.Conn.Spent = true
	conf := slot.Of(r)
	if conf == nil {
		conf = &config{}
	}
	return c.Script("proxy_scgi", request(r), conf.instead)
}

// request is the header: variables in a netstring, the length of the body first.
func request(r *compat.Request) []byte {
	upstream.AddCGI(r)
	vars := append(upstream.AppendNumber([]byte("CONTENT_LENGTH\x00"), int(r.BodyLength)), "\x00SCGI\x001\x00"...)
	for _, v := range r.Env.All() {
		switch v.Name {
		case "GATEWAY_INTERFACE", "CONTENT_LENGTH", "SCGI":
			continue
		}
		if strings.IndexByte(v.Name, 0) >= 0 || strings.IndexByte(v.Value, 0) >= 0 {
			continue // It would be two.
		}
		vars = append(append(append(append(vars, v.Name...), 0), v.Value...), 0)
	}
	b := append(upstream.AppendNumber(nil, len(vars)), ':')
	return append(append(b, vars...), ',')
}

// instead answers with a file or another URL, where the worker says so
// (scgi_request_status).
func (c *config) instead(r *compat.Request) (compat.Status, bool) {
	if c.sendfile != "" && c.sendfile != "off" {
		if name, ok := take(r, c.sendfile); ok {
			return sendFile(r, name), true
		}
	}
	if c.redirect == "off" || r.Status != 200 {
		return 0, false
	}
	field := cmp.Or(c.redirect, "Location")
	url, ok := r.ErrOut.Lookup(field)
	if !ok {
		url, ok = r.Out.Lookup(field)
	}
	if !ok || !strings.HasPrefix(url, "/") {
		return 0, false
	}
	if !strings.EqualFold(field, "Location") {
		take(r, field)
	}
	if r.Reason = ""; !r.HeaderOnly {
		r.Method = "GET"
	}
	r.In.Del("Content-Length")
	return r.Engine.Redirect(r, url), true
}

// take removes a field and returns its value.
func take(r *compat.Request, name string) (string, bool) {
	h := &r.ErrOut
	if !h.Has(name) {
		h = &r.Out
	}
	v, ok := h.Lookup(name)
	h.Del(name)
	return v, ok
}

func sendFile(r *compat.Request, name string) compat.Status {
	sub := r.Engine.LookupFile(r, name)
	if sub == nil || sub.Status != 200 || sub.Info == nil {
		status := 0
		if sub != nil {
			status = sub.Status
		}
		r.Logf("proxy_scgi", compat.LevelError, nil, "AH00864: Subrequest to file '%s' not possible. (rr->status=%d, "+
			"rr->finfo.filetype=0)", name, status)
		return 500
	}
	if status := r.Engine.Run(sub); status > 0 {
		return status
	}
	return compat.OK
}
