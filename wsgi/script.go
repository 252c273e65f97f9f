package wsgi

import (
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// A serverScript is a script that the server itself asks, or that answers in
// the place of a target: what WSGIDispatchScript and its like name.
type serverScript struct {
	path                 string
	process, application *string
	passAuthorization    *bool
}

// An Import is a script that is loaded when a process starts.
type Import struct {
	Script      string
	Application string
}

// scriptWords reads "PATH name=value…" of a directive about a script of some
// kind, which may have the options allowed.
func scriptWords(kind, words string, allowed ...string) (serverScript, error) {
	var s serverScript
	var rest string
	if s.path, rest = apacheconf.Word(words); s.path == "" {
		return s, compat.Errorf("Location of %s script not supplied.", kind)
	}
	for rest != "" {
		name, value, more, ok := option(rest)
		if !ok || !contains(allowed, name) {
			return s, compat.Errorf("Invalid option to WSGI %s script definition.", kind)
		}
		if err := s.set(name, value); err != nil {
			return s, err
		}
		rest = more
	}
	return s, nil
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

func (s *serverScript) set(name, value string) error {
	switch name {
	case "process-group":
		if value == "" {
			return compat.Errorf("Invalid name for WSGI process group.")
		}
		s.process = text(groupWord(value))
	case "application-group":
		if value == "" {
			return compat.Errorf("Invalid name for WSGI application group.")
		}
		s.application = text(groupWord(value))
	case "pass-authorization":
		on := strings.EqualFold(value, "on")
		if !on && !strings.EqualFold(value, "off") {
			return compat.Errorf("Invalid value for authorization flag.")
		}
		s.passAuthorization = &on
	}
	return nil
}

// scriptRow is a directive with a script the server asks.
func scriptRow(name, kind string, where compat.Place, at func(*config) **serverScript, help string) compat.Directive {
	return dir.Directive(name, compat.RawArgs, where, func(c *compat.Cmd, conf *config) error {
		s, err := scriptWords(kind, c.Raw, "application-group")
		if err == nil {
			*at(conf) = &s
			tryServerScript(c, kind, s.path)
		}
		return err
	}, help)
}

// addHandler is WSGIHandlerScript.
func addHandler(c *compat.Cmd, conf *config) error {
	name, rest := apacheconf.Word(c.Raw)
	if name == "" {
		return compat.Errorf("Name for handler script not supplied.")
	}
	s, err := scriptWords("handler", rest, "process-group", "application-group", "pass-authorization")
	if err != nil {
		return err
	}
	if conf.handlers == nil {
		conf.handlers = map[string]*serverScript{}
	}
	conf.handlers[name] = &s
	return nil
}

// addImport is WSGIImportScript.
func addImport(c *compat.Cmd) error {
	s, err := scriptWords("import", c.Raw, "process-group", "application-group")
	switch {
	case err != nil:
		return err
	case s.application == nil:
		return compat.Errorf("Name of WSGI application group required.")
	case s.process == nil:
		return compat.Errorf("Name of WSGI process group required.")
	}
	set := settingsOf(c.Build)
	g, err := set.usable(c, *s.process)
	if err != nil {
		return err
	}
	set.preload(g, s.path, *s.application, c.Host)
	return nil
}

// usable is the group of that name, nil for the server's own, if it is defined
// above and may be used from the host under way (wsgi_add_script_alias).
func (s *settings) usable(c *compat.Cmd, name string) (*Group, error) {
	if name == "" {
		return nil, nil
	}
	g := s.groups[name]
	switch {
	case g == nil:
		return nil, compat.Errorf("WSGI process group not yet configured.")
	case !g.Host.Virtual || g.Host == c.Host:
	case (g.Host.Name == "") != (c.Host.Name == ""):
		return nil, compat.Errorf("WSGI process group not matchable.")
	case !strings.EqualFold(g.Host.Name, c.Host.Name):
		return nil, compat.Errorf("WSGI process group not accessible.")
	}
	return g, nil
}

// preload has a script loaded when the processes of g start; nil stands for the
// server's own group.
func (s *settings) preload(g *Group, path, application string, _ *compat.Host) {
	i := Import{path, application}
	if g == nil {
		s.imports = append(s.imports, i)
		return
	}
	for _, known := range g.Imports {
		if known == i {
			return
		}
	}
	g.Imports = append(g.Imports, i)
}
