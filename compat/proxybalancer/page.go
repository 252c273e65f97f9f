package proxybalancer

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// A page is what the manager shows.
type page struct {
	r        *compat.Request
	s        *upstream.Server
	balancer *upstream.Balancer // to be edited; nil: none
	worker   *upstream.Worker   // of it, to be edited instead
	xml      bool
	out      strings.Builder
}

func (p *page) f(format string, args ...any) { fmt.Fprintf(&p.out, format, args...) }

func esc(s string) string { return compat.EscapeHTML(s) }

const style = "<style type='text/css'>\n" +
	"table {\n border-width: 1px;\n border-spacing: 3px;\n border-style: solid;\n border-color: gray;\n" +
	" border-collapse: collapse;\n background-color: white;\n text-align: center;\n}\n" +
	"th {\n border-width: 1px;\n padding: 2px;\n border-style: dotted;\n border-color: gray;\n" +
	" background-color: lightgray;\n text-align: center;\n}\n" +
	"td {\n border-width: 1px;\n padding: 2px;\n border-style: dotted;\n border-color: gray;\n" +
	" background-color: white;\n text-align: center;\n}\n</style>\n"

// show writes the page (balancer_display_page).
func (p *page) show() {
	if p.xml {
		p.r.ContentType = "text/xml"
		p.showXML()
	} else {
		p.r.ContentType = "text/html; charset=ISO-8859-1"
		p.showHTML()
	}
	p.r.Writer.Write([]byte(p.out.String()))
}

func not(b *bool) string {
	if b != nil && !*b {
		return "NOT "
	}
	return ""
}

func isOn(b *bool) string {
	if b != nil && *b {
		return "On"
	}
	return "Off"
}

func (p *page) showHTML() {
	r := p.r
	persists := "NOT "
	if p.s.Persist != nil && *p.s.Persist {
		persists = ""
	}
	p.f("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\">\n" +
		"<html><head><title>Balancer Manager</title>\n" + style + "</head>\n")
	p.f("<body><h1>Load Balancer Manager for %s</h1>\n\n", esc(compat.ServerName(r)))
	p.f("<dl><dt>Server Version: %s</dt>\n<dt>Server Built: %s</dt>\n", r.Host.Build.Core.Description, compat.BuildTime())
	p.f("<dt>Balancer changes will %sbe persisted on restart.</dt><dt>Balancers are %sinherited from main server.</dt>"+
		"<dt>ProxyPass settings are %sinherited from main server.</dt></dl>\n", persists, not(p.s.Inherit), not(p.s.PassInherit))
	for _, b := range p.s.Balancers {
		b.Hold()
		p.table(b)
		b.LetGo()
	}
	p.f("<hr />\n")
	p.templates()
	if b := p.balancer; b != nil {
		b.Hold()
		if p.worker != nil {
			p.editWorker(b, p.worker)
		} else {
			p.editBalancer(b)
		}
		b.LetGo()
	}
	p.f("</body></html>\n")
}

func nonceOf(b *upstream.Balancer) string {
	if b.Nonce == nil {
		return ""
	}
	return *b.Nonce
}

// id is the name of the memory that Apache would share for b.
func (p *page) id(b *upstream.Balancer) string {
	h := fnv.New32a()
	h.Write([]byte(compat.ServerName(p.r)))
	return fmt.Sprintf("p%x_%s", h.Sum32(), short(b))
}

func short(b *upstream.Balancer) string { return strings.TrimPrefix(b.Name, upstream.BalancerPrefix) }

func attempts(b *upstream.Balancer) int {
	if b.MaxAttempts != nil {
		return *b.MaxAttempts
	}
	return b.Attempts()
}

func (p *page) table(b *upstream.Balancer) {
	self := compat.EscapePath(p.r.Path)
	p.f("<hr />\n<h3>LoadBalancer Status for <a href=\"%s?b=%s&amp;nonce=%s\">%s</a> [%s]</h3>\n", self, short(b), nonceOf(b),
		b.Name, p.id(b))
	p.f("\n\n<table><tr><th>MaxMembers</th><th>StickySession</th><th>DisableFailover</th><th>Timeout</th>" +
		"<th>FailoverAttempts</th><th>Method</th><th>Path</th><th>Active</th></tr>\n<tr>")
	p.f("<td>%d [%d Used]</td>\n", b.Slots(), len(b.Members))
	switch {
	case b.Sticky == "":
		p.f("<td> (None) ")
	case b.Sticky != b.StickyPath:
		p.f("<td>%s | %s", esc(b.Sticky), esc(b.StickyPath))
	default:
		p.f("<td>%s", esc(b.Sticky))
	}
	p.f("</td><td>%s</td>\n<td>%d</td><td>%d</td>\n<td>%s</td>\n<td>%s</td>\n<td>Yes</td>\n</tr>\n</table>\n<br />",
		isOn(b.NoFailover), int(b.Timeout/time.Second), attempts(b), b.MethodName, b.Path)
	p.f("\n\n<table><tr><th>Worker URL</th><th>Route</th><th>RouteRedir</th><th>Factor</th><th>Set</th><th>Status</th>" +
		"<th>Elected</th><th>Busy</th><th>Load</th><th>To</th><th>From</th>")
	if p.checks() {
		p.f("<th>HC Method</th><th>HC Interval</th><th>Passes</th><th>Fails</th><th>HC uri</th><th>HC Expr</th>")
	}
	p.f("</tr>\n")
	for _, w := range b.Members {
		n := w.Counts()
		p.f("<tr>\n<td><a href=\"%s?b=%s&amp;w=%s&amp;nonce=%s\">%s</a></td><td>%s</td><td>%s</td><td>%s</td><td>%d</td>"+
			"<td>%s</td><td>%d</td><td>%d</td><td>%d</td><td>%s</td><td>%s", self, short(b), compat.EscapePath(w.Name),
			nonceOf(b), named(w), esc(w.Route), esc(w.Redirect), factor(w), w.LBSet, w.Status(), n.Elected, n.Busy, w.LBStatus,
			compat.FormatSize(n.Sent), compat.FormatSize(n.Read))
		if p.checks() {
			p.checkCells(w)
		}
		p.f("</td></tr>\n")
	}
	p.f("</table>\n")
}

// named is how a page calls w: one behind a Unix socket in italics.
func named(w *upstream.Worker) string {
	if w.Socket != "" {
		return "<i>" + esc(w.String()) + "</i>"
	}
	return esc(w.String())
}

func factor(w *upstream.Worker) string { return fmt.Sprintf("%.2f", float64(w.Factor)/100) }

// hundredths is "1.5" as 150.
func hundredths(s string) int {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return 0
	}
	return int(f * 100)
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func (p *page) form() {
	p.f("<form method='POST' enctype='application/x-www-form-urlencoded' action=\"%s\">\n",
		compat.EscapePath(compat.ConstructURL(p.r, p.r.Path)))
}

func (p *page) radio(name string, set bool) {
	on, off := "", " checked"
	if set {
		on, off = off, on
	}
	p.f("<td><label for='%[1]s1'>On</label> <input name='%[1]s' id='%[1]s1' value='1' type=radio%[2]s> <br/> "+
		"<label for='%[1]s0'>Off</label> <input name='%[1]s' id='%[1]s0' value='0' type=radio%[3]s></td>\n", name, on, off)
}

func (p *page) editWorker(b *upstream.Balancer, w *upstream.Worker) {
	p.f("<h3>Edit worker settings for %s</h3>\n", named(w))
	p.form()
	p.f("<table><tr><td>Load factor:</td><td><input name='w_lf' id='w_lf' type=text value='%s'></td></tr>\n", factor(w))
	p.f("<tr><td>LB Set:</td><td><input name='w_ls' id='w_ls' type=text value='%d'></td></tr>\n", w.LBSet)
	p.f("<tr><td>Route:</td><td><input name='w_wr' id='w_wr' type=text value=\"%s\"></td></tr>\n", esc(w.Route))
	p.f("<tr><td>Route Redirect:</td><td><input name='w_rr' id='w_rr' type=text value=\"%s\"></td></tr>\n", esc(w.Redirect))
	p.f("<tr><td>Status:</td><td><table><tr><th>Ignore Errors</th><th>Draining Mode</th><th>Disabled</th>" +
		"<th>Hot Standby</th><th>Hot Spare</th>")
	if p.checks() {
		p.f("<th>HC Fail</th>")
	}
	p.f("<th>Stopped</th></tr>\n<tr>")
	status := w.Status()
	for _, s := range statusFields[:5] {
		p.radio(s.name, status&s.bit != 0)
	}
	if p.checks() {
		p.radio("w_status_C", status&upstream.CheckFailed != 0)
	}
	p.radio("w_status_S", status&upstream.Stopped != 0)
	p.f("</tr></table></td></tr>\n")
	if p.checks() {
		p.editCheck(w)
	}
	p.f("<tr><td colspan='2'><input type=submit value='Submit'></td></tr>\n")
	p.f("</table>\n<input type=hidden name='w' id='w' value=\"%s\">\n", compat.EscapePath(w.Name))
	p.formEnds(b)
	p.f("<hr />\n")
}

func (p *page) formEnds(b *upstream.Balancer) {
	p.f("<input type=hidden name='b' id='b' value=\"%s\">\n<input type=hidden name='nonce' id='nonce' value='%s'>\n</form>\n",
		esc(short(b)), nonceOf(b))
}

func (p *page) editBalancer(b *upstream.Balancer) {
	p.f("<h3>Edit balancer settings for %s</h3>\n", esc(b.Name))
	p.form()
	p.f("<table>\n<tr><td>LBmethod:</td><td>\n<select name='b_lbm' id='b_lbm'>")
	for _, name := range upstream.MethodNames(p.r.Host.Build) {
		selected := ""
		if name == b.MethodName {
			selected = " selected "
		}
		p.f("<option value='%s'%s>%s\n", name, selected, name)
	}
	p.f("</select>\n</td></tr>\n")
	p.f("<tr><td>Timeout:</td><td><input name='b_tmo' id='b_tmo' type=text value='%d'></td></tr>\n", int(b.Timeout/time.Second))
	p.f("<tr><td>Failover Attempts:</td><td><input name='b_max' id='b_max' type=text value='%d'></td></tr>\n", attempts(b))
	p.f("<tr><td>Disable Failover:</td>")
	p.radio("b_sforce", b.NoFailover != nil && *b.NoFailover)
	p.f("</tr>\n<tr><td>Sticky Session:</td><td><input name='b_ss' id='b_ss' size=64 type=text ")
	if b.Sticky != b.StickyPath {
		p.f("value =\"%s | %s", esc(b.Sticky), esc(b.StickyPath))
	} else {
		p.f("value =\"%s", esc(b.Sticky))
	}
	p.f("\">&nbsp;&nbsp;&nbsp;&nbsp;(Use '-' to delete)</td></tr>\n")
	if len(b.Members) < b.Slots() {
		p.f("<tr><td>Add New Worker:</td><td><input name='b_nwrkr' id='b_nwrkr' size=32 type=text>" +
			"&nbsp;&nbsp;&nbsp;&nbsp;Are you sure? <input name='b_wyes' id='b_wyes' type=checkbox value='1'></td></tr>")
	}
	p.f("<tr><td colspan=2><input type=submit value='Submit'></td></tr>\n</table>\n")
	p.formEnds(b)
	p.f("<hr />\n")
}
