// Package authzcore is mod_authz_core: Require, its containers, and the
// decision they come to.
//
// Deviations: what is logged of a line at debug ends with its place.
package authzcore

import (
	"cmp"
	"strings"

	"understudy/compat"
	"understudy/compat/internal/auth"
)

// Module is the core of authorization.
var Module = compat.Module{
	Name:   "authz_core_module",
	File:   "mod_authz_core.c",
	Alone:  true,
	Beyond: []string{"<AuthzProviderAlias"},
	Directives: []compat.Directive{
		dir.Directive("<AuthzProviderAlias", compat.RawArgs, compat.Server, providerAlias,
			"container for grouping an authorization provider's directives under a provider alias"),
		dir.Directive("Require", compat.RawArgs, compat.AuthConfig, require,
			"specifies authorization directives which one must pass (or not) for a request to suceeed"),
		dir.Directive("<RequireAll", compat.RawArgs, compat.AuthConfig, container,
			"container for grouping authorization directives of which none must fail and at least one must pass "+
				"for a request to succeed"),
		dir.Directive("<RequireAny", compat.RawArgs, compat.AuthConfig, container,
			"container for grouping authorization directives of which one must pass for a request to succeed"),
		dir.Directive("<RequireNone", compat.RawArgs, compat.AuthConfig, container,
			"container for grouping authorization directives of which none must pass for a request to succeed"),
		dir.Directive("AuthMerging", compat.Take1, compat.AuthConfig, merging,
			"controls how a <Directory>, <Location>, or similar directive's authorization directives are combined "+
				"with those of its predecessor"),
		dir.Flag("AuthzSendForbiddenOnFailure", compat.AuthConfig, func(c *config) **bool { return &c.forbid },
			"Controls if an authorization failure should result in a '403 FORBIDDEN' response instead of the "+
				"HTTP-conforming '401 UNAUTHORIZED'"),
	},
	Hooks: []compat.Hook{
		dir.On(compat.AccessCheckEx, withoutUser).Repeats().Always().Last(),
		dir.On(compat.Authz, withUser).Always().Last(),
	},
	Init: check,
}

var dir = compat.NewSlot[config]()

// A config is what one section says.
type config struct {
	tree   *node  // its Require lines; nil: none
	merge  string // AuthMerging: "", "off", "and", "or"
	forbid *bool
}

// Merge puts over's lines in the place of c's, unless AuthMerging joins them. A
// section that says AuthMerging Off and requires nothing forgets what was
// required around it (merge_authz_core_dir_config).
func (c config) Merge(over config) config {
	m := over
	switch {
	case over.merge == "" && over.tree == nil && c.tree != nil:
		m = c
	case over.merge == "and" || over.merge == "or":
		m.tree = join(c.tree, over.tree, over.merge == "and")
	}
	m.forbid = cmp.Or(over.forbid, c.forbid)
	return m
}

func join(outer, inner *node, all bool) *node {
	if outer == nil || inner == nil {
		return cmp.Or(outer, inner)
	}
	n := &node{all: all, merged: true, limits: outer.limits.Or(inner.limits), children: []*node{outer, inner}}
	n.text = n.name()
	return n
}

func require(c *compat.Cmd, conf *config) error {
	n, err := line(c)
	if err != nil {
		return err
	}
	conf.begin()
	if n.negate && !conf.tree.all {
		return compat.Errorf("negative %s directive has no effect in %s directive", c.Name, conf.tree.name())
	}
	conf.tree.add(n)
	return nil
}

// begin makes the container that a section is, of which one must pass.
func (conf *config) begin() {
	if conf.tree == nil {
		conf.tree = newContainer(false, false)
	}
}

// line makes a node of a Require line.
func line(c *compat.Cmd) (*node, error) {
	name, args := word(c.Raw)
	negate := strings.EqualFold(name, "not")
	if negate {
		name, args = word(args)
	}
	p, err := find(c, name)
	if err != nil {
		return nil, err
	}
	check, err := p.Parse(c, args)
	if err != nil {
		return nil, err
	}
	n := &node{check: check, repeats: p.Repeats, negate: negate, limits: c.Limits(), words: name + " " + args, where: c.Node.Pos.String()}
	n.text = n.name()
	return n, nil
}

// find is the provider called name. What an alias means was fixed when it was
// made, whatever its line says.
func find(c *compat.Cmd, name string) (auth.Provider, error) {
	if check, ok := aliasesOf(c.Build)[name]; ok {
		return auth.Provider{Parse: func(*compat.Cmd, string) (auth.Check, error) { return check, nil }}, nil
	}
	p, ok := auth.Find(c.Build, name)
	if !ok {
		return p, compat.Errorf("Unknown Authz provider: %s", name)
	}
	return p, nil
}

// container is <RequireAll> and its sisters (add_authz_section).
func container(c *compat.Cmd, conf *config) error {
	end := strings.LastIndexByte(c.Raw, '>')
	if end < 0 {
		return compat.Errorf("%s> directive missing closing '>'", c.Name)
	}
	if end > 0 {
		return compat.Errorf("%s> directive doesn't take additional arguments", c.Name)
	}
	n, outer := newContainer(c.Name == "<RequireAll", c.Name == "<RequireNone"), conf.tree
	n.where = c.Node.Pos.String()
	conf.tree = n
	err := c.Run(compat.AuthConfig)
	conf.tree = outer
	if err != nil {
		return err
	}
	if len(n.children) == 0 {
		return compat.Errorf("%s directive contains no authorization directives", n.name())
	}
	conf.begin()
	if n.negate && !conf.tree.all {
		return compat.Errorf("%s directive has no effect in %s directive", n.name(), conf.tree.name())
	}
	conf.tree.add(n)
	return nil
}

func merging(c *compat.Cmd, conf *config) error {
	switch v := strings.ToLower(c.Arg(0)); v {
	case "off", "and", "or":
		conf.merge = v
		return nil
	}
	return compat.Errorf("AuthMerging must be one of: Off | And | Or")
}
