package alias

import (
	"strings"

	"understudy/apacheconf/pattern"
	"understudy/compat"
)

type setter = func(*compat.Cmd, *config) error

func addAlias(handler string) setter {
	return func(c *compat.Cmd, conf *config) error {
		if len(c.Words) == 1 {
			return aliasHere(c, conf, handler)
		}
		if err := c.Forbid(compat.NotInDirContext); err != nil {
			return err
		}
		warnOverlap(c, conf)
		conf.aliases = append(conf.aliases, entry{fake: c.Arg(0), real: c.Arg(1), handler: handler})
		return nil
	}
}

// aliasHere is Alias with one word: what the section's path maps to.
func aliasHere(c *compat.Cmd, conf *config, handler string) error {
	if err := c.Forbid(compat.NotInDirectory | compat.NotInFiles); err != nil {
		return err
	}
	if c.AtServer() {
		return compat.Errorf("Alias must have two arguments when used globally")
	}
	to, err := c.ExprText(c.Arg(0))
	if err != nil {
		return compat.Errorf("Cannot parse alias expression '%s': %v", c.Arg(0), err)
	}
	conf.here = &expressed{to: to, fake: c.Dir, handler: handler}
	return nil
}

func addAliasMatch(handler string) setter {
	return func(c *compat.Cmd, conf *config) error {
		if err := c.Forbid(compat.NotInDirContext); err != nil {
			return err
		}
		match, err := compile(c.Arg(0))
		if err != nil {
			return err
		}
		conf.aliases = append(conf.aliases, entry{fake: c.Arg(0), match: match, real: c.Arg(1), handler: handler})
		return nil
	}
}

func compile(text string) (*pattern.Pattern, error) {
	match, err := pattern.Compile(text, pattern.DotAll)
	if err != nil {
		return nil, compat.Errorf("Regular expression could not be compiled.")
	}
	return match, nil
}

// warnOverlap tells of an Alias that an earlier one of the same host leaves
// nothing to.
func warnOverlap(c *compat.Cmd, conf *config) {
	fake := c.Arg(0)
	for _, e := range conf.aliases {
		if e.match == nil && matches(fake, e.fake) == 0 || e.match != nil && !e.match.Match(fake) {
			continue
		}
		earlier := "Alias"
		if e.handler != "" {
			earlier = "ScriptAlias"
		}
		if e.match != nil {
			earlier += "Match"
		}
		c.Warnf("alias", compat.LevelWarn, "AH00671: The %s directive in %s at line %d will probably never "+
			"match because it overlaps an earlier %s.", c.Name, c.Node.Pos.File, c.Node.Pos.Line, earlier)
		return
	}
}

// statusWord is what the first word of Redirect can be. target tells whether
// such an answer has one; understood, whether it is a status at all.
func statusWord(word string) (status int, target, understood bool) {
	switch strings.ToLower(word) {
	case "permanent":
		return 301, true, true
	case "temp":
		return 302, true, true
	case "seeother":
		return 303, true, true
	case "gone":
		return 410, false, true
	}
	if word == "" || word[0] < '0' || word[0] > '9' {
		return 0, false, false
	}
	status = compat.Atoi(word)
	return status, isRedirect(status), true
}

// isRedirect reports whether status is a redirection (ap_is_HTTP_REDIRECT).
func isRedirect(status int) bool { return status >= 300 && status < 400 }

// addRedirect makes the setter of a Redirect whose status is status if the line
// says none (add_redirect_internal).
func addRedirect(status int, match bool) setter {
	return func(c *compat.Cmd, conf *config) error {
		said, target, understood := statusWord(c.Arg(0))
		if len(c.Words) == 3 && !understood {
			return compat.Errorf("Redirect: invalid first argument (of three)")
		}
		e, words := entry{status: status}, c.Words
		if understood {
			e.status = said
		}
		if !c.AtServer() && expressible(len(words), target, understood) {
			return redirectHere(c, conf, e.status, understood)
		}
		if understood {
			words = words[1:]
		}
		return conf.addRedirect(c, e, words, match)
	}
}

// expressible reports whether a Redirect in a section speaks of the section's
// own path: "Redirect URL", "Redirect 302 URL", "Redirect 410".
func expressible(words int, target, understood bool) bool {
	switch {
	case !understood, !target:
		return words == 1
	}
	return words == 2
}

func redirectHere(c *compat.Cmd, conf *config, status int, understood bool) error {
	url := c.Words[len(c.Words)-1]
	conf.gone = &expressed{fake: c.Dir, status: status}
	if understood && len(c.Words) == 1 {
		return nil
	}
	to, err := c.ExprText(url)
	if err != nil {
		return compat.Errorf("Cannot parse redirect expression '%s': %v", url, err)
	}
	conf.gone.to = to
	return nil
}

func (conf *config) addRedirect(c *compat.Cmd, e entry, words []string, match bool) error {
	if len(words) > 0 {
		e.fake = words[0]
	}
	if len(words) > 1 {
		e.real = words[1]
	}
	if match {
		var err error
		if e.match, err = compile(e.fake); err != nil {
			return err
		}
	}
	said := len(words) > 1 // An empty one is there, and none.
	switch {
	case !isRedirect(e.status) && said:
		return compat.Errorf("Redirect URL not valid for this status")
	case isRedirect(e.status) && !said:
		return compat.Errorf("URL to redirect to is missing")
	case isRedirect(e.status) && !match && !compat.IsURL(e.real) && !strings.HasPrefix(e.real, "/"):
		return compat.Errorf("Redirect to non-URL")
	}
	if c.AtServer() {
		conf.redirects = append(conf.redirects, e)
	} else {
		conf.inner = append(conf.inner, e)
	}
	return nil
}
