// Package rewrite is mod_rewrite. A configuration is rules (rule.go) with
// conditions (cond.go), whose texts are templates (template.go, variable.go)
// that may ask maps (maps.go, program.go). What a list of rules makes of a
// request is in apply.go; what the server does with that, for its own rules and
// those of directories, in hooks.go.
//
// Deviations: dbm maps are refused, and dbd maps as Apache does without
// mod_dbd. Programs of maps start when first asked, as the server's user, and
// are ended when they do not answer in time. Patterns that need backtracking
// have a limit; beyond it they do not match.
package rewrite

import (
	"slices"
	"strings"

	"understudy/compat"
)

// Module is mod_rewrite.
var Module = compat.Module{
	Name: "rewrite_module",
	File: "mod_rewrite.c",
	Directives: []compat.Directive{
		slot.Directive("RewriteEngine", compat.Flag, compat.FileInfo, setEngine,
			"On or Off to enable or disable (default) the whole rewriting engine"),
		slot.Directive("RewriteOptions", compat.Iterate, compat.FileInfo, addOption,
			"List of option strings to set"),
		slot.Directive("RewriteBase", compat.Take1, compat.FileInfo, setBase,
			"the base URL of the per-directory context"),
		slot.Directive("RewriteCond", compat.RawArgs, compat.FileInfo, addCond,
			"an input string and a to be applied regexp-pattern"),
		slot.Directive("RewriteRule", compat.RawArgs, compat.FileInfo, addRule,
			"an URL-applied regexp-pattern and a substitution URL"),
		slot.Directive("RewriteMap", compat.Take23, compat.Server, addMap,
			"a mapname and a filename and options"),
	},
	Hooks: []compat.Hook{
		slot.On(compat.Translate, translate).First(),
		slot.On(compat.Fixups, fixup).First(),
		slot.On(compat.Fixups, force).Last(),
		slot.On(compat.Handler, redirect),
	},
}

var slot = compat.NewSlot[config]()

// A config is what a place says. Rules at server level are apart from those of
// sections: they run at another time, and no section inherits them.
type config struct {
	engine  *bool
	options *options
	dir     string // of the section, with a slash at its end; "": this is no section
	base    string // RewriteBase
	rules   []*rule
	pending []*cond // for the next rule
	server  *server // nil: the host says nothing
}

// A server is what a host says outside of sections.
type server struct {
	options options
	rules   []*rule
	pending []*cond
	maps    map[string]*rewriteMap
}

type options uint16

const (
	inherit options = 1 << iota
	inheritBefore
	inheritDown
	inheritDownBefore
	ignoreInherit
	allowNoSlash
	allowAnyURI
	mergeBase
	ignoreContextInfo
	legacyPrefixDocRoot
	unsafePrefixStat
)

var optionNames = map[string]options{"inherit": inherit, "inheritbefore": inheritBefore, "inheritdown": inheritDown,
	"inheritdownbefore": inheritDownBefore, "ignoreinherit": ignoreInherit, "allownoslash": allowNoSlash,
	"allowanyuri": allowAnyURI, "mergebase": mergeBase, "ignorecontextinfo": ignoreContextInfo,
	"legacyprefixdocroot": legacyPrefixDocRoot, "unsafeprefixstat": unsafePrefixStat}

func (o *options) has(which options) bool { return o != nil && *o&which != 0 }

// order says how rules of around (with its options) go with own ones, whose
// options are own's.
func order(around, own options, base, over []*rule) []*rule {
	switch {
	case own&inherit != 0, around&inheritDown != 0 && own&ignoreInherit == 0:
		return slices.Concat(over, base)
	case own&inheritBefore != 0, around&inheritDownBefore != 0 && own&ignoreInherit == 0:
		return slices.Concat(base, over)
	}
	return over
}

// Merge lays a section over another (config_perdir_merge).
func (base config) Merge(over config) config {
	m := over
	m.server = base.server
	if over.server != nil {
		m.server = over.server
	}
	if m.engine == nil {
		m.engine = base.engine
	}
	if m.options == nil {
		m.options = base.options
	}
	if m.base == "" && m.options.has(mergeBase) {
		m.base = base.base
	}
	m.rules = order(value(base.options), value(m.options), base.rules, over.rules)
	return m
}

func value(o *options) options {
	if o == nil {
		return 0
	}
	return *o
}

// MergeServer lays a virtual host over the main server (config_server_merge). A
// host that says nothing has no rules.
func (base config) MergeServer(over config) config {
	m := base.Merge(over)
	m.server = nil
	if over.server == nil {
		return m
	}
	s, around := *over.server, base.server
	if around == nil {
		around = &server{}
	}
	if over.options == nil {
		s.options = around.options
	}
	own := order(around.options, s.options, around.rules, s.rules)
	if len(own) > len(s.rules) || around.maps != nil && s.options&(inherit|inheritBefore) != 0 {
		maps := map[string]*rewriteMap{}
		for name, m := range around.maps {
			maps[name] = m
		}
		for name, m := range over.server.maps {
			maps[name] = m
		}
		s.maps = maps
	}
	s.rules = own
	m.server = &s
	return m
}

// at is the part of conf that c is for; nil for a section's.
func at(c *compat.Cmd, conf *config) *server {
	if c.AtServer() {
		if conf.server == nil {
			conf.server = &server{}
		}
		return conf.server
	}
	if conf.dir == "" {
		conf.dir = c.Dir
		if !strings.HasSuffix(conf.dir, "/") {
			conf.dir += "/"
		}
	}
	return nil
}

func setEngine(c *compat.Cmd, conf *config) error {
	at(c, conf)
	on := c.On()
	conf.engine = &on
	return nil
}

func addOption(c *compat.Cmd, conf *config) error {
	s := at(c, conf)
	word := strings.ToLower(c.Arg(0))
	o, known := optionNames[word]
	switch {
	case strings.HasPrefix(word, "maxredirects="):
		c.Warnf("rewrite", compat.LevelWarn, "AH00664: RewriteOptions: MaxRedirects option has been removed in favor of the "+
			"global LimitInternalRecursion directive and will be ignored.")
	case !known:
		return compat.Errorf("RewriteOptions: unknown option '%s'", c.Arg(0))
	}
	o |= value(conf.options)
	conf.options = &o
	if s != nil {
		s.options = o
	}
	return nil
}

func setBase(c *compat.Cmd, conf *config) error {
	if at(c, conf) != nil {
		return compat.Errorf("RewriteBase: only valid in per-directory config files")
	}
	switch base := c.Arg(0); {
	case base == "":
		return compat.Errorf("RewriteBase: empty URL not allowed")
	case base[0] != '/':
		return compat.Errorf("RewriteBase: argument is not a valid URL")
	default:
		conf.base = base
	}
	return nil
}

func addCond(c *compat.Cmd, conf *config) error {
	k, err := parseCond(c)
	if err != nil {
		return err
	}
	to := &conf.pending
	if s := at(c, conf); s != nil {
		to = &s.pending
	}
	*to = append(*to, k)
	return nil
}

func addRule(c *compat.Cmd, conf *config) error {
	k, err := parseRule(c)
	if err != nil {
		return err
	}
	rules, pending := &conf.rules, &conf.pending
	if s := at(c, conf); s != nil {
		rules, pending = &s.rules, &s.pending
	}
	k.conds, *pending = *pending, nil
	*rules = append(*rules, k)
	return nil
}
