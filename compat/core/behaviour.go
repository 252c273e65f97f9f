package core

import (
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// behaviourRows say how requests are answered.
var behaviourRows = []compat.Directive{
	slot.Flag("CGIPassAuth", compat.AuthConfig, func(c *compat.Core) **bool { return &c.CGIPassAuth },
		"Controls whether HTTP authorization headers, normally hidden, will be passed to scripts"),
	slot.Directive("CGIVar", compat.Take2, compat.FileInfo, cgiVar,
		"Controls how some CGI variables are set"),
	slot.Flag("QualifyRedirectURL", compat.FileInfo, func(c *compat.Core) **bool { return &c.QualifyRedirectURL },
		"Controls whether the REDIRECT_URL environment variable is fully qualified"),
	hostFlag("StrictHostCheck", func(h *compat.Host) **bool { return &h.StrictHostCheck },
		"Controls whether a hostname match is required"),
	slot.Directive("ForceType", compat.Take1, compat.FileInfo, forceType,
		"a mime type that overrides other configured type"),
	slot.Directive("SetHandler", compat.Take1, compat.FileInfo, setHandler,
		"a handler name that overrides any other configured handler"),
	filters("SetOutputFilter", func(c *compat.Core) *[]string { return &c.OutputFilters },
		"filter (or ; delimited list of filters) to be run on the request content"),
	filters("SetInputFilter", func(c *compat.Core) *[]string { return &c.InputFilters },
		"filter (or ; delimited list of filters) to be run on the request body"),
	compat.Row("AllowEncodedSlashes", compat.Take1, compat.Server, encodedSlashes,
		"Allow URLs containing '/' encoded as '%2F'"),
}

// hostFlag makes a row for an On/Off directive of a host.
func hostFlag(name string, at func(*compat.Host) **bool, help string) compat.Directive {
	return compat.Row(name, compat.Flag, compat.Server, func(c *compat.Cmd) error {
		on := c.On()
		*at(c.Host) = &on
		return nil
	}, help)
}

// filters makes the row of a list with semicolons; it replaces the one further
// out.
func filters(name string, at func(*compat.Core) *[]string, help string) compat.Directive {
	return slot.Directive(name, compat.Take1, compat.FileInfo, func(c *compat.Cmd, conf *compat.Core) error {
		*at(conf) = strings.FieldsFunc(c.Arg(0), func(r rune) bool { return r == ';' })
		return nil
	}, help)
}

func cgiVar(c *compat.Cmd, conf *compat.Core) error {
	rule := strings.ToLower(c.Arg(1))
	if c.Arg(0) != "REQUEST_URI" {
		return compat.Errorf(`Unrecognized CGI variable: "%s"`, c.Arg(0))
	}
	if rule != "current-uri" && rule != "original-uri" {
		return compat.Errorf("Valid rules for REQUEST_URI are 'current-uri' and 'original-uri'")
	}
	conf.CGIVars = map[string]string{"REQUEST_URI": rule}
	return nil
}

func forceType(c *compat.Cmd, conf *compat.Core) error {
	conf.Type = strings.ToLower(c.Arg(0))
	mark(c, conf, "type")
	return nil
}

func setHandler(c *compat.Cmd, conf *compat.Core) error {
	text, err := c.ExprText(c.Arg(0))
	if err != nil {
		return compat.Errorf("Can't parse expression : %v", err)
	}
	conf.Handler = text
	mark(c, conf, "handler")
	return nil
}

func encodedSlashes(c *compat.Cmd) error {
	switch word := strings.ToLower(c.Arg(0)); word {
	case "on", "off", "nodecode":
		c.Host.EncodedSlashes = word
		return nil
	}
	return compat.Errorf("%s must be On, Off, or NoDecode", c.Name)
}

func timeout(c *compat.Cmd) error {
	if err := c.Forbid(compat.NotInDirContext); err != nil {
		return err
	}
	d := seconds(compat.Atoi(c.Arg(0)))
	c.Host.Timeout = &d
	return nil
}

// regexDefaults accepts what sums up to the default, which is all that patterns
// here can have: to read them otherwise could let somebody in.
func regexDefaults(c *compat.Cmd) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	const standard = dotAll | dollarEndOnly
	set := standard
	for _, w := range apacheconf.Words(c.Raw) {
		if strings.EqualFold(w, "none") {
			set = 0
			continue
		}
		name := strings.TrimLeft(w, "+-")
		flag, ok := regexFlags[strings.ToUpper(name)]
		switch {
		case !ok:
			return compat.Errorf("%s: option '%s' unknown", c.Name, name)
		case w[0] == '+':
			set |= flag
		case w[0] == '-':
			set &^= flag
		default:
			set = flag
		}
	}
	if set != standard {
		return compat.Errorf("%s: Understudy has no other defaults than DOTALL DOLLAR_ENDONLY", c.Name)
	}
	return nil
}

const (
	ignoreCase = 1 << iota
	extended
	dotAll
	dollarEndOnly
)

var regexFlags = map[string]int{
	"ICASE": ignoreCase, "EXTENDED": extended, "DOTALL": dotAll, "DOLLAR_ENDONLY": dollarEndOnly,
}
