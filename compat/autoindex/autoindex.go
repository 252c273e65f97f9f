// Package autoindex is mod_autoindex: the listing of a directory that has no
// index.
//
// What IndexOptions and its relatives say is in autoindex.go, options.go and
// rules.go; a request becomes a [listing] (listing.go, query.go), which finds
// its entries (entry.go, order.go) and writes the page (page.go, columns.go,
// table.go).
//
// Deviations: a description is cut for one listing; Apache cuts it for good, so
// that wider columns elsewhere have the short one from then on.
package autoindex

import (
	"cmp"
	"slices"

	"understudy/compat"
)

// Module is mod_autoindex.
var Module = compat.Module{
	Name:  "autoindex_module",
	File:  "mod_autoindex.c",
	Alone: true,
	Directives: []compat.Directive{
		slot.Directive("AddIcon", compat.Iterate2, compat.Indexes, addIcon(byPath),
			"an icon URL followed by one or more filenames"),
		slot.Directive("AddIconByType", compat.Iterate2, compat.Indexes, addIcon(byType),
			"an icon URL followed by one or more MIME types"),
		slot.Directive("AddIconByEncoding", compat.Iterate2, compat.Indexes, addIcon(byEncoding),
			"an icon URL followed by one or more content encodings"),
		slot.Directive("AddAlt", compat.Iterate2, compat.Indexes, addAlt(byPath),
			"alternate descriptive text followed by one or more filenames"),
		slot.Directive("AddAltByType", compat.Iterate2, compat.Indexes, addAlt(byType),
			"alternate descriptive text followed by one or more MIME types"),
		slot.Directive("AddAltByEncoding", compat.Iterate2, compat.Indexes, addAlt(byEncoding),
			"alternate descriptive text followed by one or more content encodings"),
		slot.Directive("IndexOptions", compat.TakeArgv, compat.Indexes, addOptions,
			"one or more index options [+|-][]"),
		slot.Directive("IndexOrderDefault", compat.Take2, compat.Indexes, setOrder,
			"{Ascending,Descending} {Name,Size,Description,Date}"),
		slot.Directive("IndexIgnore", compat.Iterate, compat.Indexes, addIgnore,
			"one or more file extensions"),
		slot.Flag("IndexIgnoreReset", compat.Indexes, func(c *config) **bool { return &c.ignoreReset },
			"Reset the inherited list of IndexIgnore filenames"),
		slot.Directive("AddDescription", compat.Iterate2, compat.Indexes, addDescription,
			"Descriptive text followed by one or more filenames"),
		slot.Text("HeaderName", compat.Indexes, func(c *config) *string { return &c.header }, "a filename"),
		slot.Text("ReadmeName", compat.Indexes, func(c *config) *string { return &c.readme }, "a filename"),
		compat.Row("FancyIndexing", compat.RawArgs, compat.All, deprecated, noFancyIndexing),
		slot.Text("DefaultIcon", compat.Indexes, func(c *config) *string { return &c.defaultIcon }, "an icon URL"),
		slot.Text("IndexStyleSheet", compat.Indexes, func(c *config) *string { return &c.styleSheet }, "URL to style sheet"),
		slot.Text("IndexHeadInsert", compat.Indexes, func(c *config) *string { return &c.headInsert },
			"String to insert in HTML HEAD section"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Handler, serve).Repeats().Always(),
	},
}

var slot = compat.NewSlot[config]()

const noFancyIndexing = "The FancyIndexing directive is no longer supported. Use IndexOptions FancyIndexing."

func deprecated(*compat.Cmd) error { return compat.Errorf("%s", noFancyIndexing) }

type config struct {
	defaultIcon, styleSheet, headInsert string
	header, readme                      string
	options                             optionSet // 0: not said
	added, removed                      optionSet // +X, -X
	name, description                   width
	iconWidth, iconHeight               int
	media, charset                      *string // Type=, Charset=
	oldDates                            bool
	key, direction                      byte // IndexOrderDefault
	icons, alts, ignored                []rule
	descriptions                        []description
	ignoreReset                         *bool
}

// A width is that of a column.
type width struct {
	said   bool
	n      int
	adjust bool // as wide as it must be
}

// defaultWidth is that of the columns for name and description.
const defaultWidth = 23

// least is the width of a column, before it is adjusted.
func (w width) least() int {
	if !w.said {
		return defaultWidth
	}
	return w.n
}

// Merge lays over on top of base: lists of over come first, for the first that
// matches counts.
func (base config) Merge(over config) config {
	m := config{
		defaultIcon: cmp.Or(over.defaultIcon, base.defaultIcon),
		styleSheet:  cmp.Or(over.styleSheet, base.styleSheet),
		headInsert:  cmp.Or(over.headInsert, base.headInsert),
		header:      cmp.Or(over.header, base.header),
		readme:      cmp.Or(over.readme, base.readme),
		iconWidth:   cmp.Or(over.iconWidth, base.iconWidth),
		iconHeight:  cmp.Or(over.iconHeight, base.iconHeight),
		media:       cmp.Or(over.media, base.media),
		charset:     cmp.Or(over.charset, base.charset),
		oldDates:    over.oldDates || base.oldDates,
		key:         cmp.Or(over.key, base.key),
		direction:   cmp.Or(over.direction, base.direction),
		icons:       slices.Concat(over.icons, base.icons),
		alts:        slices.Concat(over.alts, base.alts),
		name:        over.name.or(base.name),
		description: over.description.or(base.description),
	}
	m.descriptions = slices.Concat(over.descriptions, base.descriptions)
	m.ignored = over.ignored
	if over.ignoreReset == nil || !*over.ignoreReset {
		m.ignored = slices.Concat(over.ignored, base.ignored)
	}
	m.mergeOptions(base, over)
	return m
}

func (w width) or(other width) width {
	if w.said {
		return w
	}
	return other
}

// mergeOptions follows merge_autoindex_configs: absolute options forget what is
// further out; what is only added or removed changes it.
func (m *config) mergeOptions(base, over config) {
	switch over.options {
	case optNone:
		m.options = optNone
		return
	case 0:
		m.added = (base.added | over.added) &^ over.removed
		m.removed = base.removed | over.removed
		m.options = base.options &^ optNone
	default:
		m.options = over.options
	}
	m.options = (m.options | m.added) &^ m.removed
}
