// Package info is mod_info: the configuration and its modules on a page, and,
// with -t -D DUMP_CONFIG, as text.
//
// Deviations: the hooks are ours, by the phases that are run here; modules here
// have no configuration apart for servers, and providers are not listed.
package info

import (
	"slices"
	"strings"

	"understudy/compat"
)

// Module is mod_info.
var Module = compat.Module{
	Name: "info_module",
	File: "mod_info.c",
	Directives: []compat.Directive{
		slot.Directive("AddModuleInfo", compat.Take2, compat.Server, addInfo,
			"a module name and additional information on that module"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Handler, serve).Always(),
	},
}

var slot = compat.NewSlot[config]()

type config struct{ more []addition }

// An addition is what AddModuleInfo says of a module.
type addition struct{ module, text string }

// Merge puts what over says before what base says.
func (base config) Merge(over config) config {
	return config{slices.Concat(over.more, base.more)}
}

func addInfo(c *compat.Cmd, conf *config) error {
	conf.more = append(conf.more, addition{c.Arg(0), c.Arg(1)})
	return nil
}

// find is what is said of a module.
func (c *config) find(module string) (text string, found bool) {
	for _, a := range c.more {
		if a.module == module {
			return a.text, true
		}
	}
	return "", false
}

// serve answers with what the query asks for, or with everything
// (display_info).
func serve(r *compat.Request, c *config) compat.Status {
	if r.Handler != "server-info" {
		return compat.Declined
	}
	r.AllowedMethods = []string{"GET"}
	if r.Method != "GET" && r.Method != "HEAD" {
		return compat.Declined
	}
	r.ContentType, r.Charset = "text/html; charset=ISO-8859-1", ""
	p := &page{r: r, b: r.Host.Build, more: c, all: !r.HasQuery, query: r.Query, modules: sorted(r.Host.Build)}
	p.write(head)
	if p.asks("list") && !p.all {
		p.list()
	} else {
		p.sections()
	}
	p.write(compat.Signature(r, ""), "</body></html>\n")
	if _, err := r.Writer.Write(p.text); err != nil {
		r.Aborted = true
	}
	return compat.OK
}

// sorted are the modules by file, as the page has them.
func sorted(b *compat.Build) []*compat.Module {
	modules := slices.Clone(b.Modules)
	slices.SortFunc(modules, func(x, y *compat.Module) int { return strings.Compare(x.File, y.File) })
	return modules
}

const head = `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
  <title>Server Information</title>
</head>
<body><h1 style="text-align: center">Apache Server Information</h1>
`

// A page is the text under way.
type page struct {
	r       *compat.Request
	b       *compat.Build
	more    *config
	all     bool
	query   string
	modules []*compat.Module
	text    []byte
}

func (p *page) write(texts ...string) {
	for _, t := range texts {
		p.text = append(p.text, t...)
	}
}

// asks reports whether a section is wanted.
func (p *page) asks(section string) bool { return p.all || strings.EqualFold(p.query, section) }

func (p *page) list() {
	p.write("<dl><dt>Server Module List</dt>")
	for _, m := range p.modules {
		p.write("<dd>", m.File, "</dd>")
	}
	p.write("</dl><hr />")
}

func (p *page) sections() {
	if p.all {
		p.contents()
	}
	if p.asks("server") {
		p.server()
	}
	if p.asks("hooks") {
		p.hooks()
	}
	if p.asks("providers") {
		p.write("<h2><a name=\"providers\">Providers</a></h2>\n<dl></dl>\n<hr />\n")
	}
	if p.asks("config") && !p.all {
		p.write("<dl><dt><strong>Configuration:</strong>\n")
		p.configuration(nil)
		p.write("</dl><hr />")
		return
	}
	for _, m := range p.modules {
		if p.asks(m.File) {
			p.module(m)
		}
	}
}

// contents lead to the sections of the whole page.
func (p *page) contents() {
	p.write("<dl><dt><tt>Subpages:<br />" +
		"<a href=\"?config\">Configuration Files</a>, <a href=\"?server\">Server Settings</a>, " +
		"<a href=\"?list\">Module List</a>, <a href=\"?hooks\">Active Hooks</a>, " +
		"<a href=\"?providers\">Available Providers</a></tt></dt></dl><hr />" +
		"<dl><dt><tt>Sections:<br />" +
		"<a href=\"#modules\">Loaded Modules</a>, <a href=\"#server\">Server Settings</a>, " +
		"<a href=\"#startup_hooks\">Startup Hooks</a>, <a href=\"#request_hooks\">Request Hooks</a>, " +
		"<a href=\"#other_hooks\">Other Hooks</a>, <a href=\"#providers\">Providers</a></tt></dt></dl><hr />" +
		"<h2><a name=\"modules\">Loaded Modules</a></h2><dl><dt><tt>")
	for _, m := range p.modules {
		p.write("<a href=\"#", m.File, "\">", m.File, "</a>, ")
	}
	p.write("</tt></dt></dl><hr />")
}
