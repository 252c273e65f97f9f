package proxybalancer

import (
	"cmp"
	"strings"
	"time"

	"understudy/compat/internal/upstream"
)

func (p *page) showXML() {
	p.f("<?xml version='1.0' encoding='UTF-8' ?>\n<httpd:manager xmlns:httpd='http://httpd.apache.org'>\n  <httpd:balancers>\n")
	for _, b := range p.s.Balancers {
		b.Hold()
		p.balancerXML(b)
		b.LetGo()
	}
	p.f("  </httpd:balancers>\n</httpd:manager>")
}

// tag writes an element at an indent.
func (p *page) tag(indent int, name, format string, args ...any) {
	p.f(strings.Repeat(" ", indent)+"<httpd:"+name+">"+format+"</httpd:"+name+">\n", args...)
}

func (p *page) balancerXML(b *upstream.Balancer) {
	p.f("    <httpd:balancer>\n")
	p.tag(6, "name", "%s", b.Name)
	if nonce := nonceOf(b); nonce != "" {
		p.tag(6, "nonce", "%s", nonce)
	}
	if b.Sticky != "" {
		p.tag(6, "stickysession", "%s", esc(b.Sticky))
		p.tag(6, "nofailover", "%s", isOn(b.NoFailover))
	}
	p.f("      <httpd:timeout>%d</httpd:timeout>", int(b.Timeout/time.Second)) // Without an end of line in Apache.
	if b.MaxAttempts != nil || len(b.Members) > 1 {
		p.tag(6, "maxattempts", "%d", attempts(b))
	}
	p.tag(6, "lbmethod", "%s", b.MethodName)
	if b.Sticky != "" {
		p.tag(6, "scolonpathdelim", "%s", isOn(b.Semicolon))
	}
	p.f("      <httpd:workers>\n")
	for _, w := range b.Members {
		p.workerXML(w)
	}
	p.f("      </httpd:workers>\n    </httpd:balancer>\n")
}

// threads is how many connections Apache would keep: ThreadsPerChild.
const threads = 25

func (p *page) workerXML(w *upstream.Worker) {
	const in = 10
	p.f("        <httpd:worker>\n")
	p.tag(in, "name", "%s", esc(w.String()))
	p.tag(in, "scheme", "%s", w.Scheme)
	p.tag(in, "hostname", "%s", w.Host)
	p.tag(in, "loadfactor", "%s", factor(w))
	p.tag(in, "port", "%d", w.Port)
	p.tag(in, "min", "%d", w.Min)
	most := cmp.Or(w.Max, threads)
	p.tag(in, "smax", "%d", cmp.Or(w.SMax, most))
	p.tag(in, "max", "%d", most)
	p.tag(in, "ttl", "%d", int(w.TTL/time.Second))
	p.given(in, "timeout", int64(w.Timeout/time.Second))
	p.given(in, "acquire", w.Acquire.Milliseconds())
	p.given(in, "recv_buffer_size", int64(w.RecvBuffer))
	p.given(in, "io_buffer_size", int64(w.IOBuffer))
	if w.KeepAlive {
		p.tag(in, "keepalive", "On")
	}
	p.tag(in, "status", "%s", w.Status())
	retries, failed := w.Retries()
	if !failed.IsZero() {
		p.tag(in, "error_time", "%s", failed.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	}
	n := w.Counts()
	p.tag(in, "retries", "%d", retries)
	p.tag(in, "lbstatus", "%d", w.LBStatus)
	p.tag(in, "loadfactor", "%s", factor(w))
	p.tag(in, "transferred", "%d", n.Sent)
	p.tag(in, "read", "%d", n.Read)
	p.tag(in, "elected", "%d", n.Elected)
	p.tag(in, "route", "%s", esc(w.Route))
	p.tag(in, "redirect", "%s", esc(w.Redirect))
	p.tag(in, "busy", "%d", n.Busy)
	p.tag(in, "lbset", "%d", w.LBSet)
	if w.ReuseSet {
		p.tag(6, "disablereuse", "%s", isOn(&w.DisableReuse))
	}
	p.given(in, "connectiontimeout", w.ConnectTimeout.Milliseconds())
	p.f("        </httpd:worker>\n")
}

// given writes a number that was said.
func (p *page) given(indent int, name string, n int64) {
	if n != 0 {
		p.tag(indent, name, "%d", n)
	}
}
