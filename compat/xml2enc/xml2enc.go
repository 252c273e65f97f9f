// Package xml2enc is mod_xml2enc: the filter xml2enc makes UTF-8 of HTML and XML
// in other encodings. It is package markup, and this is its table.
//
// Deviations: behind the filter the text is UTF-8 always. Apache leaves that to
// libxml2 for the encodings it knows, and says in the header what is not so
// where that does not come.
package xml2enc

import (
	"understudy/compat"
	"understudy/compat/internal/charset"
	"understudy/compat/internal/markup"
)

// Module is mod_xml2enc.
var Module = compat.Module{
	Name: "xml2enc_module",
	File: "mod_xml2enc.c",
	Directives: []compat.Directive{
		markup.Dir.Directive("xml2EncDefault", compat.Take1, compat.All, usual, "Usage: xml2EncDefault charset"),
		markup.Dir.Directive("xml2EncAlias", compat.Iterate2, compat.Server, alias,
			"EncodingAlias charset alias [more aliases]"),
		markup.Dir.Directive("xml2StartParse", compat.Iterate, compat.All, start,
			"Ignore anything in front of the first of these elements"),
	},
	OutputFilters: []compat.OutputFilter{markup.Filter},
}

func usual(c *compat.Cmd, conf *markup.Config) error {
	if !charset.Known(c.Arg(0)) {
		return compat.Errorf("Invalid or unsupported default charset")
	}
	conf.Default = c.Arg(0)
	return nil
}

func alias(c *compat.Cmd, conf *markup.Config) error {
	if err := c.Forbid(compat.GlobalOnly); err != nil {
		return err
	}
	if conf.Aliases == nil {
		conf.Aliases = map[string]string{}
	}
	conf.Aliases[compat.Lower(c.Arg(1))] = c.Arg(0)
	return nil
}

func start(c *compat.Cmd, conf *markup.Config) error {
	conf.SkipTo = append(conf.SkipTo, c.Arg(0))
	return nil
}
