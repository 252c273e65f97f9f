package proxybalancer

import (
	"time"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// CheckMethods are the ways to check a worker, as mod_proxy_hcheck has them.
var checkMethods = []string{"NONE", "TCP", "OPTIONS", "HEAD", "GET", "CPING", "OPTIONS11", "HEAD11", "GET11"}

// checks reports whether the page has a place for health checks.
func (p *page) checks() bool { return p.r.Host.Build.Loaded("proxy_hcheck_module") != nil }

func checkOf(w *upstream.Worker) upstream.Check {
	c := w.Check
	if c.Interval == 0 {
		c = upstream.DefaultCheck
	}
	if c.Method == "" {
		c.Method = "NONE"
	}
	return c
}

func (p *page) checkCells(w *upstream.Worker) {
	c := checkOf(w)
	passed, missed := w.Checks()
	p.f("</td><td>%s</td><td>%dms</td><td>%d (%d)</td><td>%d (%d)</td><td>%s</td><td>%s", c.Method, c.Interval.Milliseconds(),
		c.Passes, passed, c.Fails, missed, esc(c.URI), c.Expr)
}

// templates lists the conditions (hc_show_exprs).
func (p *page) templates() {
	if !p.checks() || len(p.s.Conditions) == 0 {
		return
	}
	p.f("\n\n<table><tr><th colspan='2'>Health check cond. expressions:</th></tr>\n<tr><th>Expr name</th><th>Expression</th></tr>\n")
	for _, c := range p.s.Conditions {
		p.f("<tr><td>%s</td><td>%s</td></tr>\n", esc(c.Name), esc(c.Text))
	}
	p.f("</table><hr/>\n")
}

func selected(is bool) string {
	if is {
		return "selected"
	}
	return ""
}

func (p *page) editCheck(w *upstream.Worker) {
	c := checkOf(w)
	p.f("<tr><td colspan='2'>\n<table align='center'><tr><th>Health Check param</th><th>Value</th></tr>\n" +
		"<tr><td>Method</td><td><select name='w_hm'>\n")
	for _, m := range checkMethods {
		if m == "CPING" && p.r.Host.Build.Loaded("proxy_ajp_module") == nil {
			continue
		}
		p.f("<option value='%s' %s >%s</option>\n", m, selected(m == c.Method), m)
	}
	p.f("</select>\n</td></tr>\n<tr><td>Expr</td><td><select name='w_he'>\n")
	for _, e := range p.s.Conditions {
		p.f("<option value='%s' %s >%s</option>\n", esc(e.Name), selected(e.Name == c.Expr), esc(e.Name))
	}
	p.f("</select>\n</td></tr>\n<tr><td>Interval (ms)</td><td><input name='w_hi' id='w_hi' type='text' value='%d'></td></tr>\n",
		c.Interval.Milliseconds())
	p.f("<tr><td>Passes trigger</td><td><input name='w_hp' id='w_hp' type='text' value='%d'></td></tr>\n", c.Passes)
	p.f("<tr><td>Fails trigger)</td><td><input name='w_hf' id='w_hf' type='text' value='%d'></td></tr>\n", c.Fails)
	p.f("<tr><td>HC uri</td><td><input name='w_hu' id='w_hu' type='text' value=\"%s\"></td></tr>\n</table>\n</td></tr>\n", esc(c.URI))
}

// tick is the least interval of checks.
const tick = 100 * time.Millisecond

// check changes how the member is checked.
func (c *change) check() {
	f, w := c.f, c.w
	check := checkOf(w)
	if d, ok := compat.ParseTimeout(f["w_hi"], "ms"); f.has("w_hi") && ok && d >= tick {
		check.Interval = d
	}
	c.number("w_hp", 1, 1<<30, func(n int) { check.Passes = n })
	c.number("w_hf", 1, 1<<30, func(n int) { check.Fails = n })
	for _, m := range checkMethods {
		if m == f["w_hm"] {
			check.Method = m
		}
	}
	if f.has("w_hu") && len(f["w_hu"]) < 256 {
		check.URI = f["w_hu"]
	}
	if f.has("w_he") {
		check.Expr = ""
		if upstream.ServerOf(c.r).Condition(f["w_he"]) != nil {
			check.Expr = f["w_he"]
		}
	}
	switch check.Method {
	case "NONE", "TCP", "CPING":
		check.Expr = ""
	}
	w.Check = check
}
