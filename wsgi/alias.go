package wsgi

import (
	"strings"

	"understudy/apacheconf"
	"understudy/apacheconf/pattern"
	"understudy/compat"
)

func addAlias(c *compat.Cmd, conf *config) error {
	a, err := parseAlias(c, "Map location to target WSGI script file.")
	if err != nil {
		return err
	}
	conf.aliases = append(conf.aliases, a)
	tryScript(c, a.real, a.options.process)
	return a.loadAhead(c)
}

func addAliasMatch(c *compat.Cmd, conf *config) error {
	a, err := parseAlias(c, "Map location pattern to target WSGI script file.")
	if err != nil {
		return err
	}
	if a.match, err = pattern.Compile(a.fake, pattern.DotAll); err != nil {
		return compat.Errorf("Regular expression could not be compiled.")
	}
	conf.aliases = append(conf.aliases, a)
	return a.loadAhead(c)
}

func parseAlias(c *compat.Cmd, help string) (scriptAlias, error) {
	var a scriptAlias
	var rest string
	a.fake, rest = apacheconf.Word(c.Raw)
	a.real, rest = apacheconf.Word(rest)
	if a.fake == "" || a.real == "" {
		return a, compat.Errorf("%s requires at least two arguments, %s", c.Name, help)
	}
	o := &a.options
	for rest != "" {
		name, value, more, ok := option(rest)
		rest = more
		if !ok {
			return a, compat.Errorf("Invalid option to WSGI script alias definition.")
		}
		switch name {
		case "process-group":
			if value == "" {
				return a, compat.Errorf("Invalid name for WSGI process group.")
			}
			o.process = text(groupWord(value))
		case "application-group":
			if value == "" {
				return a, compat.Errorf("Invalid name for WSGI application group.")
			}
			o.application = text(groupWord(value))
		case "callable-object":
			if value == "" {
				return a, compat.Errorf("Invalid name for WSGI callable object.")
			}
			o.callable = text(value)
		case "pass-authorization":
			on := strings.EqualFold(value, "on")
			if !on && !strings.EqualFold(value, "off") {
				return a, compat.Errorf("Invalid value for authorization flag.")
			}
			o.passAuthorization = &on
		default:
			return a, compat.Errorf("Invalid option to WSGI script alias definition.")
		}
	}
	return a, nil
}

// loadAhead has the script of an alias that names its groups literally loaded
// when their processes start; such a group must be defined above.
func (a *scriptAlias) loadAhead(c *compat.Cmd) error {
	o := a.options
	if o.process == nil || o.application == nil || strings.Contains(*o.process, "%{") ||
		strings.Contains(*o.application, "%{") || a.match != nil && strings.Contains(a.real, "$") {
		return nil
	}
	s := settingsOf(c.Build)
	g, err := s.usable(c, *o.process)
	if err == nil {
		s.preload(g, a.real, *o.application, c.Host)
	}
	return err
}

// translate maps a URL to the script of the first alias it begins with.
func translate(r *compat.Request, c *config) compat.Status {
	for i := range c.aliases {
		a := &c.aliases[i]
		file, ok := a.file(r.Path)
		if !ok {
			continue
		}
		r.Filename = file
		if a.match == nil {
			r.FileEnd = len(a.real)
		}
		r.Handler = handlerName
		r.Notes.Set(aliasNote, "1")
		for _, o := range []struct {
			note  string
			value *string
		}{{processNote, a.options.process}, {applicationNote, a.options.application}, {callableNote, a.options.callable}} {
			if o.value != nil {
				r.Notes.Set(o.note, *o.value)
			}
		}
		if p := a.options.passAuthorization; p != nil {
			r.Notes.Set(authorizationNote, map[bool]string{true: "on", false: "off"}[*p])
		}
		return compat.OK
	}
	return compat.Declined
}

// Notes by which an alias tells the handler what it said.
const (
	handlerName       = "wsgi-script"
	aliasNote         = "wsgi-alias"
	processNote       = "wsgi-process-group"
	applicationNote   = "wsgi-application-group"
	callableNote      = "wsgi-callable-object"
	authorizationNote = "wsgi-pass-authorization"
)

// file is the file a URL path means, if the alias is for it.
func (a *scriptAlias) file(path string) (file string, ok bool) {
	if a.match != nil {
		loc, err := a.match.Find(path)
		if err != nil || loc == nil {
			return "", false
		}
		return pattern.Expand(a.real, path, loc) + path[loc[1]:], true
	}
	n, ok := matchPrefix(path, a.fake)
	if !ok {
		return "", false
	}
	if n == 1 && a.fake == "/" {
		n = 0 // The whole URL is appended.
	}
	return a.real + path[n:], true
}

// matchPrefix reports how much of path an alias covers: whole segments, and a
// slash in it is any number of slashes in path (wsgi_alias_matches).
func matchPrefix(path, fake string) (n int, ok bool) {
	i, j := 0, 0
	for j < len(fake) {
		if fake[j] == '/' {
			if i >= len(path) || path[i] != '/' {
				return 0, false
			}
			for j < len(fake) && fake[j] == '/' {
				j++
			}
			for i < len(path) && path[i] == '/' {
				i++
			}
			continue
		}
		if i >= len(path) || path[i] != fake[j] {
			return 0, false
		}
		i, j = i+1, j+1
	}
	if strings.HasSuffix(fake, "/") || i == len(path) || path[i] == '/' {
		return i, true
	}
	return 0, false
}
