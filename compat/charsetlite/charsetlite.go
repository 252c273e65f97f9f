// Package charsetlite is mod_charset_lite: it sends text in another character
// set than the one it is kept in, and takes request bodies in it.
//
// Deviations: the character sets are those of golang.org/x/text. Between two
// sets of one byte a character, an answer goes out without its length too.
package charsetlite

import (
	"cmp"
	"slices"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/charset"
)

// Module is mod_charset_lite.
var Module = compat.Module{
	Name: "charset_lite_module",
	File: "mod_charset_lite.c",
	Directives: []compat.Directive{
		dir.Text("CharsetSourceEnc", compat.FileInfo, func(c *config) *string { return &c.source },
			"source (html,cgi,ssi) file charset"),
		dir.Text("CharsetDefault", compat.FileInfo, func(c *config) *string { return &c.wire }, "name of default charset"),
		dir.Directive("CharsetOptions", compat.Iterate, compat.FileInfo, option,
			"valid options: ImplicitAdd, NoImplicitAdd, TranslateAllMimeTypes, NoTranslateAllMimeTypes"),
	},
	Hooks: []compat.Hook{
		dir.On(compat.Fixups, check),
		dir.On(compat.InsertFilter, insert).ReallyLast(),
	},
	OutputFilters: []compat.OutputFilter{{Name: outputName, Type: compat.FilterResource, Wrap: wrapOutput}},
	InputFilters:  []compat.InputFilter{{Name: inputName, Type: compat.FilterResource, Wrap: wrapInput}},
}

const (
	outputName = "XLATEOUT"
	inputName  = "XLATEIN"
	short      = "charset_lite"
)

var dir = compat.NewSlot[config]()

type config struct {
	source, wire string
	implicit     *bool
	all          *bool // every type is text
}

// Merge lays over on top of base.
func (base config) Merge(over config) config {
	return config{cmp.Or(over.source, base.source), cmp.Or(over.wire, base.wire),
		cmp.Or(over.implicit, base.implicit), cmp.Or(over.all, base.all)}
}

func option(c *compat.Cmd, conf *config) error {
	word := strings.ToLower(c.Arg(0))
	on := !strings.HasPrefix(word, "no")
	switch strings.TrimPrefix(word, "no") {
	case "implicitadd":
		conf.implicit = &on
	case "translateallmimetypes":
		conf.all = &on
	default:
		return compat.Errorf("Invalid CharsetOptions option: %s", c.Arg(0))
	}
	return nil
}

// applies reports whether c is complete and r one to translate.
func (c *config) applies(r *compat.Request) bool {
	if c.source == "" || c.wire == "" || strings.EqualFold(c.source, c.wire) || r.Proxied {
		return false
	}
	for _, prefix := range []string{"redirect:", "gone:", "passthrough:", "forbidden:"} {
		if strings.HasPrefix(r.Filename, prefix) {
			return false
		}
	}
	return true
}

func (c *config) appliesToBody(r *compat.Request) bool {
	return c.applies(r) && (r.Method == "POST" || r.Method == "PUT")
}

// check refuses a body that cannot be translated (find_code_page).
func check(r *compat.Request, c *config) compat.Status {
	if c.source == "" || c.wire == "" {
		r.Logf(short, compat.LevelDebug, nil, "AH01448: incomplete configuration: src %s, dst %s",
			cmp.Or(c.source, "unspecified"), cmp.Or(c.wire, "unspecified"))
	}
	if !c.appliesToBody(r) {
		return compat.Declined
	}
	if _, err := charset.Open(c.source, c.wire); err != nil {
		r.Logf(short, compat.LevelError, err, "AH01449: can't open translation %s->%s", c.wire, c.source)
		return 500
	}
	return compat.Declined
}

// insert asks for the filters, unless they were asked for by name
// (xlate_insert_filter).
func insert(r *compat.Request, c *config) compat.Status {
	if c.implicit != nil && !*c.implicit {
		return compat.OK
	}
	if c.applies(r) && !asked(r.OutputFilters, outputName) {
		r.OutputFilters = append(r.OutputFilters, outputName)
	}
	if c.appliesToBody(r) && !asked(r.InputFilters, inputName) {
		r.InputFilters = append(r.InputFilters, inputName)
	}
	return compat.OK
}

func asked(filters []string, name string) bool {
	return slices.ContainsFunc(filters, func(f string) bool { return strings.EqualFold(f, name) })
}

// nested reports whether what c makes of a sub-request would be translated once
// more by the request it is of, as something that it is not (chk_filter_chain).
func (c *config) nested(r *compat.Request) bool {
	for m := r.Main; m != nil; m = m.Main {
		if outer := dir.Of(m); outer != nil && outer.applies(m) && asked(m.OutputFilters, outputName) {
			return c.wire != outer.source
		}
	}
	return false
}
