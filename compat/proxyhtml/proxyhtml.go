// Package proxyhtml is mod_proxy_html: it maps the URLs in HTML that another
// server made. The document is taken apart in rewrite.go, and urlmap.go says
// what becomes of its URLs.
//
// Deviations: elements that a document leaves out (html, body, end tags) are not
// put in, and a comment stays where it is with ProxyHTMLExtended.
// ProxyHTMLDoctype drops elements that HTML 4 has not, but no attributes.
// Characters that the encoding of ProxyHTMLCharsetOut has not become character
// references. A piece of a document without markup may be 10 MB long.
// ProxyHTMLBufSize tunes nothing. A document of which nothing is known to be in
// UTF-8 is taken as it is where mod_xml2enc is not loaded.
package proxyhtml

import (
	"cmp"
	"slices"
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
	"understudy/compat/internal/markup"
)

// Module is mod_proxy_html.
var Module = compat.Module{
	Name: "proxy_html_module",
	File: "mod_proxy_html.c",
	Directives: []compat.Directive{
		dir.Directive("ProxyHTMLEvents", compat.Iterate, both, addEvent, "Strings to be treated as scripting events"),
		dir.Directive("ProxyHTMLLinks", compat.Iterate2, both, addLink, "Declare HTML Attributes"),
		dir.Directive("ProxyHTMLURLMap", compat.RawArgs, both, addMap, "Map URL From To"),
		dir.Directive("ProxyHTMLDoctype", compat.Take12, both, setDoctype, "(HTML|XHTML) [Legacy]"),
		dir.Directive("ProxyHTMLFixups", compat.Iterate, both, setFixup, "Options are lowercase, dospath"),
		dir.Directive("ProxyHTMLMeta", compat.Flag, both, flag(func(c *config) *bool { return &c.meta }),
			"Fix META http-equiv elements"),
		dir.Directive("ProxyHTMLInterp", compat.Flag, both, flag(func(c *config) *bool { return &c.interpolate }),
			"Support interpolation and conditions in URLMaps"),
		dir.Directive("ProxyHTMLExtended", compat.Flag, both, flag(func(c *config) *bool { return &c.extended }),
			"Map URLs in Javascript and CSS"),
		dir.Directive("ProxyHTMLStripComments", compat.Flag, both, flag(func(c *config) *bool { return &c.strip }),
			"Strip out comments"),
		dir.Directive("ProxyHTMLBufSize", compat.Take1, both, func(*compat.Cmd, *config) error { return nil }, "Buffer size"),
		dir.Text("ProxyHTMLCharsetOut", both, func(c *config) *string { return &c.charsetOut },
			"Usage: ProxyHTMLCharsetOut charset"),
		dir.Directive("ProxyHTMLEnable", compat.Flag, both, flag(func(c *config) *bool { return &c.enabled }),
			"Enable proxy-html and xml2enc filters"),
	},
	Hooks: []compat.Hook{dir.On(compat.InsertFilter, insert)},
	OutputFilters: []compat.OutputFilter{{Name: filterName, Type: compat.FilterResource, Wrap: wrap,
		Protocol: compat.FilterChanges | compat.FilterChangesLength}},
	Init: warn,
}

const (
	both       = compat.Server | compat.Access
	filterName = "proxy-html"
	short      = "proxy_html"
)

var dir = compat.NewSlot[config]()

// A config is what is said at one place. Unlike others it has no "not said" for
// flags: what is On outside stays so, except with "ProxyHTMLFixups reset".
type config struct {
	links      map[string][]string // attributes by element
	events     []string
	maps       []urlMap
	doctype    doctype
	charsetOut string

	lowercase, slashes, reset                   bool
	meta, interpolate, extended, strip, enabled bool
}

// Merge lays over on top of base. Where both have maps, those come in reverse:
// the last of the inner place first (proxy_html_merge).
func (base config) Merge(over config) config {
	m := over
	if m.links == nil {
		m.links = base.links
	}
	if m.events == nil {
		m.events = base.events
	}
	m.charsetOut = cmp.Or(over.charsetOut, base.charsetOut)
	switch {
	case over.maps == nil:
		m.maps = base.maps
	case base.maps != nil:
		m.maps = slices.Concat(base.maps, over.maps)
		slices.Reverse(m.maps)
	}
	if m.doctype.text == "" {
		m.doctype.text, m.doctype.strict, m.doctype.legacy = base.doctype.text, base.doctype.strict, base.doctype.legacy
	}
	m.doctype.xhtml = over.doctype.xhtml || base.doctype.xhtml
	if over.reset {
		m.reset = false
		return m
	}
	m.lowercase, m.slashes = base.lowercase || over.lowercase, base.slashes || over.slashes
	m.meta, m.interpolate = base.meta || over.meta, base.interpolate || over.interpolate
	m.extended, m.strip, m.enabled = base.extended || over.extended, base.strip || over.strip, base.enabled || over.enabled
	return m
}

// A doctype is what ProxyHTMLDoctype says: what stands before a document, and
// which elements it may have.
type doctype struct {
	text           string
	strict, legacy bool // elements of HTML 4 only, without and with the deprecated
	xhtml          bool // empty elements end in " />"
}

func flag(at func(*config) *bool) func(*compat.Cmd, *config) error {
	return func(c *compat.Cmd, conf *config) error {
		*at(conf) = c.On()
		return nil
	}
}

func addEvent(c *compat.Cmd, conf *config) error {
	conf.events = append(conf.events, c.Arg(0))
	return nil
}

func addLink(c *compat.Cmd, conf *config) error {
	if conf.links == nil {
		conf.links = map[string][]string{}
	}
	conf.links[c.Arg(0)] = append(conf.links[c.Arg(0)], c.Arg(1))
	return nil
}

const (
	html4   = "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01"
	xhtml1  = "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 "
	xhtmlAt = "//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-"
)

func setDoctype(c *compat.Cmd, conf *config) error {
	kind, more := c.Arg(0), c.Arg(1)
	legacy := strings.EqualFold(more, "legacy")
	d := doctype{strict: !legacy, legacy: legacy}
	switch strings.ToLower(kind) {
	case "xhtml":
		d.xhtml, d.text = true, xhtml1+"Strict"+xhtmlAt+"strict.dtd\">\n"
		if legacy {
			d.text = xhtml1 + "Transitional" + xhtmlAt + "transitional.dtd\">\n"
		}
	case "html":
		d.text = html4 + "//EN\">\n"
		if legacy {
			d.text = html4 + " Transitional//EN\">\n"
		}
	case "html5":
		d = doctype{text: "<!DOCTYPE html>\n"}
	default:
		d = doctype{text: kind, xhtml: strings.HasPrefix(compat.Lower(more), "x")}
	}
	conf.doctype = d
	return nil
}

func setFixup(c *compat.Cmd, conf *config) error {
	switch strings.ToLower(c.Arg(0)) {
	case "lowercase":
		conf.lowercase = true
	case "dospath":
		conf.slashes = true
	case "reset":
		conf.reset = true
	}
	return nil
}

// warn tells that there is nobody who knows encodings.
func warn(b *compat.Build) error {
	if b.Loaded("xml2enc_module") == nil {
		b.Warn(apacheconf.Diagnostic{Bare: true, Module: short, Level: compat.LevelNotice.String(),
			Message: "AH01425: I18n support in mod_proxy_html requires mod_xml2enc. Without it, non-ASCII characters " +
				"in proxied pages are likely to display incorrectly."})
	}
	return nil
}

func insert(r *compat.Request, c *config) compat.Status {
	if !c.enabled {
		return compat.OK
	}
	if r.Host.Build.Loaded("xml2enc_module") != nil {
		r.OutputFilters = append(r.OutputFilters, markup.FilterName)
	}
	r.OutputFilters = append(r.OutputFilters, filterName)
	return compat.OK
}
