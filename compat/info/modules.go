package info

import (
	"fmt"

	"understudy/compat"
)

// participation are the phases in Apache's order and words.
var participation = []struct {
	phase compat.Phase
	name  string
}{
	{compat.PostRead, "Post-Read Request"}, {compat.HeaderParser, "Header Parse"},
	{compat.Translate, "Translate Name"}, {compat.MapToStorage, "Map to Storage"},
	{compat.AccessCheckEx, "Check Access"}, {compat.AccessCheck, "Check Access (legacy)"},
	{compat.Authn, "Verify User ID"}, {compat.Authz, "Verify User Access"}, {compat.TypeCheck, "Check Type"},
	{compat.Fixups, "Fixups"}, {compat.InsertFilter, "Insert Filters"}, {compat.Handler, "Content Handlers"},
	{compat.Log, "Transaction Logging"}, {compat.ErrorHeaders, "Insert Errors"},
}

func runs(m *compat.Module, p compat.Phase) bool {
	for _, h := range m.Hooks {
		if h.Phase == p {
			return true
		}
	}
	return false
}

// module tells of one.
func (p *page) module(m *compat.Module) {
	p.write("<dl><dt><a name=\"", m.File, "\"><strong>Module Name:</strong></a> <font size=\"+1\"><tt><a href=\"?",
		m.File, "\">", m.File, "</a></tt></font></dt>\n<dt><strong>Content handlers:</strong> ")
	if runs(m, compat.Handler) {
		p.write("<tt> <em>yes</em></tt>")
	} else {
		p.write("<tt> <em>none</em></tt>")
	}
	p.write("</dt><dt><strong>Configuration Phase Participation:</strong>\n")
	if configures(m) {
		p.write("<tt>Create Directory Config</tt>, <tt>Merge Directory Configs</tt>")
	} else {
		p.write("<tt> <em>none</em></tt>")
	}
	p.write("</dt><dt><strong>Request Phase Participation:</strong>\n")
	p.phases(m)
	p.write("</dt>\n")
	p.directives(m)
	if text, found := p.more.find(m.File); found {
		p.write("<dt><strong>Additional Information:</strong>\n</dt><dd>", text, "</dd>")
	}
	p.write("</dl><hr />\n")
}

// configures reports whether a module keeps anything for sections.
func configures(m *compat.Module) bool {
	for i := range m.Directives {
		if m.Directives[i].Slot >= 0 {
			return true
		}
	}
	return false
}

func (p *page) phases(m *compat.Module) {
	comma := ""
	for _, x := range participation {
		if runs(m, x.phase) {
			p.write(comma, "<tt>", x.name, "</tt>")
			comma = ", "
		}
	}
	if comma == "" {
		p.write("<tt> <em>none</em></tt>")
	}
}

func (p *page) directives(m *compat.Module) {
	if len(m.Directives) == 0 {
		p.write("<dt><strong>Module Directives:</strong> <tt>none</tt></dt>")
		return
	}
	p.write("<dt><strong>Module Directives:</strong></dt>")
	for i := range m.Directives {
		d := &m.Directives[i]
		bracket := ""
		if d.Name[0] == '<' {
			bracket = "&gt;"
		}
		p.write("<dd><tt>", compat.EscapeHTML(d.Name), bracket, " - <i>", compat.EscapeHTML(d.Help), "</i></tt></dd>\n")
	}
	p.write("<dt><strong>Current Configuration:</strong></dt>\n")
	p.configuration(m)
}

// hooks shows who runs in which phase, and where in it.
func (p *page) hooks() {
	mark := "#"
	if !p.all {
		mark = "?"
	}
	p.write("<h2><a name=\"startup_hooks\">Startup Hooks</a></h2>\n<dl><dt><strong>Post Configuration:</strong>\n <br /><tt>\n")
	for _, m := range p.b.Modules {
		if m.Init != nil {
			p.hook(10, m, mark)
		}
	}
	p.write("\n  </tt>\n</dt>\n</dl>\n<hr />\n<h2><a name=\"request_hooks\">Request Hooks</a></h2>\n<dl>")
	for _, x := range participation {
		p.write("<dt><strong>", x.name, ":</strong>\n <br /><tt>\n")
		for _, h := range compat.Planned(p.b.Modules, x.phase) {
			p.hook(h.Order, h.Module, mark)
		}
		p.write("\n  </tt>\n</dt>\n")
	}
	p.write("</dl>\n<hr />\n<h2><a name=\"other_hooks\">Other Hooks</a></h2>\n<dl></dl>\n<hr />\n")
}

func (p *page) hook(order int, m *compat.Module, mark string) {
	p.write(fmt.Sprintf("&nbsp;&nbsp; %02d <a href=\"%s%s\">%s</a> <br/>", order, mark, m.File, m.File))
}
