package include

import (
	"understudy/compat"
	"understudy/compat/internal/script"
)

// programs is the module whose programs exec runs; nil: none is loaded, and
// there is no exec.
func (p *page) programs() *script.Kind {
	for _, k := range script.Kinds {
		if p.r.Host.Build.Loaded(k.Module+"_module") != nil {
			return k
		}
	}
	return nil
}

// exec is cgi_handle_exec.
func (p *page) exec(args []argument) {
	k := p.programs()
	fail := func(format string, args ...any) {
		p.r.Logf(k.Module, compat.LevelError, nil, format, args...)
		p.put(p.errorText)
	}
	if len(args) == 0 {
		p.r.Logf(k.Module, p.severity(p.printing), nil, "AH03195: missing argument for exec element in %s", p.r.Filename)
	}
	switch {
	case !p.printing:
		return
	case len(args) == 0:
		p.put(p.errorText)
		return
	case p.noExec:
		fail("AH01228: exec used but not allowed in %s", p.r.Filename)
		return
	}
	for _, a := range given(args) {
		value := decodeEntities(a.value)
		switch a.name {
		case "cmd":
			if p.command(k, p.expand(value, true)) != nil {
				fail("AH01229: execution failure for parameter \"%s\" to tag exec in file %s", a.name, p.r.Filename)
				return
			}
		case "cgi":
			if !p.program(p.expand(value, false)) {
				fail("AH01230: invalid CGI ref \"%s\" in %s", value, p.r.Filename)
				return
			}
		default:
			fail("AH01231: unknown parameter \"%s\" to tag exec in %s", a.name, p.r.Filename)
			return
		}
	}
}

// command runs a line of the shell (include_cmd).
func (p *page) command(k *script.Kind, line string) error {
	p.share()
	r, e := p.r, &p.vars.r.Env
	if r.PathInfo != "" { // add_ssi_vars
		e.Set("PATH_INFO", script.EscapeShell(r.PathInfo))
		if sub := r.Engine.Lookup(r, compat.EscapePath(r.PathInfo), "GET"); sub.Filename != "" {
			e.Set("PATH_TRANSLATED", sub.Filename+sub.PathInfo)
		}
	}
	p.vars.addQuery(r)
	p.share()
	p.pass()
	return k.Command(r, line, p.next)
}

// program runs a CGI program, which gets the query of the page (include_cgi).
func (p *page) program(uri string) bool {
	p.share()
	sub := p.r.Engine.Lookup(p.r, uri, "GET")
	if sub.Status != 200 || sub.PathInfo != "" || sub.HasQuery || sub.Info == nil || !sub.Info.Mode().IsRegular() {
		return false
	}
	sub.PathInfo, sub.Query, sub.HasQuery = p.r.PathInfo, p.r.Query, p.r.HasQuery
	sub.ContentType = script.Magic
	if sub.Handler == "" {
		sub.Handler = script.Magic
	}
	status := p.runSub(sub, false)
	if status >= 300 && status < 400 {
		if location := sub.Out.Get("Location"); location != "" {
			location = compat.EscapeHTML(location)
			p.put("<a href=\"" + location + "\">" + location + "</a>")
		}
	}
	return true
}
