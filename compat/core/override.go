package core

import (
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// overrideClasses are the words of AllowOverride that stand for directives.
var overrideClasses = map[string]compat.Place{
	"limit":      compat.Limit,
	"options":    compat.Options,
	"fileinfo":   compat.FileInfo,
	"authconfig": compat.AuthConfig,
	"indexes":    compat.Indexes,
}

// allowOverride obeys AllowOverride (set_override).
func allowOverride(c *compat.Cmd, conf *compat.Core) error {
	if c.Forbid(compat.NotInLocation|compat.NotInFiles) != nil {
		c.Warnf("core", compat.LevelWarn, "AH00114: Useless use of AllowOverride in line %d of %s.",
			c.Node.Pos.Line, c.Node.Pos.File)
	}
	if err := c.Forbid(compat.NotInHTAccess); err != nil {
		return err
	}
	var classes compat.Place
	conf.NonfatalOverride, conf.OverrideOptions = 0, nil
	for _, w := range apacheconf.Words(c.Raw) {
		key, value, said := strings.Cut(w, "=")
		name := strings.ToLower(key)
		class, known := overrideClasses[name]
		switch {
		case known && (name == "options" || !said):
			classes |= class
			if name == "options" {
				if err := overrideOptions(conf, value, said); err != nil {
					return err
				}
			}
		case name == "nonfatal":
			if !said {
				return compat.Errorf("=Override, =Unknown or =All expected after %s", key)
			}
			conf.NonfatalOverride |= nonfatal[strings.ToLower(value)]
		case strings.EqualFold(w, "none"):
			classes, conf.NonfatalOverride = 0, 0
		case strings.EqualFold(w, "all"):
			classes, conf.NonfatalOverride = compat.All, 0
		default:
			return compat.Errorf("Illegal override option %s", key)
		}
	}
	conf.Override = &classes
	mark(c, conf, "override")
	return nil
}

// nonfatal are the words behind Nonfatal=; others count for nothing.
var nonfatal = map[string]compat.Nonfatal{
	"override": compat.NonfatalOverride,
	"unknown":  compat.NonfatalUnknown,
	"all":      compat.NonfatalOverride | compat.NonfatalUnknown,
}

// overrideOptions reads the list behind Options=; without one every option is
// permitted.
func overrideOptions(conf *compat.Core, list string, said bool) error {
	if !said {
		conf.OverrideOptions = nil
		return nil
	}
	var set compat.OptionSet
	for _, w := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' }) {
		opt, ok := optionNames[strings.ToLower(w)]
		if !ok {
			return compat.Errorf("Illegal option %s", w)
		}
		set = join(set, opt)
	}
	conf.OverrideOptions = &set
	return nil
}

// allowOverrideList obeys AllowOverrideList (set_override_list). What is not a
// directive, or may never stand in .htaccess, is left out with a warning.
func allowOverrideList(c *compat.Cmd, conf *compat.Core) error {
	pos := c.Node.Pos
	if c.Forbid(compat.NotInLocation|compat.NotInFiles) != nil {
		c.Warnf("core", compat.LevelWarn, "AH00115: Useless use of AllowOverrideList at %s", pos)
	}
	if err := c.Forbid(compat.NotInHTAccess); err != nil {
		return err
	}
	list := map[string]bool{}
	for _, w := range c.Words {
		if strings.EqualFold(w, "none") {
			if len(c.Words) != 1 {
				return compat.Errorf("'None' not allowed with other directives in AllowOverrideList")
			}
			break
		}
		switch d := directive(c.Build, w); {
		case d == nil:
			c.Warnf("core", compat.LevelWarn,
				"AH00116: Discarding unrecognized directive `%s' in AllowOverrideList at %s", w, pos)
		case d.Where&(compat.All|compat.Access) == 0:
			c.Warnf("core", compat.LevelWarn,
				"AH02304: Discarding directive `%s' not allowed in AllowOverrideList at %s", w, pos)
		default:
			list[d.Name] = true
		}
	}
	conf.OverrideList = list
	return nil
}

// directive finds a directive of the loaded modules.
func directive(b *compat.Build, name string) *compat.Directive {
	for _, m := range b.Modules {
		for i := range m.Directives {
			if strings.EqualFold(m.Directives[i].Name, name) {
				return &m.Directives[i]
			}
		}
	}
	return nil
}
