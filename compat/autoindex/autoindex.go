// Package autoindex is mod_autoindex: pages that list a directory. What is said
// about files (icons, descriptions, what not to show) is in items.go, the
// options in options.go, the entries and their order in entry.go, and the page
// in page.go and rows.go.
package autoindex

import (
	"cmp"
	"slices"
	"strings"

	"understudy/compat"
)

// Module is mod_autoindex.
var Module = compat.Module{
	Name: "autoindex_module",
	File: "mod_autoindex.c",
	Directives: []compat.Directive{
		itemRow("AddIcon", byPath, addIcon, "an icon URL followed by one or more filenames"),
		itemRow("AddIconByType", byType, addIcon, "an icon URL followed by one or more MIME types"),
		itemRow("AddIconByEncoding", byEncoding, addIcon, "an icon URL followed by one or more content encodings"),
		itemRow("AddAlt", byPath, addAlt, "alternate descriptive text followed by one or more filenames"),
		itemRow("AddAltByType", byType, addAlt, "alternate descriptive text followed by one or more MIME types"),
		itemRow("AddAltByEncoding", byEncoding, addAlt, "alternate descriptive text followed by one or more content encodings"),
		slot.Directive("IndexOptions", compat.TakeArgv, compat.Indexes, addOptions, "one or more index options [+|-][]"),
		slot.Directive("IndexOrderDefault", compat.Take2, compat.Indexes, setOrder,
			"{Ascending,Descending} {Name,Size,Description,Date}"),
		slot.Directive("IndexIgnore", compat.Iterate, compat.Indexes, addIgnore, "one or more file extensions"),
		slot.Flag("IndexIgnoreReset", compat.Indexes, func(c *config) **bool { return &c.ignoreReset },
			"Reset the inherited list of IndexIgnore filenames"),
		slot.Directive("AddDescription", compat.Iterate2, compat.Indexes, addDescription,
			"Descriptive text followed by one or more filenames"),
		slot.Text("HeaderName", compat.Indexes, func(c *config) *string { return &c.header }, "a filename"),
		slot.Text("ReadmeName", compat.Indexes, func(c *config) *string { return &c.readme }, "a filename"),
		slot.Directive("FancyIndexing", compat.RawArgs, compat.All, func(*compat.Cmd, *config) error {
			return compat.Errorf("The FancyIndexing directive is no longer supported. Use IndexOptions FancyIndexing.")
		}, "The FancyIndexing directive is no longer supported. Use IndexOptions FancyIndexing."),
		slot.Text("DefaultIcon", compat.Indexes, func(c *config) *string { return &c.defaultIcon }, "an icon URL"),
		slot.Text("IndexStyleSheet", compat.Indexes, func(c *config) *string { return &c.styleSheet }, "URL to style sheet"),
		slot.Text("IndexHeadInsert", compat.Indexes, func(c *config) *string { return &c.headInsert },
			"String to insert in HTML HEAD section"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Handler, serve).Always(),
	},
}

var slot = compat.NewSlot[config]()

// A config is what a place says.
type config struct {
	defaultIcon, styleSheet, headInsert, header, readme string
	icons, alts, ignored                                []item
	descriptions                                        []description
	ignoreReset                                         *bool
	options, add, remove                                options
	iconWidth, iconHeight                               int
	name, desc                                          width
	mediaType, charset                                  string
	noCharset                                           bool // Charset= with nothing
	oldDates                                            bool
	key, direction                                      byte
}

// A width is that of a column.
type width struct {
	said   bool
	adjust bool // as wide as what is in it
	n      int
}

// Merge lays over on top of base (merge_autoindex_configs).
func (base config) Merge(over config) config {
	m := over
	for _, p := range []struct{ to, from *string }{
		{&m.defaultIcon, &base.defaultIcon}, {&m.styleSheet, &base.styleSheet}, {&m.headInsert, &base.headInsert},
		{&m.header, &base.header}, {&m.readme, &base.readme}, {&m.mediaType, &base.mediaType},
	} {
		*p.to = cmp.Or(*p.to, *p.from)
	}
	if m.charset == "" && !m.noCharset {
		m.charset, m.noCharset = base.charset, base.noCharset
	}
	m.iconWidth, m.iconHeight = cmp.Or(m.iconWidth, base.iconWidth), cmp.Or(m.iconHeight, base.iconHeight)
	m.oldDates = m.oldDates || base.oldDates
	m.key, m.direction = cmp.Or(m.key, base.key), cmp.Or(m.direction, base.direction)
	m.alts, m.icons = slices.Concat(over.alts, base.alts), slices.Concat(over.icons, base.icons)
	m.descriptions = slices.Concat(over.descriptions, base.descriptions)
	if over.ignoreReset == nil || !*over.ignoreReset {
		m.ignored = slices.Concat(over.ignored, base.ignored)
	}
	if !m.name.said {
		m.name = base.name
	}
	if !m.desc.said {
		m.desc = base.desc
	}
	m.mergeOptions(base, over)
	return m
}

// serve lists directories (handle_autoindex).
func serve(r *compat.Request, c *config) compat.Status {
	if r.Handler != "httpd/unix-directory" && r.Handler != "" && r.Handler != "default-handler" || !r.IsDir() {
		return compat.Declined
	}
	if r.Method != "GET" && r.Method != "HEAD" {
		return compat.Declined
	}
	if r.Opts()&compat.OptIndexes == 0 {
		names := r.Notes.Get("dir-index-names")
		if names == "" {
			names = "none"
		}
		r.Logf("autoindex", compat.LevelError, nil, "AH01276: Cannot serve directory %s: No matching DirectoryIndex (%s) found, and "+
			"server-generated directory index forbidden by Options directive", r.Filename, names)
		return 403
	}
	if status := r.DiscardBody(); status != compat.OK {
		return status
	}
	if !strings.HasSuffix(r.Filename, "/") {
		r.Filename += "/"
	}
	return newPage(r, c).serve()
}
