// Package mime is mod_mime: what the extensions of a file's name say of its
// type, encoding, language, character set, handler and filters.
//
// The extensions a section speaks of are merged when a scope is made, and put
// into a [table] then; a request only looks them up.
package mime

import (
	"cmp"
	"maps"

	"understudy/compat"
)

// Module is mod_mime.
var Module = compat.Module{
	Name:  "mime_module",
	File:  "mod_mime.c",
	Alone: true,
	Directives: []compat.Directive{
		add("AddCharset", setCharset, "a charset (e.g., iso-2022-jp), followed by one or more file extensions"),
		add("AddEncoding", setEncoding, "an encoding (e.g., gzip), followed by one or more file extensions"),
		add("AddHandler", setHandler, "a handler name followed by one or more file extensions"),
		add("AddInputFilter", setInputs,
			"input filter name (or ; delimited names) followed by one or more file extensions"),
		add("AddLanguage", setLanguage, "a language (e.g., fr), followed by one or more file extensions"),
		add("AddOutputFilter", setOutputs,
			"output filter name (or ; delimited names) followed by one or more file extensions"),
		add("AddType", setType, "a mime type followed by one or more file extensions"),
		slot.Text("DefaultLanguage", compat.FileInfo, func(c *config) *string { return &c.language },
			"language to use for documents with no other language file extension"),
		slot.Directive("MultiviewsMatch", compat.Iterate, compat.FileInfo, multiviewsMatch,
			"NegotiatedOnly (default), Handlers and/or Filters, or Any"),
		remove("RemoveCharset", setCharset),
		remove("RemoveEncoding", setEncoding),
		remove("RemoveHandler", setHandler),
		remove("RemoveInputFilter", setInputs),
		remove("RemoveLanguage", setLanguage),
		remove("RemoveOutputFilter", setOutputs),
		slot.Directive("RemoveType", compat.Iterate, compat.FileInfo, removeType,
			"one or more file extensions"),
		slot.Directive("TypesConfig", compat.Take1, compat.Server, setTypesConfig,
			"the MIME types config file"),
		slot.Flag("ModMimeUsePathInfo", compat.Access, func(c *config) **bool { return &c.usePathInfo },
			"Set to 'yes' to allow mod_mime to use path info for type checking"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.TypeCheck, find).Repeats(),
	},
	Init: loadTypes,
}

var slot = compat.NewSlot[config]()

type config struct {
	extensions  map[string]*extension // by lower case name without dot
	removed     []removal             // taken back when merged into what is around
	table       *table[extension]     // of extensions, once merged
	types       *table[mediaType]     // of TypesConfig
	language    string                // DefaultLanguage
	match       matching              // 0: not said
	usePathInfo *bool
	typesConfig string // of the main server
}

// An extension is what directives say of one.
type extension struct {
	media           *mediaType
	noType          bool // RemoveType: not even that of TypesConfig
	encoding        string
	language        string
	handler         string
	charset         string
	inputs, outputs []string
}

// A removal is a RemoveCharset or its like: set is called with "".
type removal struct {
	name string
	set  setter
}

// A setter sets one property of an extension; "" removes it.
type setter func(e *extension, value string)

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	m := config{
		extensions:  base.extensions,
		table:       base.table,
		types:       cmp.Or(over.types, base.types),
		language:    cmp.Or(over.language, base.language),
		match:       cmp.Or(over.match, base.match),
		usePathInfo: cmp.Or(over.usePathInfo, base.usePathInfo),
		typesConfig: base.typesConfig,
	}
	if over.extensions == nil && over.removed == nil {
		return m
	}
	m.extensions = overlay(base.extensions, over.extensions)
	for _, r := range over.removed {
		if e := m.extensions[r.name]; e != nil {
			c := *e
			r.set(&c, "")
			m.extensions[r.name] = &c
		}
	}
	m.table = newTable(m.extensions)
	return m
}

// overlay is base with over laid on top, property by property.
func overlay(base, over map[string]*extension) map[string]*extension {
	m := maps.Clone(base)
	if m == nil {
		m = make(map[string]*extension, len(over))
	}
	for name, o := range over {
		if b := m[name]; b != nil {
			o = b.with(o)
		}
		m[name] = o
	}
	return m
}

func (e *extension) with(over *extension) *extension {
	m := &extension{
		media:    e.media,
		noType:   e.noType,
		encoding: cmp.Or(over.encoding, e.encoding),
		language: cmp.Or(over.language, e.language),
		handler:  cmp.Or(over.handler, e.handler),
		charset:  cmp.Or(over.charset, e.charset),
		inputs:   e.inputs,
		outputs:  e.outputs,
	}
	if over.media != nil || over.noType {
		m.media, m.noType = over.media, over.noType
	}
	if over.inputs != nil {
		m.inputs = over.inputs
	}
	if over.outputs != nil {
		m.outputs = over.outputs
	}
	return m
}
