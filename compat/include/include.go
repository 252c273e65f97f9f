// Package include is mod_include: documents with directives in them
// (server-side includes), as output filter INCLUDES.
//
// parse.go takes a document apart as it passes by, and calls for each directive
// the element of that name: conditions (condition.go; legacy.go for the old
// expressions), variables (set.go, variables.go), and what stands for a file or
// URL (file.go, exec.go). The page (page.go) is what they have in common.
//
// Deviations: a directive of more than a mebibyte is taken for one that does
// not end. A body kept by KeptBodySize is not given to what is included.
package include

import (
	"cmp"
	"strings"

	"understudy/compat"
)

// Module is mod_include.
var Module = compat.Module{
	Name:  "include_module",
	File:  "mod_include.c",
	Alone: true,
	Directives: []compat.Directive{
		dir.Directive("XBitHack", compat.Take1, compat.Options, setXBitHack, "Off, On, or Full"),
		dir.Text("SSIErrorMsg", compat.All, func(c *config) *string { return &c.errorMessage }, "a string"),
		dir.Text("SSITimeFormat", compat.All, func(c *config) *string { return &c.timeFormat },
			"a strftime(3) formatted string"),
		dir.Directive("SSIStartTag", compat.Take1, compat.Server, setTag(func(c *config) **string { return &c.start }),
			"SSI Start String Tag"),
		dir.Directive("SSIEndTag", compat.Take1, compat.Server, setTag(func(c *config) **string { return &c.end }),
			"SSI End String Tag"),
		dir.Directive("SSIUndefinedEcho", compat.Take1, compat.All, func(c *compat.Cmd, conf *config) error {
			text := c.Arg(0)
			conf.undefined = &text
			return nil
		}, "String to be displayed if an echoed variable is undefined"),
		dir.Flag("SSILegacyExprParser", compat.Limit, func(c *config) **bool { return &c.legacy },
			"Whether to use the legacy expression parser compatible with <= 2.2.x. Limited to 'on' or 'off'"),
		dir.Flag("SSILastModified", compat.Limit, func(c *config) **bool { return &c.lastModified },
			"Whether to set the last modified header or respect an existing header. Limited to 'on' or 'off'"),
		dir.Flag("SSIEtag", compat.Limit, func(c *config) **bool { return &c.etag },
			"Whether to allow the generation of ETags within the server. Existing ETags will be preserved. "+
				"Limited to 'on' or 'off'"),
	},
	Hooks:         []compat.Hook{dir.On(compat.Fixups, fixup).Repeats().Always().Last()},
	OutputFilters: []compat.OutputFilter{{Name: "INCLUDES", Type: compat.FilterResource, Wrap: wrap}},
}

var dir = compat.NewSlot[config]()

// What XBitHack says.
const (
	hackOff = iota + 1
	hackOn
	hackFull
)

type config struct {
	hack                       int // 0: not said
	errorMessage, timeFormat   string
	undefined                  *string
	start, end                 *string
	legacy, lastModified, etag *bool
}

// Merge lays over on top of c.
func (c config) Merge(over config) config {
	return config{cmp.Or(over.hack, c.hack), cmp.Or(over.errorMessage, c.errorMessage),
		cmp.Or(over.timeFormat, c.timeFormat), cmp.Or(over.undefined, c.undefined), cmp.Or(over.start, c.start),
		cmp.Or(over.end, c.end), cmp.Or(over.legacy, c.legacy), cmp.Or(over.lastModified, c.lastModified),
		cmp.Or(over.etag, c.etag)}
}

// MergeServer leaves out the tags: a virtual host does not inherit those
// (create_includes_server_config, without a merge).
func (c config) MergeServer(over config) config {
	m := c.Merge(over)
	m.start, m.end = over.start, over.end
	return m
}

func is(flag *bool) bool { return flag != nil && *flag }

func setXBitHack(c *compat.Cmd, conf *config) error {
	switch strings.ToLower(c.Arg(0)) {
	case "off":
		conf.hack = hackOff
	case "on":
		conf.hack = hackOn
	case "full":
		conf.hack = hackFull
	default:
		return compat.Errorf("XBitHack must be set to Off, On, or Full")
	}
	return nil
}

func setTag(at func(*config) **string) func(*compat.Cmd, *config) error {
	return func(c *compat.Cmd, conf *config) error {
		tag := c.Arg(0)
		if strings.ContainsAny(tag, spaces) {
			return compat.Errorf("%s may not contain any whitespaces", c.Name)
		}
		*at(conf) = &tag
		return nil
	}
}

// fixup asks for the filter where the old handler server-parsed is set, or
// XBitHack says so of an executable page (include_fixup).
func fixup(r *compat.Request, c *config) compat.Status {
	switch {
	case r.Handler == "server-parsed":
		if r.ContentType == "" {
			r.ContentType = "text/html"
		}
		r.Handler = "default-handler"
	case c.hack < hackOn || r.Info == nil || r.Info.Mode()&0o100 == 0 || !strings.HasPrefix(r.ContentType, "text/html"):
		return compat.Declined
	}
	r.OutputFilters = append(r.OutputFilters, "INCLUDES")
	return compat.Declined
}
