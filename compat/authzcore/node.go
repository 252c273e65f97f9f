package authzcore

import (
	"understudy/compat"
	"understudy/compat/internal/auth"
)

// A node is a Require line or a container of such (authz_section_conf).
type node struct {
	check    auth.Check // of a line; nil: a container
	repeats  bool       // check does
	all      bool       // <RequireAll>, else <RequireAny>
	merged   bool       // made by AuthMerging
	negate   bool       // "not", <RequireNone>
	children []*node
	// limits are the methods of the <Limit> around a line; of a container those
	// of all lines inside. For other methods it has nothing to say.
	limits compat.Methods
	words  string // of a line: "ip 10.0.0.0/8"
	text   string // as the log has it
	where  string // file and line
}

func newContainer(all, negate bool) *node {
	n := &node{all: all, negate: negate, limits: compat.NewMethods(nil, false)}
	n.text = n.name()
	return n
}

// name is n as messages have it (format_authz_command).
func (n *node) name() string {
	if n.check != nil {
		if n.negate {
			return "Require not " + n.words
		}
		return "Require " + n.words
	}
	text := "Any"
	switch {
	case n.all && n.negate:
		text = "NotAll"
	case n.all:
		text = "All"
	case n.negate:
		text = "None"
	}
	if n.merged {
		return "AuthMerging " + text
	}
	return "<Require" + text + ">"
}

// add puts child into n. A container of n's own kind dissolves.
func (n *node) add(child *node) {
	n.limits = n.limits.Or(child.limits)
	if child.check == nil && !child.negate && child.all == n.all {
		n.children = append(n.children, child.children...)
		return
	}
	n.children = append(n.children, child)
}

// spread dissolves negated containers where De Morgan permits, and answers with
// a container in which nothing could ever grant, nil if there is none. It is
// done for the configuration, not for .htaccess (authz_core_check_section).
func (n *node) spread() (hopeless *node) {
	var children []*node
	for _, child := range n.children {
		if len(child.children) > 0 {
			if hopeless := child.spread(); hopeless != nil {
				return hopeless
			}
			if child.negate && child.all != n.all {
				for _, inner := range child.children {
					inner.negate = !inner.negate
					inner.text = inner.name()
				}
				children = append(children, child.children...)
				continue
			}
		}
		children = append(children, child)
	}
	n.children = children
	for _, child := range n.children {
		if !child.negate {
			return nil
		}
	}
	return n
}

// decide is apply_authz_sections. inAll tells that the container around is a
// <RequireAll>, in which a line for other methods does not stand in the way.
func (n *node) decide(r *compat.Request, inAll bool) auth.Result {
	if !n.limits.Has(r.Method) {
		result := auth.Neutral
		if inAll {
			result = auth.Granted
		}
		n.log(r, "AH01625: authorization result of %s: %s (directive limited to other methods)", result)
		return result
	}
	var result auth.Result
	if n.check != nil {
		if !n.repeats {
			r.Once()
		}
		result = n.check(r)
	} else if result = n.combine(r); result == auth.Failed {
		return result
	}
	if n.negate {
		switch result {
		case auth.Granted:
			result = auth.Denied
		case auth.Denied, auth.DeniedNoUser:
			result = auth.Neutral
		}
	}
	n.log(r, "AH01626: authorization result of %s: %s", result)
	return result
}

// log tells what n came to, and where a line stands, which Apache does not.
func (n *node) log(r *compat.Request, format string, result auth.Result) {
	if r.Trace != nil {
		r.Tracef("authz_core", n.where, "%s: %s", n.text, result)
	}
	if r.LogEnabled("authz_core", compat.LevelDebug) {
		if n.check != nil {
			format += " (" + n.where + ")"
		}
		r.Logf("authz_core", compat.LevelDebug, nil, format, n.text, result)
	}
}

// combine is what the children of a container come to. DeniedNoUser tells that
// a user might change the result.
func (n *node) combine(r *compat.Request) auth.Result {
	decisive := auth.Granted
	if n.all {
		decisive = auth.Denied
	}
	result := auth.Neutral
	for _, child := range n.children {
		got := child.decide(r, n.all)
		switch {
		case got == auth.Failed, got == decisive:
			return got
		case got == auth.Neutral:
		case result == auth.Neutral,
			got == auth.DeniedNoUser && (n.all || result == auth.Denied):
			result = got
		}
	}
	return result
}
