package core

import (
	"strings"

	"understudy/apacheconf"
	"understudy/compat"
)

// optionNames are the words of Options. With and without exec are two bits in
// Apache, which IncludesNOEXEC and Includes have one and both of; here the
// second means that there is no exec.
var optionNames = map[string]compat.OptionSet{
	"indexes":              compat.OptIndexes,
	"includes":             compat.OptIncludes,
	"includesnoexec":       compat.OptIncludes | compat.OptIncludesNoExec,
	"followsymlinks":       compat.OptFollowSymLinks,
	"symlinksifownermatch": compat.OptSymLinksIfOwnerMatch,
	"execcgi":              compat.OptExecCGI,
	"multiviews":           compat.OptMultiViews,
	"runscripts":           compat.OptMultiViews | compat.OptExecCGI,
	"none":                 0,
	"all":                  compat.OptAll,
}

const mixed = "Either all Options must start with + or -, or no Option may."

// options obeys Options (set_options). After All or None, "+" and "-" are
// accepted though the line began without.
func options(c *compat.Cmd, conf *compat.Core) error {
	relative, allNone := false, false
	for i, w := range apacheconf.Words(c.Raw) {
		var sign byte
		if w != "" && (w[0] == '+' || w[0] == '-') {
			sign, w = w[0], w[1:]
			if !relative && i > 0 && !allNone {
				return compat.Errorf(mixed)
			}
			relative = true
		} else if i == 0 {
			conf.Options = new(compat.OptionSet)
		} else if relative {
			return compat.Errorf(mixed)
		}
		name := strings.ToLower(w)
		opt, ok := optionNames[name]
		if !ok {
			return compat.Errorf("Illegal option %s", w)
		}
		if name == "none" || name == "all" {
			if err := alone(name, i, relative); err != nil {
				return err
			}
			allNone = true
		}
		if !permitted(c, opt) {
			return compat.Errorf("Option %s not allowed here", w)
		}
		change(conf, sign, opt)
	}
	mark(c, conf, "options")
	return nil
}

// alone complains about None and All where they make no sense.
func alone(name string, i int, relative bool) error {
	switch {
	case i > 0 && name == "none":
		return compat.Errorf("'Options None' must be the first Option given.")
	case i > 0:
		return compat.Errorf("'Options All' must be the first option given.")
	case relative && name == "none":
		return compat.Errorf("You may not use 'Options +None' or 'Options -None'.")
	case relative:
		return compat.Errorf("You may not use 'Options +All' or 'Options -All'.")
	}
	return nil
}

// permitted reports whether AllowOverride Options= lets a .htaccess file speak
// of opt. Whoever may use Includes may use it without exec.
func permitted(c *compat.Cmd, opt compat.OptionSet) bool {
	if c.OverrideOptions == nil {
		return true
	}
	allowed := *c.OverrideOptions
	if allowed&compat.OptIncludes != 0 {
		if allowed&compat.OptIncludesNoExec != 0 && opt&compat.OptIncludes != 0 && opt&compat.OptIncludesNoExec == 0 {
			return false // IncludesNOEXEC alone was allowed
		}
		opt &^= compat.OptIncludesNoExec
	}
	return opt&^allowed == 0
}

// change adds opt to what conf says, or with "-" removes it.
func change(conf *compat.Core, sign byte, opt compat.OptionSet) {
	if sign == '-' {
		if opt&compat.OptIncludes != 0 {
			opt |= compat.OptIncludesNoExec
		}
		conf.OptionsRemove |= opt
		conf.OptionsAdd &^= opt
		if conf.Options != nil {
			*conf.Options &^= opt
		}
		return
	}
	if sign == '+' {
		conf.OptionsRemove &^= opt
		conf.OptionsAdd = join(conf.OptionsAdd, opt)
	}
	if conf.Options != nil {
		o := join(*conf.Options, opt)
		conf.Options = &o
	}
}

// join is the union of sets, but with Includes on either side there is exec.
func join(have, add compat.OptionSet) compat.OptionSet {
	u := have | add
	for _, s := range []compat.OptionSet{have, add} {
		if s&compat.OptIncludes != 0 && s&compat.OptIncludesNoExec == 0 {
			u &^= compat.OptIncludesNoExec
		}
	}
	return u
}

// mark remembers where a thing was said, for explanations.
func mark(c *compat.Cmd, conf *compat.Core, what string) {
	if conf.Positions == nil {
		conf.Positions = map[string]apacheconf.Position{}
	}
	conf.Positions[what] = c.Node.Pos
}
