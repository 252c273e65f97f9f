package mime

import (
	"strings"

	"understudy/compat"
)

func setType(e *extension, v string) { e.media, e.noType = parseType(v), false }

func setCharset(e *extension, v string)  { e.charset = v }
func setEncoding(e *extension, v string) { e.encoding = v }
func setHandler(e *extension, v string)  { e.handler = v }
func setLanguage(e *extension, v string) { e.language = v }
func setInputs(e *extension, v string)   { e.inputs = filters(v) }
func setOutputs(e *extension, v string)  { e.outputs = filters(v) }

// filters are the names in a list with semicolons.
func filters(v string) []string {
	if v == "" {
		return nil
	}
	return strings.FieldsFunc(v, func(r rune) bool { return r == ';' })
}

// add makes the row of a directive that gives extensions a property. Apache
// keeps the value in lower case.
func add(name string, set setter, help string) compat.Directive {
	return slot.Directive(name, compat.Iterate2, compat.FileInfo, func(c *compat.Cmd, conf *config) error {
		set(conf.extension(c.Arg(1)), compat.Lower(c.Arg(0)))
		return nil
	}, help)
}

// remove makes the row of a directive that takes a property back from
// extensions that are configured further out.
func remove(name string, set setter) compat.Directive {
	return slot.Directive(name, compat.Iterate, compat.FileInfo, func(c *compat.Cmd, conf *config) error {
		conf.removed = append(conf.removed, removal{key(c.Arg(0)), set})
		return nil
	}, "one or more file extensions")
}

// removeType hides what TypesConfig says too, so it is a property and not a
// removal.
func removeType(c *compat.Cmd, conf *config) error {
	e := conf.extension(c.Arg(0))
	e.media, e.noType = nil, true
	return nil
}

// extension is what is said of ext in this section, made if nothing is.
func (c *config) extension(ext string) *extension {
	if c.extensions == nil {
		c.extensions = map[string]*extension{}
	}
	k := key(ext)
	if c.extensions[k] == nil {
		c.extensions[k] = &extension{}
	}
	return c.extensions[k]
}

// key is an extension as tables know it.
func key(ext string) string { return compat.Lower(strings.TrimPrefix(ext, ".")) }

func setTypesConfig(c *compat.Cmd, conf *config) error {
	conf.typesConfig = c.Arg(0)
	return nil
}

// matching is which files MultiViews may choose although nothing negotiable is
// known of a part of their names.
type matching uint8

const (
	matchNegotiated matching = 1 << iota
	matchHandlers
	matchFilters
	matchAny
)

func multiviewsMatch(c *compat.Cmd, conf *config) error {
	if err := c.Forbid(compat.NotInLocation); err != nil {
		return err
	}
	var bit, clash matching
	var with string
	switch strings.ToLower(c.Arg(0)) {
	case "any":
		bit, clash, with = matchAny, ^matchAny, "Any is incompatible with NegotiatedOnly, Filters and Handlers"
	case "negotiatedonly":
		bit, clash = matchNegotiated, ^matchNegotiated
		with = "NegotiatedOnly is incompatible with Any, Filters and Handlers"
	case "filters":
		bit, clash = matchFilters, matchNegotiated|matchAny
		with = "Filters is incompatible with Any and NegotiatedOnly"
	case "handlers":
		bit, clash = matchHandlers, matchNegotiated|matchAny
		with = "Handlers is incompatible with Any and NegotiatedOnly"
	default:
		return compat.Errorf("Unrecognized option '%s'", c.Arg(0))
	}
	if conf.match&clash != 0 {
		return compat.Errorf("%s", with)
	}
	conf.match |= bit
	return nil
}
