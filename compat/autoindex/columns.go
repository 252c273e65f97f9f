package autoindex

import (
	"strconv"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/strftime"
)

// list writes the entries in the form asked for (output_directories).
func (l *listing) list(entries []*entry) {
	switch {
	case l.has(table):
		l.table(entries)
	case l.has(fancy):
		l.fancy(entries)
	default:
		l.write("<ul>")
		for _, e := range entries {
			l.write("<li><a href=\"", e.anchor(), "\"> ", compat.EscapeHTML(e.label()), "</a></li>\n")
		}
		l.write("</ul>\n")
	}
}

// anchor is where the link of an entry leads.
func (e *entry) anchor() string { return compat.EscapeHTML(compat.EscapeRelative(e.name)) }

// label is what an entry is called.
func (e *entry) label() string {
	if e.parent {
		return "Parent Directory"
	}
	return e.name
}

// sortLink writes the head of a column: a link that sorts by it, or in the
// other direction if the listing is sorted by it already.
func (l *listing) sortLink(label string, key byte) {
	if l.has(suppressSorting) {
		l.write(label)
		return
	}
	direction := "A"
	if l.key == key && l.direction == 'A' {
		direction = "D"
	}
	l.write("<a href=\"?C=", string(key), ";O=", direction, l.carried, "\">", label, "</a>")
}

// image writes an icon.
func (l *listing) image(url, alt string) {
	l.write("<img src=\"", compat.EscapeHTML(url), "\" alt=\"", alt, "\"")
	if n := l.conf.iconWidth; n != 0 {
		l.write(" width=\"", strconv.Itoa(n), "\"")
	}
	if n := l.conf.iconHeight; n != 0 {
		l.write(" height=\"", strconv.Itoa(n), "\"")
	}
	l.write(l.slash(), ">")
}

// icon writes that of an entry, or what keeps its room.
func (l *listing) icon(e *entry, blank string) {
	url := e.icon
	if !e.hasIcon {
		if l.conf.defaultIcon == "" {
			l.write(blank)
			return
		}
		url = l.conf.defaultIcon
	}
	alt := "   "
	if e.hasAlt {
		alt = e.alt
	}
	l.image(url, "["+alt+"]")
}

// name writes the linked name of an entry, cut to the column's width.
func (l *listing) name(e *entry, width int) {
	label := e.label()
	if len(label) > width {
		label = label[:max(width-3, 0)] + "..>"
	}
	l.write("<a href=\"", e.anchor(), "\">", compat.EscapeHTML(label), "</a>")
	l.pad(width - len(label))
}

func (l *listing) pad(n int) {
	if n > 0 {
		l.write(strings.Repeat(" ", n))
	}
}

// date writes when an entry was modified, by the server's clock.
func (l *listing) date(e *entry) {
	format := "%Y-%m-%d %H:%M"
	if l.conf.oldDates {
		format = "%d-%b-%Y %H:%M"
	}
	l.w.Write(strftime.Append(l.w.AvailableBuffer(), format, e.when.ModTime().Local()))
}

// fancy writes a list in columns of text.
func (l *listing) fancy(entries []*entry) {
	names, descriptions := l.widths(entries)
	l.fancyHead(names)
	for _, e := range entries {
		l.fancyEntry(e, names, descriptions)
	}
	if !l.has(suppressRules) {
		l.write("<hr", l.slash(), ">")
	}
	l.write("</pre>\n")
}

func (l *listing) widths(entries []*entry) (names, descriptions int) {
	names, descriptions = l.conf.name.least(), l.conf.description.least()
	if l.has(table) {
		return names, descriptions
	}
	for _, e := range entries {
		if l.conf.name.adjust {
			names = max(names, len(e.name))
		}
		if l.conf.description.adjust {
			descriptions = max(descriptions, len(e.description))
		}
	}
	return names, descriptions
}

func (l *listing) fancyHead(names int) {
	l.write("<pre>")
	if !l.has(suppressIcon) {
		if url, ok := (subject{path: blankMark, pathOnly: true}).of(l.conf.icons); ok {
			l.image(url, "Icon ")
			l.write(" ")
		} else {
			l.write("      ")
		}
	}
	l.sortLink("Name", 'N')
	l.pad(names - len("Name"))
	l.write(" ")
	if !l.has(suppressModified) {
		l.sortLink("Last modified", 'M')
		l.write("      ")
	}
	if !l.has(suppressSize) {
		l.sortLink("Size", 'S')
		l.write("  ")
	}
	if !l.has(suppressDescription) {
		l.sortLink("Description", 'D')
	}
	if l.has(suppressRules) {
		l.write("\n")
	} else {
		l.write("<hr", l.slash(), ">")
	}
}

func (l *listing) fancyEntry(e *entry, names, descriptions int) {
	if !l.has(suppressIcon) {
		if l.has(iconsAreLinks) {
			l.write("<a href=\"", e.anchor(), "\">")
		}
		l.icon(e, "     ")
		if l.has(iconsAreLinks) {
			l.write("</a>")
		}
		l.write(" ")
	}
	l.name(e, names)
	l.write(" ")
	if !l.has(suppressModified) {
		if e.modified != -1 {
			l.date(e)
			l.write("  ")
		} else {
			l.write("                   ")
		}
	}
	if !l.has(suppressSize) {
		l.write(compat.FormatSize(e.size), "  ")
	}
	if !l.has(suppressDescription) && e.description != "" {
		l.write(l.shorten(e.description, descriptions))
	}
	l.write("\n")
}

// shorten cuts a description to its column. Tags have no width, and an entity
// that of one character (terminate_description).
func (l *listing) shorten(text string, width int) string {
	if !l.conf.description.said {
		for option, n := range map[optionSet]int{suppressIcon: 6, suppressModified: 19, suppressSize: 7} {
			if l.has(option) {
				width += n
			}
		}
	}
	i := 0
	for i < len(text) && (width > 0 || text[i] == '<') {
		end := i + 1
		switch text[i] {
		case '<':
			end = behind(text, i, '>')
		case '&':
			end = behind(text, i, ';')
			width--
		default:
			width--
		}
		i = end
	}
	if width > 0 || i == len(text) {
		return text
	}
	return text[:max(i-1, 0)] + ">"
}

// behind is where text goes on after the next c, at its end if there is none.
func behind(text string, i int, c byte) int {
	if n := strings.IndexByte(text[i:], c); n >= 0 {
		return i + n + 1
	}
	return len(text)
}
