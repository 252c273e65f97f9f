package autoindex

import (
	"fmt"
	"strings"
	"time"

	"understudy/compat"
)

// rows is the list itself, in one of its three forms (output_directories).
func (p *page) rows(list []entry) {
	switch {
	case p.options&htmlTable != 0:
		p.table(list)
	case p.options&fancyIndexing != 0:
		p.columns(list)
	default:
		p.put("<ul>")
		for i, e := range list {
			p.put("<li><a href=\"", anchor(e.name), "\"> ", compat.EscapeHTML(shown(e, i)), "</a></li>\n")
		}
		p.put("</ul>\n")
	}
}

func shown(e entry, i int) string {
	if i == 0 && strings.HasPrefix(e.name, "/") {
		return "Parent Directory"
	}
	return e.name
}

// anchor is a name as a link (ap_os_escape_path): one with a colon in its first
// part would be taken for a scheme.
func anchor(name string) string {
	colon, slash := strings.IndexByte(name, ':'), strings.IndexByte(name, '/')
	if colon >= 0 && (slash < 0 || colon < slash) {
		name = "./" + name
	}
	return compat.EscapeHTML(compat.EscapePath(name))
}

func (p *page) without(o options) bool { return p.options&o != 0 }

func (p *page) date(e entry) string {
	layout := "2006-01-02 15:04"
	if p.c.oldDates {
		layout = "02-Jan-2006 15:04"
	}
	return time.Unix(e.modified, 0).Format(layout)
}

// fit shortens a name to the width of its column, and returns what fills up.
func fit(name string, width int) (text, padding string) {
	if len(name) > width {
		name = name[:max(width-3, 0)] + "..>"
	}
	return name, strings.Repeat(" ", max(width-len(name), 0))
}

// columns is the list as preformatted text.
func (p *page) columns(list []entry) {
	name, desc := p.c.name.chars(), p.c.desc.chars()
	for _, e := range list {
		if p.c.name.adjust {
			name = max(name, len(e.name))
		}
		if p.c.desc.adjust {
			desc = max(desc, len(e.desc))
		}
	}
	p.put("<pre>")
	if blank := p.icon("^^BLANKICON^^"); !p.without(suppressIcon) && blank != "" {
		p.put(p.image(blank, "Icon "), " ")
	} else if !p.without(suppressIcon) {
		p.put("      ")
	}
	p.put(p.order("Name", 'N'), strings.Repeat(" ", max(name-4, 0)), " ")
	if !p.without(suppressLastModified) {
		p.put(p.order("Last modified", 'M'), "      ")
	}
	if !p.without(suppressSize) {
		p.put(p.order("Size", 'S'), "  ")
	}
	if !p.without(suppressDescription) {
		p.put(p.order("Description", 'D'))
	}
	if p.without(suppressRules) {
		p.put("\n")
	} else {
		p.put("<hr", p.end())
	}
	for i, e := range list {
		p.line(e, shown(e, i), name, desc)
	}
	if !p.without(suppressRules) {
		p.put("<hr", p.end())
	}
	p.put("</pre>\n")
}

// line is one entry in columns.
func (p *page) line(e entry, text string, name, desc int) {
	link := `<a href="` + anchor(e.name) + `">`
	if !p.without(suppressIcon) {
		before, after := "", " "
		if p.options&iconsAreLinks != 0 {
			before, after = link, "</a> "
		}
		p.put(before, p.entryIcon(e, "     "), after)
	}
	text, padding := fit(text, name)
	p.put(link, compat.EscapeHTML(text), "</a>", padding, " ")
	if !p.without(suppressLastModified) {
		if e.modified >= 0 {
			p.put(p.date(e), "  ")
		} else {
			p.put("                   ")
		}
	}
	if !p.without(suppressSize) {
		p.put(size(e.size), "  ")
	}
	if !p.without(suppressDescription) && e.desc != "" {
		p.put(p.shorten(e.desc, desc))
	}
	p.put("\n")
}

func (p *page) entryIcon(e entry, blank string) string {
	src := firstOf(e.icon, p.c.defaultIcon)
	if src == "" {
		return blank
	}
	return p.image(src, "["+firstOf(e.alt, "   ")+"]")
}

// class is an attribute for style sheets, or what stands there without one.
func (p *page) class(name, plain string) string {
	if p.c.styleSheet != "" {
		return ` class="` + name + `">`
	}
	return plain
}

// table is the list as an HTML table.
func (p *page) table(list []entry) {
	columns := 1
	if p.c.styleSheet != "" {
		p.put("  <table id=\"indexlist\">\n   <tr class=\"indexhead\">")
	} else {
		p.put("  <table>\n   <tr>")
	}
	if !p.without(suppressIcon) {
		columns++
		p.put("<th", p.class("indexcolicon", ` valign="top">`))
		if blank := p.icon("^^BLANKICON^^"); blank != "" {
			p.put(p.image(blank, "[ICO]"), "</th>")
		} else {
			p.put("&nbsp;</th>")
		}
	}
	p.put("<th", p.class("indexcolname", ">"), p.order("Name", 'N'))
	for _, c := range []struct {
		hidden      options
		class, text string
		key         byte
	}{
		{suppressLastModified, "indexcollastmod", "Last modified", 'M'}, {suppressSize, "indexcolsize", "Size", 'S'},
		{suppressDescription, "indexcoldesc", "Description", 'D'},
	} {
		if !p.without(c.hidden) {
			columns++
			p.put("</th><th", p.class(c.class, ">"), p.order(c.text, c.key))
		}
	}
	rule := ""
	if !p.without(suppressRules) {
		rule = fmt.Sprintf("   <tr%s<th colspan=\"%d\"><hr%s</th></tr>\n", p.class("indexbreakrow", ">"), columns, p.end())
	}
	p.put("</th></tr>\n", rule)
	for i, e := range list {
		p.row(e, i)
	}
	p.put(rule, "</table>\n")
}

// row is one entry in the table.
func (p *page) row(e entry, i int) {
	parity := [2]string{"even", "odd"}[i&1]
	switch {
	case p.c.styleSheet == "":
		p.put("<tr>")
	case e.alt != "" && p.options&addAltClass != 0:
		p.put("   <tr class=\"", parity, "-", strings.ToLower(e.alt), "\">")
	default:
		p.put("   <tr class=\"", parity, "\">")
	}
	link := `<a href="` + anchor(e.name) + `">`
	if !p.without(suppressIcon) {
		p.put("<td", p.class("indexcolicon", ` valign="top">`))
		if p.options&iconsAreLinks != 0 {
			p.put(link, p.entryIcon(e, "&nbsp;"), "</a></td>")
		} else {
			p.put(p.entryIcon(e, "&nbsp;"), "</td>")
		}
	}
	text, padding := shown(e, i), ""
	if !p.c.name.adjust {
		text, padding = fit(text, p.c.name.chars())
	}
	p.put("<td", p.class("indexcolname", ">"), link, compat.EscapeHTML(text), "</a>", padding)
	if !p.without(suppressLastModified) {
		if e.modified >= 0 {
			p.put("</td><td", p.class("indexcollastmod", ` align="right">`), p.date(e), "  ")
		} else {
			p.put("</td><td", p.class("indexcollastmod", ">"), "&nbsp;")
		}
	}
	if !p.without(suppressSize) {
		p.put("</td><td", p.class("indexcolsize", ` align="right">`), size(e.size))
	}
	if !p.without(suppressDescription) {
		desc := firstOf(e.desc, "&nbsp;")
		if e.desc != "" && !p.c.desc.adjust {
			desc = p.shorten(e.desc, p.c.desc.chars())
		}
		p.put("</td><td", p.class("indexcoldesc", ">"), desc)
	}
	p.put("</td></tr>\n")
}

// shorten cuts a description to its column; tags in it have no width, and
// entities that of one character (terminate_description).
func (p *page) shorten(s string, width int) string {
	if !p.c.desc.said {
		for _, o := range []struct {
			hidden options
			more   int
		}{{suppressIcon, 6}, {suppressLastModified, 19}, {suppressSize, 7}} {
			if p.without(o.hidden) {
				width += o.more
			}
		}
	}
	i := 0
	for i < len(s) && (width > 0 || s[i] == '<') {
		end := byte(0)
		switch s[i] {
		case '<':
			end = '>'
		case '&':
			end = ';'
			width--
		default:
			width--
		}
		if end != 0 {
			n := strings.IndexByte(s[i:], end)
			if n < 0 {
				return s
			}
			i += n
		}
		i++
	}
	if width > 0 || i >= len(s) {
		return s
	}
	return s[:max(i-1, 0)] + ">"
}

// size is a number of bytes in four characters (apr_strfsize).
func size(n int64) string {
	if n < 0 {
		return "  - "
	}
	if n < 973 {
		return fmt.Sprintf("%3d ", n)
	}
	for _, unit := range "KMGTPE" {
		rest := n & 1023
		n >>= 10
		if n >= 973 {
			continue
		}
		if n < 9 || n == 9 && rest < 973 {
			tenth := (rest*5 + 256) / 512
			if tenth >= 10 {
				n, tenth = n+1, 0
			}
			return fmt.Sprintf("%d.%d%c", n, tenth, unit)
		}
		if rest >= 512 {
			n++
		}
		return fmt.Sprintf("%3d%c", n, unit)
	}
	return "****"
}
