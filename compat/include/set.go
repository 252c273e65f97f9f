package include

import (
	"understudy/compat"
)

// config is handle_config: texts and formats for the rest of the page.
func (p *page) config(args []argument) {
	if !p.ready(len(args) > 0, "AH01347", "config") {
		return
	}
	for _, a := range given(args) {
		text := p.expand(a.value, false)
		switch a.name {
		case "errmsg":
			p.errorText = text
		case "echomsg":
			p.undef = text
		case "timefmt":
			p.timeFormat = text
			for _, name := range []string{"DATE_LOCAL", "DATE_GMT", "LAST_MODIFIED"} {
				p.vars.set(name, p.vars.make(name, text))
			}
		case "sizefmt":
			if text != "bytes" && text != "abbrev" {
				p.fail("AH01348: unknown value \"%s\" to parameter \"sizefmt\" of tag config in %s", text, p.r.Filename)
				return
			}
			p.inBytes = text == "bytes"
		default:
			p.fail("AH01349: unknown parameter \"%s\" to tag config in %s", a.name, p.r.Filename)
			return
		}
	}
}

// set is handle_set.
func (p *page) set(args []argument) {
	if !p.ready(len(args) >= 2, "AH01362", "set") {
		return
	}
	name, hasName := "", false
	decoding, encoding := "none", "none"
	for _, a := range given(args) {
		switch a.name {
		case "var":
			name, hasName = p.expand(decodeEntities(a.value), false), true
		case "decoding":
			decoding = a.value
		case "encoding":
			encoding = a.value
		case "value":
			if !hasName {
				p.fail("AH01363: variable must precede value in set directive in %s", p.r.Filename)
				return
			}
			value, ok := p.recode(p.expand(a.value, false), decoding, encoding,
				coders{"AH01364", "AH01365", "set"})
			if !ok {
				return
			}
			p.vars.set(name, value)
		default:
			p.fail("AH01366: Invalid tag for set directive in %s", p.r.Filename)
			return
		}
	}
}

// echo is handle_echo.
func (p *page) echo(args []argument) {
	if !p.ready(len(args) > 0, "AH01343", "echo") {
		return
	}
	decoding, encoding := "none", "entity"
	for _, a := range given(args) {
		value := decodeEntities(a.value)
		switch a.name {
		case "var":
			text, set := p.variable(p.expand(value, false))
			if !set {
				p.put(p.undef)
				continue
			}
			text, ok := p.recode(text, decoding, encoding, coders{"AH01344", "AH01345", "echo"})
			if !ok {
				return
			}
			p.put(text)
		case "decoding":
			decoding = value
		case "encoding":
			encoding = value
		default:
			p.fail("AH01346: unknown parameter \"%s\" in tag echo of %s", a.name, p.r.Filename)
			return
		}
	}
}

// printEnv is handle_printenv: all variables.
func (p *page) printEnv(args []argument) {
	if len(args) > 0 {
		p.log(p.severity(p.printing), "AH01367: printenv directive does not take tags in %s", p.r.Filename)
		if p.printing {
			p.put(p.errorText)
		}
		return
	}
	if !p.printing {
		return
	}
	for _, v := range p.vars.r.Env.All() {
		value, _ := p.vars.get(v.Name, p.timeFormat)
		p.put(compat.EscapeHTML(v.Name) + "=" + compat.EscapeHTML(value) + "\n")
	}
}
