package proxy

import (
	"errors"
	"strings"

	"understudy/apacheconf"
	"understudy/apacheconf/pattern"
	"understudy/compat"
	"understudy/compat/internal/upstream"
)

// section is <Proxy> and <ProxyMatch> (proxysection).
func section(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInDirContext); err != nil {
		return err
	}
	end := strings.LastIndexByte(c.Raw, '>')
	if end < 0 {
		return errors.New(c.Name + "> directive missing closing '>'")
	}
	match := c.Name == "<ProxyMatch"
	path, rest := apacheconf.Word(c.Raw[:end])
	if len(path) >= 6 && strings.EqualFold(path[:6], "proxy:") {
		path = path[6:]
	}
	p := &upstream.ProxySection{Path: path}
	if match {
		var err error
		if p.Match, err = pattern.Compile(path, pattern.DotAll); err != nil {
			return errors.New("Regex could not be compiled")
		}
		p.Names = variables(p.Match)
	} else {
		p.Glob = pattern.IsGlob(path)
	}
	c.Dir = path
	var err error
	if p.Section, err = c.RunApart(compat.InSection | compat.Proxy); err != nil {
		return err
	}
	p.Section.Arg = path
	s := of(c)
	s.Sections = append(s.Sections, p)
	if rest == "" {
		return nil
	}
	return arguments(c, p, rest)
}

// variables are the names of the variables for a pattern's groups; "" where one
// has no name.
func variables(re *pattern.Pattern) []string {
	var names []string
	named := false
	for _, name := range re.Names() {
		if name != "" {
			name, named = "MATCH_"+strings.ToUpper(name), true
		}
		names = append(names, name)
	}
	if !named {
		return nil
	}
	return names
}

// arguments obeys the parameters behind the URL of a <Proxy>.
func arguments(c *compat.Cmd, p *upstream.ProxySection, rest string) error {
	switch {
	case p.Match != nil:
		return errors.New("Multiple <ProxyMatch> arguments not (yet) supported.")
	case p.Glob:
		return errors.New(c.Name + "> arguments are not supported for wildchar url.")
	case !strings.Contains(p.Path, ":"):
		return errors.New(c.Name + "> arguments are not supported for non url.")
	}
	if _, ok := upstream.WithoutSocket(p.Path); !ok {
		return errors.New(`<Proxy/ProxyMatch > uses an invalid "unix:" URL`)
	}
	t, err := find(c, p.Path, false, true)
	if err != nil {
		return errors.New(c.Name + " " + strings.TrimPrefix(err.Error(), "ProxySet "))
	}
	for rest != "" {
		var word string
		word, rest = apacheconf.Word(rest)
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return errors.New("Invalid Proxy parameter. Parameter must be in the form 'key=value'")
		}
		if err := t.set(c, key, value); err != nil {
			return errors.New(c.Name + " " + err.Error() + " " + key + "=" + value + "; " + p.Path)
		}
	}
	return nil
}

// mapSections makes requests that others answer enter the <Proxy> sections for
// their URL (proxy_walk). They have no file.
func mapSections(r *compat.Request) compat.Status {
	if !proxied(r) {
		return compat.Declined
	}
	url := strings.TrimPrefix(r.Filename, "proxy:")
	for _, s := range upstream.ServerOf(r).Sections {
		if covers(s, r, url) {
			r.Scope = s.Section.Enter(r.Scope)
			if r.Trace != nil {
				r.Tracef("proxy", s.Section.Node.Pos.String(), "%s %s> applies", s.Section.Kind, s.Section.Arg)
			}
		}
	}
	return compat.OK
}

func covers(s *upstream.ProxySection, r *compat.Request, url string) bool {
	switch {
	case s.Match == nil && s.Glob:
		return pattern.Fnmatch(s.Path, url, false)
	case s.Match == nil:
		return strings.HasPrefix(url, s.Path)
	case s.Names == nil:
		return s.Match.Match(url)
	}
	loc, err := s.Match.Find(url)
	if err != nil || loc == nil {
		return false
	}
	for i, name := range s.Names {
		if name != "" && 2*i+1 < len(loc) && loc[2*i] >= 0 {
			r.Env.Set(name, pattern.Group(url, loc, i))
		}
	}
	return true
}

// proxied reports whether another server answers r. What RewriteRule sent here
// becomes known now.
func proxied(r *compat.Request) bool {
	if !strings.HasPrefix(r.Filename, "proxy:") {
		return false
	}
	r.Proxied = r.Proxied || r.Handler == handlerName
	return r.Proxied
}

// handlerName is the handler of requests that others answer.
const handlerName = "proxy-server"
