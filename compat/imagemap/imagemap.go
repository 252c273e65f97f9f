// Package imagemap is mod_imagemap: maps that say where a click on an image
// leads.
//
// Deviations: a map of more than 4 MB is not found; "../" below a base that has
// no directory is an error, where Apache never comes to an end.
package imagemap

import (
	"cmp"
	"strings"

	"understudy/compat"
)

// Module is mod_imagemap.
var Module = compat.Module{
	Name:  "imagemap_module",
	File:  "mod_imagemap.c",
	Alone: true,
	Directives: []compat.Directive{
		slot.Text("ImapMenu", compat.Indexes, func(c *config) *string { return &c.menu },
			"the type of menu generated: none, formatted, semiformatted, unformatted"),
		slot.Text("ImapDefault", compat.Indexes, func(c *config) *string { return &c.fallback },
			"the action taken if no match: error, nocontent, referer, menu, URL"),
		slot.Text("ImapBase", compat.Indexes, func(c *config) *string { return &c.base },
			"the base for all URL's: map, referer, URL (or start of)"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Handler, serve).Always(),
	},
}

var slot = compat.NewSlot[config]()

type config struct{ menu, fallback, base string }

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	return config{menu: cmp.Or(over.menu, base.menu), fallback: cmp.Or(over.fallback, base.fallback),
		base: cmp.Or(over.base, base.base)}
}

// serve answers where a click leads, or with a menu (imap_handler).
func serve(r *compat.Request, c *config) compat.Status {
	if r.Handler != "imap-file" && r.Handler != "application/x-httpd-imap" ||
		r.Method != "GET" && r.Method != "HEAD" {
		return compat.Declined
	}
	lines, ok := readLines(r)
	if !ok {
		return 404
	}
	m := &mapping{r: r, style: strings.ToLower(cmp.Or(c.menu, "formatted"))}
	if m.base, ok = m.url("", cmp.Or(c.base, "map")); !ok {
		return 500
	}
	if m.fallback, ok = m.url("", cmp.Or(c.fallback, "nocontent")); !ok {
		return 500
	}
	m.point(r.Query)
	if m.shows {
		m.header()
	}
	for i, line := range lines {
		to, verdict := m.line(i+1, line)
		switch verdict {
		case broken:
			return m.bail()
		case hit:
			return m.reply(to)
		}
	}
	if m.shows {
		m.write("\n\n</body>\n</html>\n")
		return compat.OK
	}
	if m.nearest != "" {
		return m.reply(m.nearest)
	}
	return m.reply(m.fallback)
}

// reply sends the client where value leads.
func (m *mapping) reply(value string) compat.Status {
	to, ok := m.url(m.base, value)
	switch {
	case !ok, strings.EqualFold(to, "error"), to == "":
		return 500
	case strings.EqualFold(to, "nocontent"):
		return 204
	}
	m.r.Out.Set("Location", to)
	return 302
}

// bail ends a map that is wrong: with an error, or within the menu under way.
func (m *mapping) bail() compat.Status {
	if !m.shows {
		return 500
	}
	m.write("\n\n[an internal server error occured]\n", "\n\n</body>\n</html>\n")
	return compat.OK
}
