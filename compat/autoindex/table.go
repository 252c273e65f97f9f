package autoindex

import (
	"strconv"

	"understudy/compat"
)

// table writes a list as a table.
func (l *listing) table(entries []*entry) {
	names, descriptions := l.widths(entries)
	l.write(l.styled("  <table id=\"indexlist\">\n   <tr class=\"indexhead\">", "  <table>\n   <tr>"))
	rule := l.tableHead()
	for i, e := range entries {
		l.tableRow(i, e)
		l.tableCells(e, names, descriptions)
		l.write("</td></tr>\n")
	}
	l.write(rule, "</table>\n")
}

// tableHead writes the heads of the columns, and answers with the rule that is
// below them and below the table.
func (l *listing) tableHead() (rule string) {
	columns := 1
	if !l.has(suppressIcon) {
		columns++
		l.write("<th", l.styled(" class=\"indexcolicon\">", " valign=\"top\">"))
		if url, ok := (subject{path: blankMark, pathOnly: true}).of(l.conf.icons); ok {
			l.image(url, "[ICO]")
		} else {
			l.write("&nbsp;")
		}
		l.write("</th>")
	}
	l.write("<th", l.styled(" class=\"indexcolname\">", ">"))
	l.sortLink("Name", 'N')
	for _, c := range [...]struct {
		hidden       optionSet
		class, label string
		key          byte
	}{
		{suppressModified, "indexcollastmod", "Last modified", 'M'},
		{suppressSize, "indexcolsize", "Size", 'S'},
		{suppressDescription, "indexcoldesc", "Description", 'D'},
	} {
		if l.has(c.hidden) {
			continue
		}
		columns++
		l.write("</th><th", l.styled(" class=\""+c.class+"\">", ">"))
		l.sortLink(c.label, c.key)
	}
	if !l.has(suppressRules) {
		rule = "   <tr" + l.styled(" class=\"indexbreakrow\"", "") + "><th colspan=\"" + strconv.Itoa(columns) +
			"\"><hr" + l.slash() + "></th></tr>\n"
	}
	l.write("</th></tr>\n", rule)
	return rule
}

// tableRow begins a row. With a style sheet rows are even and odd, and perhaps
// of the kind that the text for the icon tells.
func (l *listing) tableRow(i int, e *entry) {
	if l.conf.styleSheet == "" {
		l.write("<tr>")
		return
	}
	class := "even"
	if i&1 != 0 {
		class = "odd"
	}
	if e.hasAlt && l.has(altClass) {
		class += "-" + compat.Lower(e.alt)
	}
	l.write("   <tr class=\"", class, "\">")
}

func (l *listing) tableCells(e *entry, names, descriptions int) {
	if !l.has(suppressIcon) {
		l.write("<td", l.styled(" class=\"indexcolicon\">", " valign=\"top\">"))
		if l.has(iconsAreLinks) {
			l.write("<a href=\"", e.anchor(), "\">")
		}
		l.icon(e, "&nbsp;")
		if l.has(iconsAreLinks) {
			l.write("</a>")
		}
		l.write("</td>")
	}
	l.write("<td", l.styled(" class=\"indexcolname\">", ">"))
	if l.conf.name.adjust {
		l.name(e, len(e.label()))
	} else {
		l.name(e, names)
	}
	if !l.has(suppressModified) {
		l.write("</td><td")
		if e.modified != -1 {
			l.write(l.styled(" class=\"indexcollastmod\">", " align=\"right\">"))
			l.date(e)
			l.write("  ")
		} else {
			l.write(l.styled(" class=\"indexcollastmod\">", ">"), "&nbsp;")
		}
	}
	if !l.has(suppressSize) {
		l.write("</td><td", l.styled(" class=\"indexcolsize\">", " align=\"right\">"), compat.FormatSize(e.size))
	}
	if !l.has(suppressDescription) {
		l.write("</td><td", l.styled(" class=\"indexcoldesc\">", ">"), l.tableDescription(e, descriptions))
	}
}

func (l *listing) tableDescription(e *entry, width int) string {
	switch {
	case !e.described:
		return "&nbsp;"
	case l.conf.description.adjust:
		return e.description
	}
	return l.shorten(e.description, width)
}
