// Package authzcore is mod_authz_core: Require, its containers, and the
// decision they come to.
package authzcore

import (
	"strings"

	"understudy/compat"
	"understudy/compat/internal/auth"
)

// Module is the core of authorization.
var Module = compat.Module{
	Name: "authz_core_module",
	File: "mod_authz_core.c",
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
		dir.On(compat.AccessCheckEx, withoutUser).Always().Last(),
		dir.On(compat.Authz, withUser).Always().Last(),
	},
	Init: check,
}

var dir = compat.NewSlot[config]()

// A config is the Require tree of one section.
type config struct {
	tree   *node
	merge  string // AuthMerging: "", "off", "and", "or"
	forbid *bool
}

// Merge puts over's tree in the place of c's, unless AuthMerging joins them
// (merge_authz_core_dir_config).
func (c config) Merge(over config) config {
	m := config{tree: over.tree, merge: over.merge, forbid: over.forbid}
	if m.forbid == nil {
		m.forbid = c.forbid
	}
	if m.merge == "" {
		m.merge = c.merge
	}
	switch {
	case over.tree == nil:
		m.tree = c.tree
		if over.merge == "" {
			m.merge = c.merge
		}
	case c.tree != nil && over.merge == "and":
		m.tree = &node{all: true, children: []*node{c.tree, over.tree}}
	case c.tree != nil && over.merge == "or":
		m.tree = &node{children: []*node{c.tree, over.tree}}
	}
	return m
}

// A node is a Require line or a container of such.
type node struct {
	// Of a line:
	check auth.Check
	text  string // "Require ip 10.0.0.0/8", with what negates it
	where string // file and line
	// Of a container:
	all      bool // <RequireAll>, else <RequireAny>
	children []*node
	// Of both:
	negate  bool     // "not", <RequireNone>
	methods []string // of <Limit>; nil: all
	except  bool
}

// name is the container as messages have it.
func (n *node) name() string {
	switch {
	case n.all:
		return "<RequireAll>"
	case n.negate:
		return "<RequireNone>"
	}
	return "<RequireAny>"
}

// applies reports whether n counts for a method.
func (n *node) applies(method string) bool {
	if n.methods == nil && !n.except {
		return true
	}
	for _, m := range n.methods {
		if m == method || m == "GET" && method == "HEAD" {
			return !n.except
		}
	}
	return n.except
}

func require(c *compat.Cmd, conf *config) error {
	n, err := line(c)
	if err != nil {
		return err
	}
	if conf.tree == nil {
		conf.tree = &node{}
	}
	if n.negate && !conf.tree.all {
		return compat.Errorf("negative Require directive has no effect in %s directive", conf.tree.name())
	}
	conf.tree.children = append(conf.tree.children, n)
	return nil
}

// line makes a node of a Require line.
func line(c *compat.Cmd) (*node, error) {
	name, args := word(c.Raw)
	n := &node{text: "Require " + c.Raw, where: c.Node.Pos.String(), methods: c.Methods, except: c.Except}
	if strings.EqualFold(name, "not") {
		n.negate = true
		name, args = word(args)
	}
	p, ok := auth.Find(c.Build, name)
	if !ok {
		if a, aliased := aliasesOf(c.Build)[name]; aliased {
			n.check = a
			return n, nil
		}
		return nil, compat.Errorf("Unknown Authz provider: %s", name)
	}
	check, err := p.Parse(c, args)
	if err != nil {
		return nil, err
	}
	n.check = check
	return n, nil
}

// container is <RequireAll> and its sisters.
func container(c *compat.Cmd, conf *config) error {
	end := strings.LastIndexByte(c.Raw, '>')
	if end < 0 {
		return compat.Errorf("%s> directive missing closing '>'", c.Name)
	}
	if end > 0 {
		return compat.Errorf("%s> directive doesn't take additional arguments", c.Name)
	}
	n := &node{all: c.Name == "<RequireAll", negate: c.Name == "<RequireNone"}
	outer := conf.tree
	conf.tree = n
	err := c.Run(c.Node.Children, c.Node)
	conf.tree = outer
	if err != nil {
		return err
	}
	if len(n.children) == 0 {
		return compat.Errorf("%s directive contains no authorization directives", n.name())
	}
	if outer == nil {
		outer = &node{}
		conf.tree = outer
	}
	if n.negate && !outer.all {
		return compat.Errorf("%s directive has no effect in %s directive", n.name(), outer.name())
	}
	outer.children = append(outer.children, n)
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
