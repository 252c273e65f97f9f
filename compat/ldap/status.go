package ldap

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"understudy/compat"
	"understudy/compat/internal/directory"
)

// page is the handler ldap-status (util_ldap_handler): the tables of what is
// remembered, or one of them by the query.
func page(r *compat.Request) compat.Status {
	if r.Handler != "ldap-status" {
		return compat.Declined
	}
	if r.Method != "GET" && r.Method != "HEAD" {
		r.AllowedMethods = []string{"GET"}
		return compat.Declined
	}
	r.ContentType = "text/html; charset=ISO-8859-1"
	if r.HeaderOnly {
		return compat.OK
	}
	var b strings.Builder
	b.WriteString("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\">\n" +
		"<html><head><title>LDAP Cache Information</title></head>\n" +
		"<body bgcolor='#ffffff'><h1 align=center>LDAP Cache Information</h1>\n")
	if service := directory.Of(r); service != nil {
		service.Memory.View(func(urls *directory.Table, of []directory.URLView) { show(&b, r, urls, of) })
	}
	io.WriteString(r.Writer, b.String())
	return compat.OK
}

func show(b *strings.Builder, r *compat.Request, urls *directory.Table, of []directory.URLView) {
	if urls == nil {
		b.WriteString("<tr valign='top'><td nowrap colspan=7>Cache has not been enabled/initialised.</td></tr>")
		return
	}
	if r.Query == "" {
		overview(b, r, urls, of)
		return
	}
	if kind, id, ok := asked(r.Query); ok && id < urls.Size {
		detail(b, kind, id, urls, of)
	}
}

// asked reads "cache=main&id=0&off=0" as sscanf does.
func asked(query string) (kind byte, id int, ok bool) {
	rest, found := strings.CutPrefix(query, "cache=")
	name, rest, more := strings.Cut(rest, "&id=")
	number, rest, further := strings.Cut(rest, "&off=")
	if !found || !more || !further || len(name) == 0 || len(name) > 4 || strings.ContainsAny(name, " \t\n\v\f\r") {
		return 0, 0, false
	}
	if _, err := strconv.ParseUint(rest, 10, 32); err != nil {
		return 0, 0, false
	}
	n, err := strconv.ParseUint(number, 10, 31)
	return name[0], int(n), err == nil
}

const cell = "<td><font size='-1' face='Arial,Helvetica' color='#ffffff'><b>%s</b></font></td>"

// heads opens a table with names of columns; a name may hold an attribute.
func heads(b *strings.Builder, names ...string) {
	b.WriteString("<p>\n<table border='0'>\n<tr bgcolor='#000000'>\n")
	for _, n := range names {
		text := fmt.Sprintf(cell, strings.TrimPrefix(n, "2 "))
		if strings.HasPrefix(n, "2 ") {
			text = strings.Replace(text, "<td>", "<td colspan='2'>", 1)
		}
		b.WriteString(text)
	}
}

func overview(b *strings.Builder, r *compat.Request, urls *directory.Table, of []directory.URLView) {
	heads(b, "Cache Name", "Entries", "Avg. Chain Len.", "2 Hits", "Ins/Rem", "2 Purges", "Avg Purge Time")
	b.WriteString("</tr>\n")
	self := compat.EscapeHTML(compat.EscapePath(r.Path))
	link := func(t *directory.Table, name, kind string, chain, offset int) {
		stats(b, t, fmt.Sprintf("<a href=\"%s?cache=%s&id=%d&off=%d\">%s</a>", self, kind, chain, offset, compat.EscapeHTML(name)))
	}
	link(urls, "LDAP URL Cache", "main", 0, 0)
	for _, u := range of {
		b.WriteString("\n\n")
		link(u.Searches, u.URL+" (Searches)", "srch", u.Chain, u.Offset)
		b.WriteString("\n\n")
		link(u.Compares, u.URL+" (Compares)", "cmpr", u.Chain, u.Offset)
		b.WriteString("\n\n")
		link(u.DNs, u.URL+" (DNCompares)", "dncp", u.Chain, u.Offset)
		b.WriteString("\n\n")
	}
	b.WriteString("</table>\n</p>\n")
}

// stats is the row of a table (util_ald_cache_display_stats).
func stats(b *strings.Builder, t *directory.Table, name string) {
	hits := 100.0
	if t.Fetches > 0 {
		hits = float64(t.Hits) / float64(t.Fetches) * 100
	}
	fmt.Fprintf(b, "<tr valign='top'><td nowrap>%s</td><td align='right' nowrap>%d (%.0f%% full)</td><td align='right'>%.1f</td>"+
		"<td align='right'>%d/%d</td><td align='right'>%.0f%%</td><td align='right'>%d/%d</td>",
		name, t.Entries, float64(t.Entries)/float64(t.Max)*100, t.Chain(), t.Hits, t.Fetches, hits, t.Inserts, t.Leaves)
	if t.Purges > 0 {
		fmt.Fprintf(b, "<td align='right'>%d</td>\n<td align='right' nowrap>%s</td>\n", t.Purges, ctime(t.LastPurge))
	} else {
		b.WriteString("<td colspan='2' align='center'>(none)</td>\n")
	}
	fmt.Fprintf(b, "<td align='right'>%.2gms</td>\n</tr>", t.PurgeTime)
}

// ctime is a moment as apr_ctime writes it, "" for none.
func ctime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("Mon Jan 02 15:04:05 2006")
}

func detail(b *strings.Builder, kind byte, id int, urls *directory.Table, of []directory.URLView) {
	var u *directory.URLView
	for i := range of {
		if of[i].Chain == id && of[i].Offset == 0 {
			u = &of[i]
		}
	}
	name, url := map[byte]string{'m': "Main", 's': "Search", 'c': "Compares"}[kind], ""
	if name == "" {
		name = "DNCompares"
	}
	if u != nil {
		url = u.URL
	} else {
		u = &directory.URLView{}
	}
	b.WriteString("<p>\n<table border='0'>\n<tr>\n")
	pair(b, "Cache Name:", fmt.Sprintf("%s (%s)", compat.EscapeHTML(url), name))
	b.WriteString("</tr>\n</table>\n</p>\n")
	switch kind {
	case 'm':
		detailMain(b, urls, of)
	case 's':
		heads(b, "LDAP Filter", "User Name", "Last Bind")
		b.WriteString("</tr>\n")
		if u.Searches != nil {
			u.Searches.EachUser(func(filter, dn string, at time.Time) { row(b, filter, dn, ctime(at)) })
		}
		b.WriteString("</table>\n</p>\n")
	case 'c':
		heads(b, "DN", "Attribute", "Value", "Last Compare", "Result", "Sub-groups?", "S-G Checked?")
		b.WriteString("</tr>\n")
		if u.Compares != nil {
			u.Compares.EachComparison(func(c directory.Comparison) {
				row(b, c.DN, c.Attribute, c.Value, ctime(c.At), result(c.Code), yes(c.Groups), yes(c.Asked))
			})
		}
		b.WriteString("</table>\n</p>\n")
	case 'd':
		heads(b, "Require DN", "Actual DN")
		b.WriteString("</tr>\n")
		if u.DNs != nil {
			u.DNs.EachDN(func(asked, real string) { row(b, asked, real) })
		}
		b.WriteString("</table>\n</p>\n")
	}
}

func detailMain(b *strings.Builder, t *directory.Table, of []directory.URLView) {
	b.WriteString("<p>\n<table border='0'>\n")
	for _, p := range []struct {
		name  string
		value any
	}{{"Size:", t.Size}, {"Max Entries:", t.Max}, {"# Entries:", t.Entries}, {"TTL (sec):", int(t.TTL.Seconds())},
		{"Full Mark:", t.FullMark}, {"Full Mark Time:", ctime(t.MarkTime)}} {
		b.WriteString("<tr>\n")
		pair(b, p.name, fmt.Sprint(p.value))
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n</p>\n")
	heads(b, "LDAP URL", "Size", "Max Entries", "# Entries", "TTL (sec)", "Full Mark", "Full Mark Time")
	b.WriteString("</tr>\n")
	for _, u := range of {
		for _, n := range []struct {
			name string
			t    *directory.Table
		}{{"Searches", u.Searches}, {"Compares", u.Compares}, {"DN Compares", u.DNs}} {
			row(b, fmt.Sprintf("%s (%s)", u.URL, n.name), fmt.Sprint(n.t.Size), fmt.Sprint(n.t.Max), fmt.Sprint(n.t.Entries),
				fmt.Sprint(int(n.t.TTL.Seconds())), fmt.Sprint(n.t.FullMark), ctime(n.t.MarkTime))
		}
	}
	b.WriteString("</table>\n</p>\n")
}

func pair(b *strings.Builder, name, value string) {
	fmt.Fprintf(b, "<td bgcolor='#000000'><font size='-1' face='Arial,Helvetica' color='#ffffff'><b>%s</b></font></td>"+
		"<td bgcolor='#ffffff'><font size='-1' face='Arial,Helvetica' color='#000000'><b>%s</b></font></td>", name, value)
}

func row(b *strings.Builder, cells ...string) {
	b.WriteString("<tr valign='top'>")
	for _, c := range cells {
		b.WriteString("<td nowrap>" + compat.EscapeHTML(c) + "</td>")
	}
	b.WriteString("</tr>")
}

func result(c directory.Code) string {
	switch c {
	case directory.CompareTrue:
		return "LDAP_COMPARE_TRUE"
	case directory.CompareFalse:
		return "LDAP_COMPARE_FALSE"
	}
	return strconv.Itoa(int(c))
}

func yes(b bool) string {
	if b {
		return "Yes"
	}
	return "No"
}
